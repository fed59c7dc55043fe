using Ledger.Benchmarks.Decisions;

namespace Ledger.Benchmarks.Transparency;

/// <summary>Recording with the transparency log running, against the same server whose log is stopped.</summary>
internal sealed class IntakeWithLog : Benchmark
{
    private static readonly RowDefinition Single = new(
        "log.intake.single", "one decision a call, 64 callers, with the log running", "decisions/s", Target.RatioAtLeast(0.85))
    { Baseline = "log stopped" };

    private static readonly RowDefinition Batch = new(
        "log.intake.batch", "batches of 100, 4 streams, with the log running", "decisions/s", Target.RatioAtLeast(0.85))
    { Baseline = "log stopped" };

    public override IReadOnlyList<RowDefinition> Rows => [Single, Batch];

    public override async Task<IReadOnlyList<Row>> RunAsync(Bench bench, IReadOnlyList<RowDefinition> wanted, CancellationToken cancellationToken)
    {
        await using var running = await LedgerServer.StartAsync(bench.NewDirectory("log"), store: null, cancellationToken);
        // A log that cannot write its files stops at once and stays stopped; nothing else of the server changes.
        await using var stopped = await LedgerServer.StartAsync(
            bench.NewDirectory("nolog"), store: null, cancellationToken, ("Ledger:Log:Directory", "/dev/null/none"), ("Ledger:Log:MaximumDelaySeconds", "86400"));
        var rows = new List<Row>();
        foreach (var row in wanted)
        {
            var (callers, workers) = row == Single ? (RecordSingle.Callers, RecordSingle.Workers) : (RecordBatches.Streams, RecordSingle.Workers);
            var with = new RecordLoad(running, bench, callers, workers, RecordSingle.Channels);
            var without = new RecordLoad(stopped, bench, callers, workers, RecordSingle.Channels);
            var medians = await bench.InterleaveAsync(
                new Contestant("log running", window => Rate(with, row, window)), new Contestant("log stopped", window => Rate(without, row, window)));
            rows.Add(row.Of(medians[0], medians[1]));
        }

        return rows;
    }

    private static Task<double> Rate(RecordLoad load, RowDefinition row, TimeSpan window) =>
        row == Single ? load.SinglesAsync(window) : load.BatchesAsync(window, RecordBatches.Unanswered);
}
