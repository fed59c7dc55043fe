using System.Globalization;

namespace Ledger.Verification.Tests;

/// <summary>Bytes as the pages of docs/formats show them.</summary>
internal static class Hex
{
    public static string Dump(byte[] bytes) => string.Join('\n', bytes.Chunk(16).Select((line, i) =>
        $"{i * 16:x4}  {string.Join(' ', line.Select(b => b.ToString("x2", CultureInfo.InvariantCulture)))}"));
}
