namespace Ledger.Benchmarks.Decisions;

/// <summary>One caller, one decision at a time: how long a producer waits until its decision is durable.</summary>
internal sealed class RecordOne : Benchmark
{
    private static readonly RowDefinition One = new(
        "record.one", "one caller, one decision at a time: median until durable", "ms", Target.ValueAtMost(0.5, "ms"))
    { Baseline = "raw store, one at a time" };

    public override IReadOnlyList<RowDefinition> Rows => [One];

    public override async Task<IReadOnlyList<Row>> RunAsync(Bench bench, IReadOnlyList<RowDefinition> wanted, CancellationToken cancellationToken)
    {
        var data = bench.NewDirectory("one");
        await using var server = await LedgerServer.StartAsync(data, store: null, cancellationToken);
        var sample = await StoredSample.TakeAsync(server, data, bench, cancellationToken);

        // Many callers warm the code up faster than one that mostly waits for the disk.
        await new RecordLoad(server, bench, RecordSingle.Callers, RecordSingle.Workers, RecordSingle.Channels).SinglesAsync(bench.WarmUp);
        var load = new RecordLoad(server, bench, callers: 1, RecordSingle.Workers, channels: 1);
        using var raw = new RawLoad(bench, sample, RecordSingle.Workers);
        var medians = await bench.InterleaveAsync(
            new Contestant("ledger, ms", load.MedianSingleMsAsync, NeedsWarmUp: false), new Contestant("raw store, ms", raw.MedianSingleMsAsync, NeedsWarmUp: false));
        return [One.Of(medians[0], medians[1])];
    }
}
