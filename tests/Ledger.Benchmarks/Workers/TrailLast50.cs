using System.Diagnostics;
using System.Text.RegularExpressions;
using Ledger.Benchmarks.Decisions;
using Ledger.V1;

namespace Ledger.Benchmarks.Workers;

/// <summary>The last 50 decisions of a worker, while the store grows a thousandfold, and for one worker with very many.</summary>
internal sealed partial class TrailLast50 : Benchmark
{
    private const int DecisionsOfEach = 50;
    private const string LongNumber = "LONG";
    private const int LongTrail = 100_000;
    private const int QuickLongTrail = 10_000;
    private static readonly int[] Sizes = [1_000, 10_000, 100_000, 1_000_000];
    private static readonly int[] QuickSizes = [1_000, 10_000, 50_000];

    private static readonly RowDefinition Last50 = new(
        "trail.last50", "last 50 decisions of a worker, a million decisions in the store: median", "ms", Target.ValueBelow(5, "ms"))
    { Baseline = "a thousand in the store" };

    private static readonly RowDefinition Flat = new(
        "trail.last50.flat", "the slowest of all store sizes and of the long trail", "ms", Target.RatioAtMost(2))
    { Baseline = "the fastest of them" };

    private static readonly RowDefinition Long = new(
        "trail.last50.long", "last 50 decisions of a worker with 100,000 of them: median", "ms", Target.ValueBelow(5, "ms"))
    { Baseline = "a thousand in the store" };

    private static readonly RowDefinition Other = new(
        "trail.last50.other", "last 50 decisions of a worker by human resources, each look durable in the trail first: median", "ms", Target.RatioAtMost(2))
    { Baseline = "by the worker" };

    private static readonly RowDefinition FirstPage = new(
        "page.decisions", "a worker's page of decisions, a million decisions in the store: median, from a browser's side", "ms", Target.ValueAtMost(30, "ms"));

    private static readonly RowDefinition DecisionPage = new(
        "page.decision", "the page of one of them: median, from a browser's side", "ms", Target.ValueAtMost(30, "ms"));

    public override IReadOnlyList<RowDefinition> Rows => [Last50, Long, Flat, Other, FirstPage, DecisionPage];

    public override async Task<IReadOnlyList<Row>> RunAsync(Bench bench, IReadOnlyList<RowDefinition> wanted, CancellationToken cancellationToken)
    {
        await using var server = await LedgerServer.StartAsync(bench.NewDirectory("trail"), store: null, cancellationToken);
        var load = new RecordLoad(server, bench, callers: 1, workers: 1, channels: 1);
        var medians = new List<(string What, double Ms)>();
        var longTrail = bench.Quick ? QuickLongTrail : LongTrail;
        var workers = 0;
        var hasLong = false;
        var stored = 0;
        foreach (var size in bench.Quick ? QuickSizes : Sizes)
        {
            // The long trail is part of the first store that is larger than it.
            if (size > longTrail && !hasLong)
            {
                await load.FillAsync(Enumerable.Repeat(LongNumber, longTrail), cancellationToken);
                stored += longTrail;
                hasLong = true;
            }

            var more = (size - stored) / DecisionsOfEach;
            await load.FillAsync(Numbers(workers, more), cancellationToken);
            workers += more;
            stored = size;
            medians.Add((string.Create(CultureInfo.InvariantCulture, $"{size:N0}"), await MedianMsAsync(server, bench, [.. Enumerable.Range(0, workers).Select(SampleDecisions.WorkerNumber)], cancellationToken)));
            Bench.Say(string.Create(CultureInfo.InvariantCulture, $"  {size:N0} in the store: {medians[^1].Ms:N2} ms"));
        }

        var longMs = await MedianMsAsync(server, bench, [LongNumber], cancellationToken);
        // Last, and of the same workers in the same minute: looks lengthen a trail.
        string[] everybody = [.. Enumerable.Range(0, workers).Select(SampleDecisions.WorkerNumber)];
        var own = await MedianMsAsync(server, bench, everybody, cancellationToken);
        var other = await MedianMsAsync(server, bench, everybody, cancellationToken, byOther: true);
        var (firstPage, decisionPage) = await PagesMsAsync(server, everybody, cancellationToken);
        Bench.Say(string.Create(CultureInfo.InvariantCulture, $"  by the worker {own:N2} ms, by another {other:N2} ms; pages {firstPage:N2} and {decisionPage:N2} ms"));
        var all = medians.Select(each => each.Ms).Append(longMs).ToArray();
        var note = string.Join(", ", medians.Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.What}: {each.Ms:N2} ms")))
            + string.Create(CultureInfo.InvariantCulture, $", a worker with {longTrail:N0}: {longMs:N2} ms");
        var rows = new List<Row>
        {
            Last50.Of(medians[^1].Ms, medians[0].Ms, note), Long.Of(longMs, medians[0].Ms), Flat.Of(all.Max(), all.Min()), Other.Of(other, own), FirstPage.Of(firstPage), DecisionPage.Of(decisionPage),
        };
        return [.. rows.Where(row => wanted.Contains(row.Definition))];
    }

    private static async Task<(double First, double Decision)> PagesMsAsync(LedgerServer server, string[] numbers, CancellationToken cancellationToken)
    {
        const int Readers = 20;
        const int Warm = 100;
        const int Reads = 300;
        var readers = new List<HttpClient>();
        foreach (var number in numbers.Take(Readers))
        {
            readers.Add(await server.NewReaderAsync(number, cancellationToken));
        }

        var (first, decision) = (new List<double>(), new List<double>());
        for (var i = 0; i < Warm + Reads; i++)
        {
            var (list, listMs) = await ReadAsync(readers[i % Readers], "/fr/mes-decisions");
            var link = DecisionLink().Match(list).Groups["address"].Value;
            var (_, decisionMs) = await ReadAsync(readers[i % Readers], link);
            if (i >= Warm)
            {
                first.Add(listMs);
                decision.Add(decisionMs);
            }
        }

        readers.ForEach(reader => reader.Dispose());
        return (Bench.Median(first), Bench.Median(decision));

        async Task<(string Text, double Ms)> ReadAsync(HttpClient reader, string address)
        {
            var sent = Stopwatch.GetTimestamp();
            var text = await reader.GetStringAsync(address, cancellationToken);
            return (text, Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }
    }

    [GeneratedRegex("href=\"(?<address>/fr/mes-decisions/[0-9a-f-]{36})\"", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex DecisionLink();

    // Decisions of one worker lie apart in the store, as they do where months pass between them: once round all, then again.
    private static IEnumerable<string> Numbers(int firstWorker, int workers) =>
        Enumerable.Range(0, workers * DecisionsOfEach).Select(i => SampleDecisions.WorkerNumber(firstWorker + (i % workers)));

    private static async Task<double> MedianMsAsync(
        LedgerServer server, Bench bench, IReadOnlyList<string> numbers, CancellationToken cancellationToken, bool byOther = false)
    {
        const int Warm = 300;
        const int Reads = 600;
        var random = new Random(bench.Seed);
        var channel = server.NewChannel();
        var names = new List<(string Name, DecisionService.DecisionServiceClient Client)>();
        foreach (var number in numbers.OrderBy(_ => random.Next()).Take(200))
        {
            names.Add((await server.WorkerNameAsync(number, cancellationToken), new(server.CallsOf(channel, byOther ? "E0000000" : number))));
        }

        var taken = new List<double>();
        for (var i = 0; i < Warm + Reads; i++)
        {
            var (name, client) = names[i % names.Count];
            var request = new ListDecisionsRequest { Parent = name, PageSize = 50, Purpose = byOther ? "yearly review" : "" };
            var sent = Stopwatch.GetTimestamp();
            var page = await client.ListDecisionsAsync(request, cancellationToken: cancellationToken);
            if (i >= Warm)
            {
                taken.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }

            if (page.Decisions.Count != 50)
            {
                throw new InvalidOperationException($"Asked for 50 decisions, got {page.Decisions.Count}.");
            }
        }

        return Bench.Median(taken);
    }
}
