using FluentAssertions;
using Ledger.Contracts;
using Ledger.Contracts.Access;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations;
using Ledger.Silo.Organisations.Retention;
using Ledger.Silo.Tests.Decisions;
using Ledger.Silo.Tests.Workers;
using Ledger.Silo.Transparency;
using Ledger.Silo.Workers.Sealing;
using Xunit;
using static Ledger.Silo.Tests.Organisations.Retention.RetainedLedger;

namespace Ledger.Silo.Tests.Organisations.Retention;

public sealed class RetentionRunTests : IAsyncLifetime
{
    private RetainedLedger ledger = null!;
    private int reads;

    public async Task InitializeAsync() => ledger = await StartAsync();

    public async Task DisposeAsync() => await ledger.DisposeAsync();

    [Fact]
    public async Task DryRun_ListsWhatWouldGoAndWhatStays_AndChangesNothing()
    {
        await HoldAsync(ledger.Two);
        List<RecordedEvent> before = await ledger.Store.AllEventsAsync();

        RetentionFindings found = await ledger.RunAsync(apply: false);

        found.Ending.Should().Equal(new EndingPeriod(
            "evaluation", "2025-01", 2, 2, 1, 12, new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero), Rule, Begun: false));
        found.Staying.Should().Equal(
            new StayingClass("evaluation", 1, 12, new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero), Rule), new StayingClass("scheduling", 1, null, null, null));
        (found.Profile, found.HasRules, found.ReleasedWorkers, found.Ended, found.Earlier).Should().Be(("quebec-public", true, 0, 0, 0L));
        (await ledger.Store.AllEventsAsync()).Should().HaveCount(before.Count);
        (await TrailAsync(ledger.One)).Should().Equal("4", "2", "1");
    }

    [Fact]
    public async Task Apply_ForgetsThatClassAndMonth_AndNothingElse()
    {
        (await TrailAsync(ledger.One, afresh: false)).Should().Equal("4", "2", "1");
        await ledger.One.Grain.AdmitAsync(new Reader("hr", "hr", false), new Look("ListDecisions", "grief 12", ["personal"], null), TestWorker.Call);
        List<RecordedEvent> before = await ledger.Store.AllEventsAsync();

        (await ledger.RunAsync(apply: true)).Ending.Should().ContainSingle();

        (await TrailAsync(ledger.One, afresh: false)).Should().Equal(["4", "2", "1 ended"], "what one process destroys, another that has the keys in memory opens no more");
        (await TrailAsync(ledger.Two)).Should().Equal("3 ended");
        TrailAnswer page = await ledger.One.Grain.ReadAsync(new TrailQuery(long.MaxValue, 50));
        System.Text.Encoding.UTF8.GetString(page.Entries[2].Data).Should().Contain("\"act\"").And.NotContain("personal");
        page.Views!.Single().Purpose.Should().Be("grief 12", "who looked and why is kept as long as the record");
        StoredAnswer stored = await ledger.One.Grain.ReadStoredAsync(0, []);
        stored.Events.Select(e => e.Disclosures.Length).Should().Equal(0, 1, 1, 1);
        List<RecordedEvent> after = await ledger.Store.AllEventsAsync();
        after.Take(before.Count).Select(Bytes).Should().Equal(before.Select(Bytes), "no event is touched");
        after.Skip(before.Count).Select(e => e.Type).Should().Equal("retention-decided.v1", "retention-applied.v1");
        RetentionFindings again = await ledger.RunAsync(apply: true);
        (again.Ending.Count, again.Ended).Should().Be((0, 1));
        (await ledger.Store.AllEventsAsync()).Should().HaveCount(after.Count);
    }

    [Fact]
    public async Task Repeat_OfADecisionWhoseTimeIsOver_IsAnsweredWithItsReceipt()
    {
        RecordResult first = (await ledger.One.RecordAsync(Evaluation(1))).Single();
        await ledger.RunAsync(apply: true);

        RecordResult again = (await ledger.One.RecordAsync(Evaluation(1))).Single();
        again.AlreadyRecorded.Should().BeTrue();
        again.Receipt.Should().BeEquivalentTo(first.Receipt);
    }

    [Fact]
    public async Task Hold_KeepsTheWorkersOwn_UntilItIsLifted()
    {
        Guid hold = await HoldAsync(ledger.Two);
        await ledger.RunAsync(apply: true);
        (await TrailAsync(ledger.Two)).Should().Equal("3");
        (await TrailAsync(ledger.One)).Should().Equal("4", "2", "1 ended");
        (await ledger.RunAsync(apply: true)).ReleasedWorkers.Should().Be(0);

        await LiftAsync(ledger.Two, hold);
        (await TrailAsync(ledger.Two)).Should().Equal(["3"], "nothing goes by itself");
        (await ledger.RunAsync(apply: false)).ReleasedWorkers.Should().Be(1);
        (await TrailAsync(ledger.Two)).Should().Equal("3");
        (await ledger.RunAsync(apply: true)).ReleasedWorkers.Should().Be(1);
        (await TrailAsync(ledger.Two)).Should().Equal("3 ended");
        (await ledger.RunAsync(apply: false)).ReleasedWorkers.Should().Be(0);
    }

    [Fact]
    public async Task Hold_PlacedWhileTheRunDecides_Counts()
    {
        bool placed = false;
        ledger.Store.BeforeRead = (stream, _) =>
        {
            // The second look at the organisation's stream comes after the survey and right before the decision.
            if (stream == "organisation-main" && ++reads == 2 && !placed)
            {
                placed = true;
                HoldAsync(ledger.Two).GetAwaiter().GetResult();
            }
        };

        await ledger.RunAsync(apply: true);

        placed.Should().BeTrue();
        (await TrailAsync(ledger.Two)).Should().Equal("3");
        (await TrailAsync(ledger.One)).Should().Equal("4", "2", "1 ended");
    }

    [Fact]
    public async Task Person_ErasedAfterAHold_IsErasedWithWhatWasKept()
    {
        Guid hold = await HoldAsync(ledger.Two);
        await ledger.RunAsync(apply: true);
        await LiftAsync(ledger.Two, hold);
        Guid erasure = StoredDecision.Id(77);
        await ledger.Two.Grain.ProtectAsync(new ProtectionCommand(ProtectionStep.RequestErasure, erasure, "one", "order", null), TestWorker.Call);
        await ledger.Two.Grain.ProtectAsync(new ProtectionCommand(ProtectionStep.ConfirmErasure, erasure, "two", "", null), TestWorker.Call);

        (await TrailAsync(ledger.Two)).Should().Equal("3 erased");
        FoundKey kept = (await TestKeys.Of(ledger.Store).FindAllAsync("main", [January.HolderOfShare(new string('2', 32))]))[0];
        kept.Key.Should().NotBeNull("the share is still there, and worth nothing without the worker's key");
    }

    [Fact]
    public async Task Run_KilledAnywhere_IsEndedByTheNext()
    {
        Steps all = new();
        await using (RetainedLedger whole = await ReadyAsync())
        {
            await whole.RunAsync(apply: true, all);
        }

        all.Taken.Should().BeGreaterThan(10);
        for (int stop = 0; stop < all.Taken; stop++)
        {
            await using RetainedLedger one = await ReadyAsync();
            await FluentActions.Awaiting(() => one.RunAsync(apply: true, new Steps(stop))).Should().ThrowAsync<InvalidOperationException>();
            await RestartAsync(one);
            (await TrailAsync(one.Two)).Should().Equal(["5", "3"], "a hold stands, whatever else was done (stopped at {0})", stop);

            await one.RunAsync(apply: true);
            (await TrailAsync(one.One)).Should().Equal(["4 ended", "2", "1 ended"], "stopped at {0}", stop);
            (await TrailAsync(one.Two)).Should().Equal(["5", "3"], "stopped at {0}", stop);
            (await one.RunAsync(apply: false)).Ending.Should().BeEmpty("stopped at {0}", stop);
            await LiftAsync(one.Two, StoredDecision.Id(9001));
            await one.RunAsync(apply: true);
            (await TrailAsync(one.Two)).Should().Equal(["5 ended", "3 ended"], "stopped at {0}", stop);
        }

        static async Task<RetainedLedger> ReadyAsync()
        {
            // Two classes and months, and two workers on hold of whom one is let go by the run.
            RetainedLedger ready = await StartAsync();
            ready.Time.SetUtcNow(new DateTimeOffset(2026, 2, 16, 0, 0, 0, TimeSpan.Zero));
            await ready.Two.RecordAsync(Evaluation(5));
            await HoldAsync(ready.Two);
            Guid other = await HoldAsync(ready.One, 2);
            await ready.RunAsync(apply: true);
            await LiftAsync(ready.One, other);
            ready.Time.SetUtcNow(new DateTimeOffset(2027, 3, 15, 0, 0, 0, TimeSpan.Zero));
            return ready;
        }
    }

    [Fact]
    public async Task HoldLifted_AfterTheRunWasKilled_LeavesNothingBehind()
    {
        for (int stop = 0; stop < 8; stop++)
        {
            await using RetainedLedger one = await StartAsync();
            Guid hold = await HoldAsync(one.Two);
            await FluentActions.Awaiting(() => one.RunAsync(apply: true, new Steps(stop))).Should().ThrowAsync<InvalidOperationException>();
            await LiftAsync(one.Two, hold);

            await one.RunAsync(apply: true);
            await one.RunAsync(apply: true);
            (await TrailAsync(one.Two)).Should().Equal(["3 ended"], "stopped at {0}", stop);
        }
    }

    [Fact]
    public async Task Backup_OfKeysRestored_BringsNothingBack()
    {
        await HoldAsync(ledger.Two);
        Guid other = await HoldAsync(ledger.One, 2);
        string restored = Directory.CreateTempSubdirectory("ledger-restored-").FullName;
        Copy(TestKeys.DirectoryOf(ledger.Store), restored);
        byte[] backedUp = (await TestKeys.Of(ledger.Store).FindAllAsync("main", [January.Holder]))[0].Key!;
        // Both shares are kept, then one worker's hold is lifted.
        await ledger.RunAsync(apply: true);
        await LiftAsync(ledger.One, other);
        await ledger.RunAsync(apply: true);
        await using WorkerKeys keys = new(EmbeddedKeyStore.Open(restored), restored, new Entropy());
        OrganisationState state = await new OrganisationStream(ledger.Store, "main", ledger.Time, new Entropy()).FoldAsync(CancellationToken.None);

        (await RetentionRun.DestroyAgainAsync(keys, "main", state.Retention, CancellationToken.None)).Should().Be(2);

        FoundKey[] found = await keys.FindAllAsync("main", [January.Holder, January.HolderOfShare(new string('1', 32)), January.HolderOfShare(new string('2', 32))]);
        found[0].IsDestroyed.Should().BeTrue();
        found[1].IsDestroyed.Should().BeTrue();
        found[2].Key.Should().Equal([.. new RetentionKey(backedUp).ShareOf(ledger.Two.Stream, January)], "what a hold keeps is made again from the key of the backup");

        static void Copy(string from, string to)
        {
            foreach (string file in Directory.EnumerateFiles(from))
            {
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
            }
        }
    }

    [Fact]
    public async Task Decision_SealedBeforeThereWereClasses_IsReadAndCountedApart()
    {
        WorkerKey key = (await TestKeys.Of(ledger.Store).FindAsync("main", new string('2', 32)))!;
        PseudonymousDecision decision = Evaluation(6);
        Guid id = StoredDecision.Id(600);
        byte[] data = key.Seal(id, ledger.Two.Stream, decision.Data, decision.Personal, new Entropy());
        RecordedEvent last = (await ledger.Two.EventsAsync())[^1];
        ChainedEvent old = ChainedEvent.Compose(
            new EventDraft(id, DecisionRecorded.Type, data), ledger.Two.Stream, 1, 1, EventMetadata.Read(last).NextSalt, ledger.Time.GetUtcNow().AddMonths(-13), TestWorker.Call, new Entropy());
        await ledger.Store.AppendElsewhereAsync(new StreamAppend(ledger.Two.Stream, 0, [old.Event]));

        (await TrailAsync(ledger.Two)).Should().Equal("6", "3");
        (await ledger.RunAsync(apply: true)).Earlier.Should().Be(1);
        (await TrailAsync(ledger.Two)).Should().Equal("6", "3 ended");
    }

    [Fact]
    public async Task Apply_WithAnotherStoreOfKeys_DestroysNothing()
    {
        string strange = Directory.CreateTempSubdirectory("ledger-strange-").FullName;
        int before = (await ledger.Store.AllEventsAsync()).Count;

        await FluentActions.Awaiting(() => ledger.RunAsync(apply: true, directory: strange)).Should().ThrowAsync<InvalidDataException>().WithMessage("*evaluation*2025-01*");

        (await ledger.Store.AllEventsAsync()).Should().HaveCount(before);
        (await TrailAsync(ledger.One)).Should().Equal("4", "2", "1");
    }

    [Fact]
    public async Task Key_ThatIsLost_IsNoEndOfRetention()
    {
        // Recorded by a silo with keys of its own, which are gone.
        string lost = Directory.CreateTempSubdirectory("ledger-lost-").FullName;
        await using WorkerKeys keys = new(EmbeddedKeyStore.Open(lost), lost, new Entropy());
        RetentionKey other = await keys.Retention.CurrentAsync("main", new RetentionPeriod("pay", "2026-02"));
        string stream = ledger.Two.Stream;
        WorkerKey key = (await TestKeys.Of(ledger.Store).FindAsync("main", new string('2', 32)))!.Derive(other.ShareOf(stream, new RetentionPeriod("pay", "2026-02")));
        PseudonymousDecision decision = Command(7, Category.Pay);
        Guid id = StoredDecision.Id(700);
        ChainedEvent lostEvent = ChainedEvent.Compose(
            new EventDraft(id, DecisionRecorded.Type, key.Seal(id, stream, decision.Data, decision.Personal, new Entropy())), stream, 1, 1,
            EventMetadata.Read((await ledger.Two.EventsAsync())[^1]).NextSalt, ledger.Time.GetUtcNow(), TestWorker.Call, new Entropy());
        await ledger.Store.AppendElsewhereAsync(new StreamAppend(stream, 0, [lostEvent.Event]));

        (await TrailAsync(ledger.Two)).Should().Equal("SealBroken");
    }

    [Fact]
    public async Task Decision_InAMonthThatWasDestroyed_IsRefusedAsTheClockIsWrong()
    {
        await ledger.RunAsync(apply: true);
        ledger.Time.AdjustTime(new DateTimeOffset(2025, 1, 20, 0, 0, 0, TimeSpan.Zero));

        RecordResult result = (await ledger.One.RecordAsync(Evaluation(8))).Single();
        result.Refusal!.Code.Should().Be(RefusalCode.StoreUnavailable);
        (await TrailAsync(ledger.One)).Should().Equal("4", "2", "1 ended");
    }

    [Fact]
    public async Task Organisation_WithoutAFile_LosesNothing()
    {
        ledger.Rules();
        ledger.Time.SetUtcNow(new DateTimeOffset(2090, 1, 1, 0, 0, 0, TimeSpan.Zero));

        RetentionFindings found = await ledger.RunAsync(apply: true);

        (found.HasRules, found.Ending.Count).Should().Be((false, 0));
        (await TrailAsync(ledger.One)).Should().Equal("4", "2", "1");
    }

    private static string Bytes(RecordedEvent stored) => $"{stored.Id} {Convert.ToHexString(stored.Data.Span)} {Convert.ToHexString(stored.Metadata.Span)}";

    // What a start of a silo does with the keys.
    private static async Task RestartAsync(RetainedLedger one)
    {
        OrganisationState state = await new OrganisationStream(one.Store, "main", one.Time, new Entropy()).FoldAsync(CancellationToken.None);
        await RetentionRun.DestroyAgainAsync(TestKeys.Of(one.Store), "main", state.Retention, CancellationToken.None);
    }
}
