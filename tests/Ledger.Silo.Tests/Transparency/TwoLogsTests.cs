using System.Globalization;
using FluentAssertions;
using Ledger.Contracts.Decisions;
using Ledger.Silo.Transparency;
using Microsoft.Extensions.Logging;
using Xunit;
using Xunit.Abstractions;

namespace Ledger.Silo.Tests.Transparency;

/// <summary>A log that is active twice, on one store and one folder: as while a silo dies slowly.</summary>
public sealed class TwoLogsTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Rounds = 20;

    private readonly TestLog log = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await log.DisposeAsync();

    [Fact]
    public async Task TwoRuns_WhileEventsCome_SignOneHistoryAndNeverStop()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("LEDGER_SEED"), CultureInfo.InvariantCulture, out int given)
            ? given
            : (int)(TimeProvider.System.GetTimestamp() & int.MaxValue);
        output.WriteLine($"LEDGER_SEED={seed}");
        Random random = new(seed);
        await log.GrowAsync(1);
        ulong published = 0;
        int turns = 0;
        int errors = 0;
        for (int round = 0; round < Rounds; round++)
        {
            await using RunningLog one = log.Start();
            await using RunningLog two = log.Start();
            Receipt last = log.Receipts[^1];
            for (int i = random.Next(3, 10); i > 0; i--)
            {
                last = await log.RecordAsync(random.Next(1, 12), worker: i % 3);
                // Now one of them and now the other is shown to others.
                if (log.Published() is { } shown)
                {
                    shown.Head.Size.Should().BeGreaterThanOrEqualTo(published, "what others were shown is not taken back");
                    published = shown.Head.Size;
                }

                if (random.Next(2) == 0)
                {
                    await one.EventuallyAsync(() => Covers(last), $"the log goes on\n{two.Lines}");
                }
            }

            await one.EventuallyAsync(() => Covers(last), $"all is published\n{two.Lines}");
            foreach (RunningLog run in new[] { one, two })
            {
                run.Lines.At(LogLevel.Critical).Should().BeEmpty("two are harmless");
                errors += run.Lines.At(LogLevel.Error).Count();
                turns += run.Lines.At(LogLevel.Warning).Count();
            }
        }

        LogAudit audit = await LogAudit.AssertSoundAsync(log);
        output.WriteLine($"{audit.Leaves} leaves, {audit.Signed.Count} checkpoints; {turns} times a run found that the other had signed, {errors} times that its files were tidied away.");
        turns.Should().BePositive("they met");
        audit.Last.Size.Should().Be((ulong)log.Receipts.Count + 1);
    }

    private bool Covers(Receipt receipt)
    {
        using PositionIndex? positions = PositionIndex.TryOpen(log.Places.PositionsPath);
        return positions is not null && PublishedTree.Read(log.Places) is { } tree && tree.Prove([TestLog.LeafOf(receipt)], positions).Leaves.Length == 1;
    }
}
