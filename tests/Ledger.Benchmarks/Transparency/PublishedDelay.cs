using Ledger.Benchmarks.Decisions;

namespace Ledger.Benchmarks.Transparency;

/// <summary>From sending a decision until the proof that it is in a published checkpoint, at half of peak load.</summary>
internal sealed class PublishedDelay : Benchmark
{
    // Half of what singles reach here on a slow day.
    private const double RatePerSecond = 3_000;
    private const int Waiting = 16;

    private static readonly RowDefinition Alone = new(
        "log.delay", "99th percentile until a decision is in a published checkpoint, interval 1 s, 3,000 decisions/s beside", "ms", Target.ValueAtMost(1_250, "ms"));

    private static readonly RowDefinition Witnessed = new(
        "log.delay.witnessed", "the same with one witness required", "ms", Target.ValueAtMost(1_500, "ms"));

    public override IReadOnlyList<RowDefinition> Rows => [Alone, Witnessed];

    public override async Task<IReadOnlyList<Row>> RunAsync(Bench bench, IReadOnlyList<RowDefinition> wanted, CancellationToken cancellationToken)
    {
        var rows = new List<Row>();
        foreach (var row in wanted)
        {
            var data = bench.NewDirectory("delay");
            if (row == Alone)
            {
                await using var server = await LedgerServer.StartAsync(data, store: null, cancellationToken);
                rows.Add(await MeasureAsync(bench, row, server));
                continue;
            }

            await using var witness = await WitnessProcess.StartAsync(data, cancellationToken);
            await using var witnessed = await LedgerServer.StartAsync(
                data, store: null, cancellationToken,
                ("Ledger:Log:Witnesses:0:Key", witness.Key), ("Ledger:Log:Witnesses:0:Url", witness.Address.ToString()), ("Ledger:Log:WitnessesRequired", "1"));
            rows.Add(await MeasureAsync(bench, row, witnessed));
        }

        return rows;
    }

    private static async Task<Row> MeasureAsync(Bench bench, RowDefinition row, LedgerServer server)
    {
        var beside = new RecordLoad(server, bench, RecordSingle.Callers, RecordSingle.Workers, RecordSingle.Channels);
        var waiting = new RecordLoad(server, bench, Waiting, RecordSingle.Workers, 1);
        await beside.PacedAsync(bench.WarmUp, RatePerSecond);
        var window = bench.Window * bench.Rounds;
        var load = beside.PacedAsync(window, RatePerSecond);
        var times = await waiting.AwaitedAsync(window - TimeSpan.FromSeconds(2));
        var rate = await load;
        times.Sort();
        return row.Of(
            times[(int)(times.Count * 0.99)],
            note: string.Create(CultureInfo.InvariantCulture, $"median {Bench.Median(times):N0} ms, largest {times[^1]:N0} ms of {times.Count}; {rate:N0} decisions/s beside"));
    }
}
