using System.Diagnostics;

namespace Ledger.Benchmarks;

/// <summary>What every benchmark of one run shares: the clock, a scratch directory on the measured disk, and how long to measure.</summary>
internal sealed class Bench(bool quick, string? store, int seed, double? windowSeconds) : IDisposable
{
    private int _scratch;

    public bool Quick { get; } = quick;

    /// <summary>Connection string of a real EventStoreDB, if one was given.</summary>
    public string? Store { get; } = store;

    public int Seed { get; } = seed;

    public TimeProvider Clock { get; } = TimeProvider.System;

    // Tier-1 code with profile data takes some seconds of load to arrive; without it the first window is half as fast.
    public TimeSpan WarmUp => TimeSpan.FromSeconds(windowSeconds * 2 ?? 8);

    public TimeSpan Window => TimeSpan.FromSeconds(windowSeconds ?? (Quick ? 2.5 : 4));

    public int Rounds => Quick ? 3 : 5;

    public string Root { get; } = Directory.CreateTempSubdirectory("ledger-bench-").FullName;

    public string NewDirectory(string name)
    {
        var path = Path.Combine(Root, string.Create(CultureInfo.InvariantCulture, $"{name}-{_scratch++}"));
        Directory.CreateDirectory(path);
        return path;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>Progress goes to standard error: standard output holds the table or the JSON line and nothing else.</summary>
    public static void Say(string text) => Console.Error.WriteLine(text);

    /// <summary>
    /// Measures contestants in turn, round after round, each round beginning with another one, so that whatever else
    /// the machine does meanwhile falls on all of them. Gives the median of each.
    /// </summary>
    public async Task<double[]> InterleaveAsync(params Contestant[] contestants)
    {
        foreach (var contestant in contestants)
        {
            await contestant.Measure(contestant.NeedsWarmUp ? WarmUp : TimeSpan.FromSeconds(1));
        }

        var samples = contestants.Select(_ => new List<double>(Rounds)).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            for (var turn = 0; turn < contestants.Length; turn++)
            {
                var which = (round + turn) % contestants.Length;
                var measured = await contestants[which].Measure(Window);
                samples[which].Add(measured);
                Say(string.Create(CultureInfo.InvariantCulture, $"  {contestants[which].Name} {measured:N2}"));
            }
        }

        return [.. samples.Select(Median)];
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        Debug.Assert(sorted.Length > 0);
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <summary>Something whose rate (per second) can be measured for a while.</summary>
internal sealed record Contestant(string Name, Func<TimeSpan, Task<double>> Measure, bool NeedsWarmUp = true);
