using System.Collections.Concurrent;
using FluentAssertions.Execution;
using Ledger.Scenarios.Hosting;
using Ledger.Tests;
using Ledger.Verification;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Transparency;

/// <summary>Everything that somebody with the server, its store, its backups and its key could do to a history of 10,000 events.</summary>
public class TamperingScenarios(ITestOutputHelper output)
{
    private const string Untouched = "untouched";

    [Fact]
    public async Task Tampering_OfEveryKind_IsFoundByThoseWhomTheTableNames()
    {
        long started = TimeProvider.System.GetTimestamp();
        using RecordedHistory history = await RecordedHistory.MakeAsync(new Seed(output).Next());
        output.WriteLine($"Recorded in {Seconds(started):0.0} s.");
        await IsSoundForEverybodyAsync(history);

        ConcurrentDictionary<Tampering, Dictionary<Party, Sight>> seen = new();
        await Parallel.ForEachAsync(Tamperings.All.Select((tampering, i) => (tampering, i)), async (each, _) =>
        {
            string data = history.Copy(history.Data, $"copy-{each.i}");
            await each.tampering.ApplyAsync(history, data);
            seen[each.tampering] = await LookAsync(history, data, each.tampering.Looking);
            Directory.Delete(data, recursive: true);
        });
        output.WriteLine($"{Tamperings.All.Count} tamperings tried after {Seconds(started):0.0} s.");

        using AssertionScope all = new();
        foreach (Tampering tampering in Tamperings.All)
        {
            output.WriteLine($"{tampering.Kind}, {tampering.Name}: {string.Join("; ", seen[tampering].Select(s => $"{s.Key} {s.Value.Checks}"))}");
            Dictionary<Party, Sight> sights = seen[tampering];
            string said = $"{tampering.Kind}, {tampering.Name}: {string.Join("\n", sights.Select(s => $"{s.Key}: {s.Value.Checks}\n{s.Value.All}"))}";
            sights.Where(s => s.Value.Found).Select(s => s.Key).Should().BeEquivalentTo(tampering.FoundBy, "{0}", said);
            tampering.FoundBy.Should().NotBeEmpty("nothing may stay unseen");
            if (tampering.Event is { } @event)
            {
                sights[Party.Operator].Where.Should().Be($"event {@event(history)}", "{0}", said);
            }

            if (tampering.Reason is { } reason)
            {
                sights[Party.Log].All.Should().Contain(reason);
            }
        }

        Repository.Stale("docs/tampering.md", TamperingTable.Write(Tamperings.All.Select(t => (t, seen[t]))), nameof(TamperingScenarios)).Should().BeNull();
    }

    private static async Task IsSoundForEverybodyAsync(RecordedHistory history)
    {
        Dictionary<Party, Sight> sights = await LookAsync(history, history.Copy(history.Data, Untouched), Enum.GetValues<Party>());
        foreach ((Party party, Sight sight) in sights)
        {
            sight.Should().Be(Sight.Nothing with { All = sight.All }, "{0} looks at what nobody touched", party);
        }

        await IsSoundAfterTheKeyChangedAsync(history, history.PathOf(Untouched));
    }

    /// <summary>A key that was changed as it should be: the store is sound for who holds the old key and for who holds the new one.</summary>
    private static async Task IsSoundAfterTheKeyChangedAsync(RecordedHistory history, string data)
    {
        (await CommandLine.RunAsync("keys", "rotate", "--data", data)).Code.Should().Be(0);
        // The new key is a leaf, and so is the look of whoever read the directory before.
        (await RunningLog.RunAsync(data, RecordedHistory.Size + 2)).Should().BeNull();
        SignerKey.TryParse((await File.ReadAllTextAsync(Path.Combine(data, "keys", "log-main.key"))).Trim(), out SignerKey? next).Should().BeTrue();
        using (next)
        {
            string[] keys = [history.LogKey, next!.Verifier.ToString()];
            keys.Should().OnlyHaveUniqueItems();
            foreach (string key in keys)
            {
                Said said = await CommandLine.RunAsync("verify", "--data", data, "--log-key", key, "--json");
                said.Code.Should().Be(0, "{0}", said);
            }
        }
    }

    // The log last: it writes.
    private static async Task<Dictionary<Party, Sight>> LookAsync(RecordedHistory history, string data, Party[] looking)
    {
        Parties parties = new(history, data);
        Dictionary<Party, Sight> sights = [];
        foreach (Party party in looking.OrderBy(p => p == Party.Log))
        {
            sights[party] = await parties.LookAsync(party);
        }

        return sights;
    }

    private static double Seconds(long since) => TimeProvider.System.GetElapsedTime(since).TotalSeconds;
}
