using System.Text;
using Ledger.Tests;

namespace Ledger.Verification.Tests;

/// <summary>The sealed event of docs/formats/sealed-event.md, made there by the code that seals: its data as stored, and its disclosures.</summary>
internal static class SealedPage
{
    public static readonly string Text = Repository.Read("docs", "formats", "sealed-event.md");

    public static readonly ReadOnlyMemory<byte> Data = Encoding.UTF8.GetBytes(
        Text.Split("```json\n").Single(block => block.Contains("\"_sd\":[\"Xz", StringComparison.Ordinal) && block.StartsWith('{')).Split('\n')[0]);

    public static readonly IReadOnlyList<Disclosure> Disclosures =
    [
        .. Text.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).Select(line => line.Split('`'))
            .Select(cells => Disclosure.TryParse(cells[3], out Disclosure? disclosure) ? disclosure : throw new FormatException(cells[3])),
    ];
}
