using Ledger.V1;

namespace Ledger.Cli.Import;

/// <summary>Consecutive rows on their way: their decisions, what is already known to be wrong with them, and what came back.</summary>
internal sealed class Batch(long number)
{
    /// <summary>From 0, in the order of the file.</summary>
    public long Number { get; } = number;

    public ImportCounts Counts { get; } = new();

    public List<Decision> Decisions { get; } = [];

    /// <summary>Row and line of each decision.</summary>
    public List<(long Row, long Line)> Origins { get; } = [];

    public List<ReportLine> Report { get; } = [];

    public long Bytes { get; set; }

    /// <summary>How far the file was read when the batch was full, in bytes.</summary>
    public long Position { get; set; }

    /// <summary>Places of the decisions that have no final answer yet.</summary>
    public List<int> Open { get; set; } = [];

    /// <summary>How often it went out without getting anywhere.</summary>
    public int Attempts { get; set; }
}
