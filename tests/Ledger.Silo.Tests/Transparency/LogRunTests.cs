using FluentAssertions;
using Ledger.Contracts.Decisions;
using Ledger.EventStore;
using Ledger.Silo.Tests.Workers;
using Ledger.Silo.Transparency;
using Ledger.Verification;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Ledger.Silo.Tests.Transparency;

/// <summary>A log that nothing goes wrong with: what is recorded is proven, and stays proven.</summary>
public sealed class LogRunTests : IAsyncLifetime
{
    private readonly TestLog log = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await log.DisposeAsync();

    [Fact]
    public async Task Receipts_OfEveryDecision_AreProvenInThePublishedCheckpoint()
    {
        await log.GrowAsync();
        await using (RunningLog run = log.Start())
        {
            for (int round = 0; round < 12; round++)
            {
                Receipt last = await log.RecordAsync(count: 1 + 7 * round, worker: round % 3);
                await run.PublishesAsync(last);
            }
        }

        LogAudit audit = await LogAudit.AssertSoundAsync(log);
        audit.Leaves.Should().Be(1 + 12 + 7 * 66, "each decision is a leaf, and the log's key is the first");
        audit.Signed.Should().HaveCountGreaterThanOrEqualTo(12);
    }

    [Fact]
    public async Task Log_BegunForTheFirstTime_HoldsItsKeyAsAnEventOfItsOwn()
    {
        await using RunningLog run = log.Start();
        await run.EventuallyAsync(() => log.Published()?.Head.Size == 1, "its key's registration is published");

        RecordedEvent registered = (await log.Store.EventsAsync("organisation-main")).Should().ContainSingle().Subject;
        registered.Type.Should().Be("log-key-registered.v1");
        log.KeyOf().Name.Should().Be("localhost/log/main");
        log.PublishedNote().Verify([log.KeyOf()], out _).Should().Be(NoteVerdict.Verified);
        log.Published()!.Origin.Should().Be("localhost/log/main");
    }

    [Fact]
    public async Task PartialTiles_OfEveryPublishedSize_AreServedBeforeAndAfterTheTileIsFull()
    {
        await log.GrowAsync([.. Enumerable.Repeat(1, 20)]);
        (await LogAudit.AssertSoundAsync(log)).Last.Size.Should().Be(21);
        await log.GrowAsync(220, 5, 9, 1, 1);
        (await LogAudit.AssertSoundAsync(log)).Last.Size.Should().Be(257);
        Directory.Exists(log.PathOf("tile/0/000.p")).Should().BeFalse("partial tiles of a full one are cut from it");
    }

    [Fact]
    public async Task Log_OfAnOrganisation_HoldsNothingOfAnotherWhoseNameBeginsLikeItsOwn()
    {
        await using TestLog shorter = new("a");
        const string Hex = "00112233445566778899aabbccddeeff";
        string[] own = [$"worker-a-{Hex}"];
        string[] others =
        [
            $"worker-a-b-{Hex}", $"worker-a-{Hex}-{Hex}", "organisation-a-b", "organisation-ab", $"trailindex-a-{Hex}", "checkpoint-a-b", $"worker-a-{Hex[..^1]}",
            $"worker-a-{Hex}0", $"worker-a-{Hex.ToUpperInvariant()}",
        ];
        await using (RunningLog run = shorter.Start())
        {
            foreach (string stream in others.Concat(own))
            {
                AppendResult appended = await shorter.Store.AppendElsewhereAsync(
                    new StreamAppend(stream, Revisions.NoStream, [StoredChain.Event(1, stream, 0, ChainedEvent.FirstSalt)]));
                appended.Appended.Should().BeTrue();
            }

            await run.EventuallyAsync(() => shorter.Published()?.Head.Size >= 2, "the log's key and the one event are published");
        }

        (await LogAudit.AssertSoundAsync(shorter)).Last.Size.Should().Be(2);
        await using (RunningLog again = shorter.Start())
        {
            await again.EventuallyAsync(() => again.Progress.Signed is not null, "it goes on");
        }

        (await LogAudit.AssertSoundAsync(shorter)).Last.Size.Should().Be(2, "checkpoints are no leaves");
    }

    [Fact]
    public async Task Log_StoppedAndStartedAgain_GoesOnWhereItWas()
    {
        int[] sizes = [3, 0, 250, 1, 2, 0, 300];
        foreach (int more in sizes)
        {
            // Recorded while no log runs, as well as while one does.
            Receipt? before = more == 0 ? null : await log.RecordAsync(more);
            await using RunningLog run = log.Start();
            await run.PublishesAsync(before ?? log.Receipts[^1]);
            await run.PublishesAsync(await log.RecordAsync());
        }

        LogAudit audit = await LogAudit.AssertSoundAsync(log);
        audit.Last.Size.Should().Be((ulong)(1 + sizes.Sum() + sizes.Length));
    }

    [Fact]
    public async Task Checkpoint_SignedButNotShown_IsShownByTheNextRun()
    {
        await log.GrowAsync(5);
        byte[] shown = log.Places.Tiles.ReadCheckpoint()!;
        await log.GrowAsync(5);
        TreeHead signed = log.Published()!.Head;
        // As if the process had died between the store's answer and the file.
        await File.WriteAllBytesAsync(log.PathOf("checkpoint"), shown);

        await using RunningLog run = log.Start();
        await run.EventuallyAsync(() => log.Published()!.Head == signed, "the signed one is published");
    }

    [Fact]
    public async Task Checkpoint_WhoseAppendWasDurableButNotAnswered_IsTakenUpAndNotSignedTwice()
    {
        await log.GrowAsync(5);
        bool failed = false;
        log.Store.AfterAppend = append =>
        {
            if (!failed && append.Stream.StartsWith("checkpoint-", StringComparison.Ordinal))
            {
                failed = true;
                throw new EventStoreUnavailableException("the answer was lost", TimeSpan.FromSeconds(1));
            }
        };

        await log.GrowAsync(5);

        failed.Should().BeTrue();
        (await LogAudit.AssertSoundAsync(log)).Last.Size.Should().Be(11);
    }

    [Fact]
    public async Task Store_ThatIsAwayForAWhile_IsWaitedForAndDoesNotStopTheLog()
    {
        await log.GrowAsync(5);
        await using RunningLog run = log.Start();
        int refused = 0;
        log.Store.BeforeAppend = append => append.Stream.StartsWith("checkpoint-", StringComparison.Ordinal) && ++refused < 3
            ? throw new EventStoreUnavailableException("away", TimeSpan.FromSeconds(1))
            : Task.FromResult<AppendResult?>(null);

        await run.PublishesAsync(await log.RecordAsync(5));

        refused.Should().BeGreaterThanOrEqualTo(3);
        run.Lines.At(LogLevel.Critical).Should().BeEmpty();
        await run.DisposeAsync();
        await LogAudit.AssertSoundAsync(log);
    }

    [Fact]
    public async Task Positions_ThrownAway_AreMadeAgainFromTheStore()
    {
        // More than one append can hold, or the search for a leaf would find it from anywhere.
        await log.GrowAsync(500, 400, 7);
        File.Delete(log.Places.PositionsPath);

        await log.GrowAsync(3);

        await LogAudit.AssertSoundAsync(log);
    }
}
