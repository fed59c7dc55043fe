using System.Text;
using Ledger.Contracts.Decisions;
using Ledger.EventStore;
using Ledger.EventStore.Embedded;
using Ledger.Silo.Hosting;
using Ledger.Silo.Transparency;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Benchmarks.Transparency;

/// <summary>
/// <c>ledger verify --data</c> on a store of 1,000,000 small events, as a process of its own: the whole log first, then each stored event
/// against its entry.
/// </summary>
internal sealed class VerifyStore : Benchmark
{
    private const int Events = 1_000_000, QuickEvents = 200_000, Workers = 20_000, AppendsAtOnce = 64;

    private static readonly RowDefinition Rate = new(
        "verify.store", "events a second of `ledger verify --data` on 1,000,000 events, from its start to its end", "events/s",
        new Target("≥ 250,000 events/s", static (value, _) => value is { } v ? v >= 250_000 : null));

    private static readonly RowDefinition Memory = new(
        "verify.store.memory", "its largest resident memory", "MiB", Target.ValueBelow(200, "MiB"));

    public override IReadOnlyList<RowDefinition> Rows => [Rate, Memory];

    public override async Task<IReadOnlyList<Row>> RunAsync(Bench bench, IReadOnlyList<RowDefinition> wanted, CancellationToken cancellationToken)
    {
        var data = bench.NewDirectory("store");
        var count = bench.Quick ? QuickEvents : Events;
        await MakeAsync(data, count, cancellationToken);
        var rates = new List<double>();
        double peak = 0;
        for (var round = 0; round < bench.Rounds; round++)
        {
            var run = await VerifyProcess.RunAsync(["--data", data, "--organisation", "main"], cancellationToken);
            rates.Add(run.Verdict.GetProperty("compared").GetInt64() / run.Took.TotalSeconds);
            peak = Math.Max(peak, run.PeakMiB);
            Bench.Say(string.Create(
                CultureInfo.InvariantCulture,
                $"  {rates[^1]:N0} events/s in {run.Took.TotalSeconds:0.00} s, of which {run.Verdict.GetProperty("seconds").GetDouble():0.00} s for the log; {peak:N0} MiB"));
        }

        return [.. wanted.Select(row => row == Rate ? row.Of(Bench.Median(rates)) : row.Of(peak))];
    }

    private static async Task MakeAsync(string data, int count, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.Combine(data, "keys"));
        await using var store = EmbeddedEventStore.Open(new EmbeddedEventStoreOptions { Directory = data }, TimeProvider.System, NullLogger.Instance);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Workers), new ParallelOptions { MaxDegreeOfParallelism = AppendsAtOnce, CancellationToken = cancellationToken },
            async (worker, token) => await AppendAsync(store, worker, count / Workers, token));

        using var witnesses = new HttpClient();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var log = new LogRun("main", store, new SiloOptions { DataDirectory = data }, witnesses, TimeProvider.System, new Entropy(), NullLogger.Instance);
        var running = Task.Run(() => log.RunAsync(enough.Token), cancellationToken);
        while (log.Progress.Signed?.Head.Size <= (ulong)count || log.Progress.Signed is null)
        {
            await Task.Delay(50, cancellationToken);
        }

        await enough.CancelAsync();
        await running;
    }

    private static async Task AppendAsync(EmbeddedEventStore store, int worker, int count, CancellationToken cancellationToken)
    {
        var entropy = new Entropy();
        var salt = ChainedEvent.FirstSalt;
        var stream = string.Create(CultureInfo.InvariantCulture, $"worker-main-{worker:x32}");
        var events = new List<NewEvent>(count);
        for (var revision = 0; revision < count; revision++)
        {
            var chained = ChainedEvent.Compose(
                new EventDraft(entropy.NewId(), "decision-recorded.v1", Encoding.UTF8.GetBytes($$"""{"decisionId":"{{worker}}-{{revision}}","kind":"shift_moved"}""")),
                stream, revision, count - 1, salt, DateTimeOffset.UnixEpoch, new CallContext("producer", "3f2a", null), entropy);
            salt = chained.NextSalt;
            events.Add(chained.Event);
        }

        await store.AppendAsync(new StreamAppend(stream, Revisions.NoStream, events), cancellationToken);
    }
}
