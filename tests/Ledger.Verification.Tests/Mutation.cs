using System.Text;

namespace Ledger.Verification.Tests;

/// <summary>Bytes that are nearly right: what a careless or hostile peer sends.</summary>
internal static class Mutation
{
    private static readonly byte[][] Pieces =
    [
        .. ((string[])[
            "\n", "\r\n", "\n\n", " ", "0", "00", "-", "+", "=", "==", "A", "/", "— ", "\u00a0", "\u2028", "\u0085", "\u0000", "\t", ".p/", "x000/", "x", "old ", "index ", "extra ", "extra AA==\n",
            "end ", "end 1\n", "revision 0\n", "log ", "witness ", "\"salt\":\"AAAAAAAAAAAAAAAAAAAAAA==\",", "\\u0073", "\\ud800", "18446744073709551616", "9223372036854775808", "😀", "٠",
        ]).Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xEF, 0xBB, 0xBF], [0xE2, 0x80],
    ];

    /// <summary>One to three changes somewhere.</summary>
    public static byte[] Of(byte[] valid, Random random)
    {
        byte[] bytes = valid;
        for (int changes = random.Next(8) < 6 ? 1 : random.Next(2, 4); changes > 0; changes--)
        {
            bytes = Once(bytes, random);
        }

        return bytes;
    }

    private static byte[] Once(byte[] bytes, Random random)
    {
        int at = bytes.Length == 0 ? 0 : random.Next(bytes.Length);
        int length = Math.Min(bytes.Length - at, 1 + (random.Next(4) == 0 ? random.Next(60) : random.Next(4)));
        byte[] part = bytes[at..(at + length)];
        switch (random.Next(12))
        {
            case 0: // bits
            case 1:
                return Change(bytes, at, b => (byte)(b ^ (1 << random.Next(8))));
            case 2: // dropped
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 3: // doubled
                return [.. bytes[..at], .. part, .. bytes[at..]];
            case 4: // swapped
                int other = bytes.Length == 0 ? 0 : random.Next(bytes.Length);
                return bytes.Length == 0 ? bytes : Change(Change(bytes, at, _ => bytes[other]), other, _ => bytes[at]);
            case 5: // case
                return Change(bytes, at, b => b is >= (byte)'A' and <= (byte)'Z' or >= (byte)'a' and <= (byte)'z' ? (byte)(b ^ 0x20) : b);
            case 6: // the bits before base64 padding
                int padding = bytes.AsSpan(at).IndexOf((byte)'=');
                return padding <= 0 ? bytes : Change(bytes, at + padding - 1, b => (byte)(b + 1));
            case 7: // Windows line ends
                return Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(bytes).Replace("\n", "\r\n", StringComparison.Ordinal));
            case 8: // leading zeros
                int digit = bytes.AsSpan(at).IndexOfAnyInRange((byte)'1', (byte)'9');
                return digit < 0 ? bytes : [.. bytes[..(at + digit)], (byte)'0', .. bytes[(at + digit)..]];
            case 9: // garbage behind, or an end too early
                return random.Next(2) == 0 ? [.. bytes, .. Pieces[random.Next(Pieces.Length)]] : bytes[..at];
            case 10: // garbage within
                return [.. bytes[..at], .. Pieces[random.Next(Pieces.Length)], .. bytes[at..]];
            default: // another byte
                return Change(bytes, at, _ => (byte)random.Next(256));
        }
    }

    private static byte[] Change(byte[] bytes, int at, Func<byte, byte> change)
    {
        byte[] changed = [.. bytes];
        if (at < changed.Length)
        {
            changed[at] = change(changed[at]);
        }

        return changed;
    }
}
