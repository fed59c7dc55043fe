using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Ledger.Verification;

/// <summary>Texts as C2SP writes them: UTF-8 in lines, each ending with LF, no other control character.</summary>
internal static class Lines
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>True for UTF-8 without ASCII control characters other than LF (signed-note, "Format").</summary>
    public static bool IsText(ReadOnlySpan<byte> bytes) => Utf8.IsValid(bytes) && !HasControl(bytes);

    /// <summary>True for text of one line: no control character, no broken surrogate.</summary>
    public static bool IsOne(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(rest, out Rune rune, out int length) != OperationStatus.Done || rune.Value < 0x20)
            {
                return false;
            }

            rest = rest[length..];
        }

        return true;
    }

    /// <summary>Takes the bytes up to the next LF, and the LF away; false when there is none.</summary>
    public static bool TryTake(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> line)
    {
        int end = rest.IndexOf((byte)'\n');
        line = end < 0 ? default : rest[..end];
        rest = end < 0 ? rest : rest[(end + 1)..];
        return end >= 0;
    }

    /// <summary>Takes a line that begins with a word and a space, and gives what follows.</summary>
    public static bool TryTake(scoped ref ReadOnlySpan<byte> rest, scoped ReadOnlySpan<byte> wordAndSpace, out ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> after = rest;
        bool found = TryTake(ref after, out ReadOnlySpan<byte> line) && line.StartsWith(wordAndSpace);
        value = found ? line[wordAndSpace.Length..] : default;
        rest = found ? after : rest;
        return found;
    }

    /// <summary>Takes lines of one base64 hash each up to the empty line, and that one; false for any other line, or too many.</summary>
    public static bool TryTakeHashes(scoped ref ReadOnlySpan<byte> rest, int max, out TreeHash[] hashes)
    {
        List<TreeHash> taken = [];
        hashes = [];
        while (TryTake(ref rest, out ReadOnlySpan<byte> line))
        {
            if (line.IsEmpty)
            {
                hashes = [.. taken];
                return true;
            }

            if (taken.Count == max || !TreeHash.TryParse(line, out TreeHash hash))
            {
                return false;
            }

            taken.Add(hash);
        }

        return false;
    }

    /// <summary>Decodes UTF-8; false when it is malformed.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out string? text)
    {
        text = Utf8.IsValid(utf8) ? Strict.GetString(utf8) : null;
        return text is not null;
    }

    private static bool HasControl(ReadOnlySpan<byte> bytes)
    {
        // LF is the one that may stand: look on either side of it.
        int at;
        while ((at = bytes.IndexOfAnyInRange((byte)0x00, (byte)0x1F)) >= 0)
        {
            if (bytes[at] != '\n')
            {
                return true;
            }

            bytes = bytes[(at + 1)..];
        }

        return false;
    }
}
