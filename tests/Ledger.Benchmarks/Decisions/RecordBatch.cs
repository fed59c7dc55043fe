namespace Ledger.Benchmarks.Decisions;

/// <summary>Streams of batches of 100, about 5,000 workers or about 100,000.</summary>
internal abstract class RecordBatches(int workers, RowDefinition againstRaw, RowDefinition againstPostgres) : Benchmark
{
    // What the contract lets a stream have in work: the raw store too finds all that it can take whenever it looks.
    public const int Streams = 4;
    public const int Unanswered = 16;
    public const int PostgresClients = 8;

    public override IReadOnlyList<RowDefinition> Rows { get; } = [againstRaw, againstPostgres];

    public override async Task<IReadOnlyList<Row>> RunAsync(Bench bench, IReadOnlyList<RowDefinition> wanted, CancellationToken cancellationToken)
    {
        var data = bench.NewDirectory("batch");
        await using var server = await LedgerServer.StartAsync(data, store: null, cancellationToken);
        var sample = await StoredSample.TakeAsync(server, data, bench, cancellationToken);
        var load = new RecordLoad(server, bench, Streams, workers, channels: 2);
        return await Against.BaselinesAsync(
            bench, wanted, sample, workers, new Contestant("ledger", window => load.BatchesAsync(window, Unanswered)),
            (againstRaw, againstPostgres), raw => raw.SaturatedAsync, table => window => table.BatchesAsync(window, PostgresClients));
    }
}

/// <summary>About 5,000 workers: two decisions of a batch are seldom about the same one.</summary>
internal sealed class RecordBatch() : RecordBatches(
    RecordSingle.Workers,
    new("record.batch", "stream of batches of 100, 5,000 workers, embedded store", "decisions/s", Target.RatioAtLeast(0.7)) { Baseline = "raw store" },
    new("record.batch.postgres", "the same, held against an audit table with 100 rows a statement", "decisions/s", Target.RatioAtLeast(4)) { Baseline = "PostgreSQL audit table" });

/// <summary>About 100,000 workers: nearly every decision wakes a worker that was not in memory.</summary>
internal sealed class RecordBatchManyWorkers() : RecordBatches(
    100_000,
    new("record.batch.100k", "stream of batches of 100, 100,000 workers, embedded store", "decisions/s", Target.RatioAtLeast(0.7)) { Baseline = "raw store" },
    new("record.batch.100k.postgres", "the same, held against an audit table with 100 rows a statement", "decisions/s", Target.RatioAtLeast(4)) { Baseline = "PostgreSQL audit table" });
