using Ledger.Benchmarks.Decisions;

namespace Ledger.Benchmarks.EventStoreDb;

/// <summary>Singles and batches on a real EventStoreDB, held against what its official Node client appends in the same run.</summary>
internal sealed class RecordOnEventStoreDb : Benchmark
{
    // What the Node client is fastest with: more appends of 100 outstanding gain it nothing.
    private const int NodeBatchesOutstanding = 8;

    private static readonly RowDefinition Single = new(
        "record.single.esdb", "one decision a call, 64 callers, EventStoreDB", "decisions/s", Target.RatioAtLeast(0.6))
    { Baseline = "Node client, 64 outstanding" };

    private static readonly RowDefinition Batch = new(
        "record.batch.esdb", "stream of batches of 100, EventStoreDB", "decisions/s", Target.RatioAtLeast(0.6))
    { Baseline = "Node client, batches of 100" };

    public override IReadOnlyList<RowDefinition> Rows => [Single, Batch];

    public override async Task<IReadOnlyList<Row>> RunAsync(Bench bench, IReadOnlyList<RowDefinition> wanted, CancellationToken cancellationToken)
    {
        if (bench.Store is null || NodeClient.Installed is null)
        {
            return [.. wanted.Select(row => row.NotRun(bench.Store is null
                ? "no server given (--store or LEDGER_TEST_ESDB)" : "LEDGER_NODE_CLIENT names no directory with @eventstore/db-client"))];
        }

        var node = new NodeClient(bench.Store, bench.NewDirectory("node"), RecordSingle.Workers);
        await node.WriteSampleAsync(await SampleAsync(bench, cancellationToken), cancellationToken);
        await using var server = await LedgerServer.StartAsync(bench.NewDirectory("esdb"), bench.Store, cancellationToken);
        var singles = new RecordLoad(server, bench, RecordSingle.Callers, RecordSingle.Workers, RecordSingle.Channels);
        var batches = new RecordLoad(server, bench, RecordBatch.Streams, RecordSingle.Workers, channels: 2);
        var rows = new List<Row>();
        if (wanted.Contains(Single))
        {
            var medians = await bench.InterleaveAsync(
                new Contestant("ledger", singles.SinglesAsync),
                new Contestant("node", window => node.RateAsync(window, eventsOfAppend: 1, outstanding: RecordSingle.Callers), NeedsWarmUp: false));
            rows.Add(Single.Of(medians[0], medians[1]));
        }

        if (wanted.Contains(Batch))
        {
            var medians = await bench.InterleaveAsync(
                new Contestant("ledger", window => batches.BatchesAsync(window, RecordBatch.Unanswered)),
                new Contestant("node", window => node.RateAsync(window, RecordLoad.BatchSize, NodeBatchesOutstanding), NeedsWarmUp: false));
            rows.Add(Batch.Of(medians[0], medians[1]));
        }

        return rows;
    }

    // The stored bytes are the same on every store; the embedded one is the easiest to look into.
    private static async Task<StoredSample> SampleAsync(Bench bench, CancellationToken cancellationToken)
    {
        var data = bench.NewDirectory("sample");
        await using var server = await LedgerServer.StartAsync(data, store: null, cancellationToken);
        return await StoredSample.TakeAsync(server, data, bench, cancellationToken);
    }
}
