namespace Ledger.Benchmarks.Decisions;

/// <summary>Streams of batches of 100, about 5,000 workers or about 100,000.</summary>
internal abstract class RecordBatches(string name, int workers) : Benchmark
{
    // What the contract lets a stream have in work: the raw store too finds all that it can take whenever it looks.
    public const int Streams = 4;
    public const int Unanswered = 16;
    public const int PostgresClients = 8;

    private readonly RowDefinition againstRaw = new(
        name, string.Create(CultureInfo.InvariantCulture, $"stream of batches of 100, {workers:N0} workers, embedded store"), "decisions/s", Target.RatioAtLeast(0.7))
    { Baseline = "raw store" };

    private readonly RowDefinition againstSingles = new(
        name + ".postgres", "the same, held against an audit table with 64 clients", "decisions/s", Target.RatioAtLeast(4))
    { Baseline = "PostgreSQL audit table" };

    private readonly RowDefinition againstBatches = new(
        name + ".postgres-batches", "the same, held against an audit table with 100 rows a statement", "decisions/s", Target.None)
    { Baseline = "audit table in batches" };

    public override IReadOnlyList<RowDefinition> Rows => [againstRaw, againstSingles, againstBatches];

    public override async Task<IReadOnlyList<Row>> RunAsync(Bench bench, IReadOnlyList<RowDefinition> wanted, CancellationToken cancellationToken)
    {
        var data = bench.NewDirectory("batch");
        await using var server = await LedgerServer.StartAsync(data, store: null, cancellationToken);
        var sample = await StoredSample.TakeAsync(server, data, bench, cancellationToken);
        var load = new RecordLoad(server, bench, Streams, workers, channels: 2);
        return await Against.BaselinesAsync(
            bench, wanted, sample, workers, new Contestant("ledger", window => load.BatchesAsync(window, Unanswered)),
            againstRaw,
            (againstSingles, static (table, window) => table.SinglesAsync(window)),
            (againstBatches, static (table, window) => table.BatchesAsync(window, PostgresClients)));
    }
}

/// <summary>About 5,000 workers: two decisions of a batch are seldom about the same one.</summary>
internal sealed class RecordBatch() : RecordBatches("record.batch", RecordSingle.Workers);

/// <summary>About 100,000 workers: nearly every decision wakes a worker that was not in memory.</summary>
internal sealed class RecordBatchManyWorkers() : RecordBatches("record.batch.100k", 100_000);
