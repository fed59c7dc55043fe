using System.Diagnostics;
using Ledger.Benchmarks.Decisions;
using Ledger.V1;

namespace Ledger.Benchmarks.Workers;

/// <summary>The first call to a worker with 100,000 decisions after the server was started anew.</summary>
internal sealed class WorkerFirstCall : Benchmark
{
    private const int Trail = 100_000;
    private const int OtherWorkers = 50;
    private const string LongNumber = "LONG";

    private static readonly RowDefinition FirstCall = new(
        "worker.first-call", "repeat of the very first of 100,000 decisions, first call to its worker after a restart", "ms", Target.ValueBelow(100, "ms"));

    private static readonly RowDefinition Coldest = new(
        "worker.first-call.cold", "the same as the very first call that the new process gets", "ms", Target.None);

    private static readonly RowDefinition Recognised = new(
        "worker.repeat-first", "the repeat got the first receipt and wrote nothing (1: yes)", "", Target.ValueIs(1));

    public override IReadOnlyList<RowDefinition> Rows => [FirstCall, Coldest, Recognised];

    public override async Task<IReadOnlyList<Row>> RunAsync(Bench bench, IReadOnlyList<RowDefinition> wanted, CancellationToken cancellationToken)
    {
        var data = bench.NewDirectory("first-call");
        var decisions = new SampleDecisions(bench.Seed, OtherWorkers, bench.Clock.GetUtcNow());
        var request = new RecordDecisionRequest { Parent = SampleDecisions.Organisation, Decision = decisions.Next(LongNumber) };
        Receipt first;
        await using (var server = await LedgerServer.StartAsync(data, store: null, cancellationToken))
        {
            first = await server.NewClient().RecordDecisionAsync(request, cancellationToken: cancellationToken);
            var load = new RecordLoad(server, bench, callers: 1, OtherWorkers, channels: 1);
            await load.FillAsync(Enumerable.Repeat(LongNumber, Trail - 1), cancellationToken);
        }

        var warm = new List<double>();
        var cold = new List<double>();
        var same = true;
        for (var round = 0; round < 3; round++)
        {
            cold.Add(await RestartAndRepeatAsync(warmUp: false));
            warm.Add(await RestartAndRepeatAsync(warmUp: true));
        }

        Row[] rows = [FirstCall.Of(Bench.Median(warm)), Coldest.Of(Bench.Median(cold)), Recognised.Of(same ? 1 : 0)];
        return [.. rows.Where(row => wanted.Contains(row.Definition))];

        async Task<double> RestartAndRepeatAsync(bool warmUp)
        {
            await using var server = await LedgerServer.StartAsync(data, store: null, cancellationToken);
            var client = server.NewClient();
            for (var i = 0; warmUp && i < OtherWorkers; i++)
            {
                await client.RecordDecisionAsync(
                    new RecordDecisionRequest { Parent = SampleDecisions.Organisation, Decision = decisions.Next() }, cancellationToken: cancellationToken);
            }

            var sent = Stopwatch.GetTimestamp();
            var again = await client.RecordDecisionAsync(request, cancellationToken: cancellationToken);
            var taken = Stopwatch.GetElapsedTime(sent).TotalMilliseconds;
            same &= again.Equals(first);
            Bench.Say(string.Create(CultureInfo.InvariantCulture, $"  started in {server.StartedIn.TotalSeconds:N1} s, {(warmUp ? "first call" : "coldest call")} {taken:N1} ms"));
            return taken;
        }
    }
}
