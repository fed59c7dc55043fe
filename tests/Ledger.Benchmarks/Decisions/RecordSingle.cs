
namespace Ledger.Benchmarks.Decisions;

/// <summary>One decision a call, 64 callers, 5,000 workers.</summary>
internal sealed class RecordSingle : Benchmark
{
    public const int Callers = 64;
    public const int Workers = 5_000;

    // Two connections: one reader loop of Kestrel and one of the client for each core.
    public const int Channels = 2;

    private static readonly RowDefinition AgainstRaw = new(
        "record.single", "one decision a call, 64 callers, 5,000 workers, embedded store", "decisions/s", Target.RatioAtLeast(0.4))
    { Baseline = "raw store" };

    private static readonly RowDefinition AgainstPostgres = new(
        "record.single.postgres", "the same, held against an audit table with 64 clients", "decisions/s", Target.RatioAtLeast(2.5))
    { Baseline = "PostgreSQL audit table" };

    public override IReadOnlyList<RowDefinition> Rows => [AgainstRaw, AgainstPostgres];

    public override async Task<IReadOnlyList<Row>> RunAsync(Bench bench, IReadOnlyList<RowDefinition> wanted, CancellationToken cancellationToken)
    {
        var data = bench.NewDirectory("single");
        await using var server = await LedgerServer.StartAsync(data, store: null, cancellationToken);
        var sample = await StoredSample.TakeAsync(server, data, bench, cancellationToken);
        var load = new RecordLoad(server, bench, Callers, Workers, Channels);
        return await Against.BaselinesAsync(
            bench, wanted, sample, Workers, new Contestant("ledger", load.SinglesAsync),
            AgainstRaw, (AgainstPostgres, static (table, window) => table.SinglesAsync(window)));
    }
}
