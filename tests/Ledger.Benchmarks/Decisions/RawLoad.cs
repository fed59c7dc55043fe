using System.Diagnostics;

namespace Ledger.Benchmarks.Decisions;

/// <summary>Drives the raw store: so many appends outstanding, each about any of the workers.</summary>
internal sealed class RawLoad : IDisposable
{
    private static readonly byte[] Type = "decision-recorded.v1"u8.ToArray();
    private readonly RawSqliteAppender _store;
    private readonly StoredSample _sample;
    private readonly long[] _nextRevision;
    private readonly int _seed;

    public RawLoad(Bench bench, StoredSample sample, int workers)
    {
        _store = RawSqliteAppender.Open(Path.Combine(bench.NewDirectory("raw"), "raw.db"));
        _sample = sample;
        _nextRevision = new long[workers];
        _seed = bench.Seed;
    }

    /// <summary>Two halves of a full transaction each in turn, so that 2,000 wait whenever the writer looks. Events a second.</summary>
    public Task<double> SaturatedAsync(TimeSpan window) => RunAsync(window, lanes: 2, outstanding: 2_000);

    /// <summary>As many callers as the single-call benchmark has, each with one append outstanding. Events a second.</summary>
    public Task<double> CallersAsync(TimeSpan window, int callers) => RunAsync(window, callers, outstanding: 1);

    /// <summary>One append at a time: the median in milliseconds.</summary>
    public async Task<double> MedianSingleMsAsync(TimeSpan window)
    {
        var random = new Random(_seed);
        var taken = new List<double>();
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < window)
        {
            var sent = Stopwatch.GetTimestamp();
            await AppendAsync(random);
            taken.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }

        return Bench.Median(taken);
    }

    public void Dispose() => _store.Dispose();

    private async Task<double> RunAsync(TimeSpan window, int lanes, int outstanding)
    {
        using var self = Process.GetCurrentProcess();
        var cpu = self.TotalProcessorTime;
        var started = Stopwatch.GetTimestamp();
        var appended = await Task.WhenAll(Enumerable.Range(0, lanes).Select(lane => Task.Run(async () =>
        {
            var random = new Random(_seed + lane);
            var waiting = new Task[outstanding];
            long count = 0;
            while (Stopwatch.GetElapsedTime(started) < window)
            {
                for (var i = 0; i < outstanding; i++)
                {
                    waiting[i] = AppendAsync(random);
                }

                await Task.WhenAll(waiting);
                count += outstanding;
            }

            return count;
        })));
        self.Refresh();
        Bench.Say(string.Create(CultureInfo.InvariantCulture, $"    processor time an event, raw: {(self.TotalProcessorTime - cpu).TotalMicroseconds / appended.Sum():N1} µs"));
        return appended.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private Task AppendAsync(Random random)
    {
        Span<byte> id = stackalloc byte[16];
        random.NextBytes(id);
        var stream = random.Next(_nextRevision.Length);
        var stored = _sample.Events[random.Next(_sample.Events.Count)];
        return _store.AppendAsync(stream, Interlocked.Increment(ref _nextRevision[stream]), new Guid(id), Type, stored.Metadata, stored.Data);
    }
}
