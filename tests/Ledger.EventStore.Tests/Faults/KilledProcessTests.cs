using System.Globalization;
using FluentAssertions;
using Ledger.EventStore.Tests.Embedded;
using Xunit;

namespace Ledger.EventStore.Tests.Faults;

/// <summary>kill -9 of a process that appends, again and again on the same files.</summary>
public sealed class KilledProcessTests
{
    private const int Kills = 20;

    [Fact]
    public async Task Store_ProcessKilledWhileAppending_HasEverythingAcknowledged()
    {
        using var files = new TemporaryStore();
        var acknowledged = new SortedDictionary<int, long>();
        for (var kill = 0; kill < Kills; kill++)
        {
            using var process = FaultyProcess.Start(["append", files.Directory]);
            var errors = process.StandardError.ReadToEndAsync();
            var lines = 0;
            while (await process.StandardOutput.ReadLineAsync() is { } line)
            {
                // The last line may be cut off by the kill.
                if (line.Split(' ') is [var worker, var revision] && revision.Length > 0)
                {
                    var number = int.Parse(worker, CultureInfo.InvariantCulture);
                    acknowledged[number] = Math.Max(acknowledged.GetValueOrDefault(number, -1), long.Parse(revision, CultureInfo.InvariantCulture));
                }

                if (++lines == 1 + (kill * 37))
                {
                    process.Kill();
                }
            }

            await process.WaitForExitAsync();
            lines.Should().BeGreaterThan(kill * 37, await errors);
            await using var store = files.Open();
            foreach (var (worker, last) in acknowledged)
            {
                var events = await store.ReadStreamAsync($"worker-{worker}", ReadDirection.Forwards, 0, int.MaxValue, default).ToListAsync();
                events.Select(e => (e.Revision, e.Id)).Should().Equal(
                    Enumerable.Range(0, events.Count).Select(r => ((long)r, new Guid(r, (short)worker, 0, new byte[8]))));
                events.Count.Should().BeGreaterThan((int)last);
            }
        }
    }
}
