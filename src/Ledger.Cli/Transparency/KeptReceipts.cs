using System.Text.Json;
using Ledger.Cli.Hosting;
using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary>
/// Receipts that a producer kept, to hold the log to them: each names the leaf that the log must have. One JSON object a line, as
/// <c>ledger record --json</c> and <c>ledger export</c> write them; a receipt alone, in the contract's JSON form, will do.
/// </summary>
internal sealed class KeptReceipts
{
    // By leaf; the line is null once the leaf was seen.
    private readonly Dictionary<TreeHash, long?> lines = [];

    public int Count => lines.Count;

    public int Found { get; private set; }

    /// <summary>Line of the first receipt whose leaf was not seen; null when all were.</summary>
    public long? Missing => lines.Values.Min();

    /// <exception cref="CommandFailure">The file cannot be read, or is not of receipts.</exception>
    public static KeptReceipts Read(Session session, string path)
    {
        KeptReceipts receipts = new();
        long number = 0;
        try
        {
            foreach (string line in File.ReadLines(path))
            {
                number++;
                receipts.Add(line, number);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new CommandFailure(ExitCode.Usage, session.Texts.Format("verify.receipts.malformed", path, number), e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, session.Texts.Format("verify.evidence.unreadable", path), e);
        }

        return receipts.Count > 0 ? receipts : throw new CommandFailure(ExitCode.Usage, session.Texts.Format("verify.receipts.none", path));
    }

    /// <summary>A leaf of the log.</summary>
    public void Saw(in TreeHash leaf)
    {
        if (lines.TryGetValue(leaf, out long? line) && line is not null)
        {
            lines[leaf] = null;
            Found++;
        }
    }

    // A line without a receipt is an error or the summary of a run.
    private void Add(string line, long number)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return;
        }

        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement receipt = document.RootElement.TryGetProperty("receipt", out JsonElement inner) ? inner : document.RootElement;
        if (receipt.TryGetProperty("leafHash", out JsonElement text))
        {
            lines.TryAdd(TreeHash.TryParse(text.GetString(), out TreeHash leaf) ? leaf : throw new JsonException(), number);
        }
    }
}
