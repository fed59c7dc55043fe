using System.Globalization;

namespace Ledger.Verification;

/// <summary>Numbers as C2SP writes them: ASCII decimal without leading zeros, sign or separators.</summary>
internal static class Decimal
{
    /// <summary>Reads a number of at most 64 bits; false for any other form of it.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out ulong value)
    {
        value = 0;
        return utf8.Length is > 0 and <= 20
            && utf8.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
            && (utf8[0] != '0' || utf8.Length == 1)
            && ulong.TryParse(utf8, NumberStyles.None, CultureInfo.InvariantCulture, out value);
    }
}
