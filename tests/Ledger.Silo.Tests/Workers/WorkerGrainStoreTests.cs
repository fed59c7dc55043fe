using CsCheck;
using FluentAssertions;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Tests.Decisions;
using Ledger.Silo.Tests.Hosting;
using Ledger.Silo.Transparency;
using Ledger.Silo.Workers;
using Xunit;

namespace Ledger.Silo.Tests.Workers;

/// <summary>A worker whose store conflicts, fails, is full or cannot be read.</summary>
public sealed class WorkerGrainStoreTests : IAsyncLifetime
{
    private readonly TestStore store = new();
    private int workers;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await store.DisposeAsync();

    [Fact]
    public async Task Append_WhenAnotherWriterCameFirst_GoesAfterItWithTheSameEventId()
    {
        TestWorker worker = NewWorker();
        TestWorker other = new(store, worker.Stream[^32..]);
        await worker.RecordAsync(StoredDecision.Command(1));
        List<Guid> offered = [];
        bool interfered = false;
        store.BeforeAppend = async append =>
        {
            if (!interfered)
            {
                interfered = true;
                (await other.RecordAsync(StoredDecision.Command(50))).Single().Receipt!.Revision.Should().Be(1);
            }

            offered.Add(append.Events[0].Id);
            return null;
        };

        RecordResult result = (await worker.RecordAsync(StoredDecision.Command(2))).Single();

        result.Receipt!.Revision.Should().Be(2);
        List<RecordedEvent> events = await worker.EventsAsync();
        events.Should().HaveCount(3);
        events[2].Id.Should().Be(result.Receipt.EventId);
        offered.Where(id => id == result.Receipt.EventId).Should().HaveCount(2, "the second try offers the same event");
        result.Receipt.LeafHash.Should().Equal(StoredChain.LeafHashOf(events[2]));
        StoredChain.AssertUnbroken(events);
    }

    [Fact]
    public async Task Append_WhenTheOtherWriterRecordedTheSameDecision_AnswersItsReceipt()
    {
        TestWorker worker = NewWorker();
        TestWorker other = new(store, worker.Stream[^32..]);
        Receipt? theirs = null;
        store.BeforeAppend = async append =>
        {
            if (theirs is null)
            {
                store.BeforeAppend = null;
                theirs = (await other.RecordAsync(StoredDecision.Command(2))).Single().Receipt;
            }

            return null;
        };

        RecordResult[] results = await worker.RecordAsync(StoredDecision.Command(1), StoredDecision.Command(2), StoredDecision.Command(3));

        results[1].AlreadyRecorded.Should().BeTrue();
        results[1].Receipt.Should().BeEquivalentTo(theirs);
        results.Should().OnlyContain(r => r.Refusal == null);
        List<RecordedEvent> events = await worker.EventsAsync();
        events.Select(e => WorkerState.DecisionIdOf(e.Data.Span)).Should().Equal(StoredDecision.Id(2), StoredDecision.Id(1), StoredDecision.Id(3));
        StoredChain.AssertUnbroken(events);
    }

    [Fact]
    public async Task Append_ToAStreamThatNeverStandsStill_GivesUpWithARetryAndLosesNothing()
    {
        TestWorker worker = NewWorker();
        int tries = 0;
        store.BeforeAppend = append =>
        {
            tries++;
            return Task.FromResult<AppendResult?>(new AppendResult(false, append.ExpectedRevision, StorePosition.Start));
        };

        RecordResult refused = (await worker.RecordAsync(StoredDecision.Command(1))).Single();
        store.BeforeAppend = null;

        refused.Refusal!.Code.Should().Be(RefusalCode.StoreUnavailable);
        refused.Refusal.RetryAfter.Should().BePositive();
        tries.Should().Be(Limits.AppendTries);
        (await worker.RecordAsync(StoredDecision.Command(1))).Single().Receipt!.Revision.Should().Be(0);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Append_WhenTheStoreFails_IsRefusedWithARetryAndTheRepeatRecordsOnce(bool afterWriting)
    {
        TestWorker worker = NewWorker();
        await worker.RecordAsync(StoredDecision.Command(1));
        List<Guid> offered = [];
        store.BeforeAppend = append =>
        {
            offered.Add(append.Events[0].Id);
            return afterWriting ? Task.FromResult<AppendResult?>(null) : throw Unavailable();
        };
        store.AfterAppend = _ => throw Unavailable();

        RecordResult refused = (await worker.RecordAsync(StoredDecision.Command(2))).Single();
        (store.BeforeAppend, store.AfterAppend) = (null, null);
        RecordResult repeat = (await worker.RecordAsync(StoredDecision.Command(2))).Single();
        RecordResult again = (await worker.RecordAsync(StoredDecision.Command(2))).Single();

        refused.Receipt.Should().BeNull();
        refused.Refusal.Should().Be(new Refusal(RefusalCode.StoreUnavailable, "", RetryAfter: TimeSpan.FromSeconds(3)));
        repeat.AlreadyRecorded.Should().Be(afterWriting);
        again.Receipt.Should().BeEquivalentTo(repeat.Receipt);
        List<RecordedEvent> events = await worker.EventsAsync();
        events.Should().HaveCount(2);
        events[1].Id.Should().Be(repeat.Receipt!.EventId);
        if (afterWriting)
        {
            events[1].Id.Should().Be(offered[0]);
        }

        StoredChain.AssertUnbroken(events);
    }

    [Fact]
    public Task Decisions_WhileTheStoreFailsAtRandom_AreRecordedOnceAndNoneAcknowledgedIsLost() => Gen.Select(
        Gen.Int[0, 3].Array[40], Gen.Int[0, 9].Array[1, 5].Array[4, 8]).SampleAsync(async (faults, batches) =>
    {
        TestWorker worker = NewWorker();
        TestWorker other = new(store, worker.Stream[^32..]);
        int step = 0;
        store.BeforeAppend = async append =>
        {
            switch (faults[step++ % faults.Length])
            {
                case 1:
                    throw Unavailable();
                case 2:
                    List<RecordedEvent> events = await store.EventsAsync(append.Stream);
                    ReadOnlyMemory<byte> salt = events.Count == 0 ? ChainedEvent.FirstSalt : EventMetadata.Read(events[^1]).NextSalt;
                    await store.AppendElsewhereAsync(new StreamAppend(append.Stream, events.Count - 1, [StoredChain.Event(1000 + step, append.Stream, events.Count, salt)]));
                    return null;
                default:
                    return null;
            }
        };
        store.AfterAppend = _ =>
        {
            if (faults[step % faults.Length] == 3)
            {
                throw Unavailable();
            }
        };

        Dictionary<Guid, Receipt> acknowledged = [];
        foreach (int[] batch in batches)
        {
            RecordResult[] results = await worker.RecordAsync([.. batch.Select(n => StoredDecision.Command(n))]);
            foreach (RecordResult result in results.Where(r => r.Receipt is not null))
            {
                acknowledged.TryAdd(result.Receipt!.DecisionId, result.Receipt);
                result.Receipt.Should().BeEquivalentTo(acknowledged[result.Receipt.DecisionId]);
            }
        }

        (store.BeforeAppend, store.AfterAppend) = (null, null);
        List<RecordedEvent> stored = await worker.EventsAsync();
        stored.Select(e => WorkerState.DecisionIdOf(e.Data.Span)).Should().OnlyHaveUniqueItems();
        StoredChain.AssertUnbroken(stored);
        foreach (Receipt receipt in acknowledged.Values)
        {
            stored[(int)receipt.Revision].Id.Should().Be(receipt.EventId);
            receipt.LeafHash.Should().Equal(StoredChain.LeafHashOf(stored[(int)receipt.Revision]));
            (await other.Activate().GetAsync(receipt.DecisionId)).Entries.Single().Receipt.Should().BeEquivalentTo(receipt);
        }
    }, iter: 40, threads: 1);

    [Fact]
    public async Task Batch_WhenTheStoreFailsBetweenTwoAppends_AcknowledgesOnlyWhatIsWritten()
    {
        TestWorker worker = NewWorker();
        PseudonymousDecision[] batch = [.. Enumerable.Range(0, Limits.AppendEvents + 10).Select(n => StoredDecision.Command(n))];
        int appends = 0;
        store.BeforeAppend = _ => ++appends == 2 ? throw Unavailable() : Task.FromResult<AppendResult?>(null);

        RecordResult[] results = await worker.RecordAsync(batch);
        store.BeforeAppend = null;

        results.Take(Limits.AppendEvents).Should().OnlyContain(r => r.Receipt != null);
        results.Skip(Limits.AppendEvents).Should().OnlyContain(r => r.Refusal!.Code == RefusalCode.StoreUnavailable);
        RecordResult[] repeat = await worker.RecordAsync(batch);
        repeat.Count(r => r.AlreadyRecorded).Should().Be(Limits.AppendEvents);
        repeat.Select(r => r.Receipt!.Revision).Should().Equal(Enumerable.Range(0, batch.Length).Select(n => (long)n));
        StoredChain.AssertUnbroken(await worker.EventsAsync());
    }

    [Fact]
    public async Task Batch_OfLargeDecisions_IsSplitSoThatEveryStoreTakesIt()
    {
        TestWorker worker = NewWorker();
        string long1 = new('x', 60_000);
        PseudonymousDecision[] batch = [.. Enumerable.Range(0, 40).Select(n =>
        {
            DecisionRecorded decision = StoredDecision.Of(StoredDecision.Id(n));
            return StoredDecision.Command(decision with { Personal = decision.Personal! with { ReviewReason = long1 } });
        })];
        List<int> sizes = [];
        store.BeforeAppend = append =>
        {
            sizes.Add(append.Events.Sum(e => e.Data.Length + e.Metadata.Length));
            return Task.FromResult<AppendResult?>(null);
        };

        (await worker.RecordAsync(batch)).Should().OnlyContain(r => r.Receipt != null && !r.AlreadyRecorded);

        sizes.Should().HaveCountGreaterThan(2).And.OnlyContain(bytes => bytes <= Limits.AppendBytes);
        StoredChain.AssertUnbroken(await worker.EventsAsync());
    }

    [Fact]
    public async Task FullStore_IsSaidToBeFull()
    {
        TestWorker worker = NewWorker();
        store.BeforeAppend = _ => throw new EventStoreFullException("full", TimeSpan.FromSeconds(9));

        RecordResult result = (await worker.RecordAsync(StoredDecision.Command(1))).Single();

        result.Refusal.Should().Be(new Refusal(RefusalCode.StoreFull, "", RetryAfter: TimeSpan.FromSeconds(9)));
    }

    [Fact]
    public async Task Fold_WhenTheStoreCannotBeRead_RefusesAndTheNextCallWorks()
    {
        TestWorker worker = NewWorker();
        store.BeforeRead = (_, _) => throw Unavailable();
        RecordResult refused = (await worker.RecordAsync(StoredDecision.Command(1))).Single();
        TrailAnswer page = await worker.Grain.ReadAsync(new TrailQuery(long.MaxValue, 10));
        TrailAnswer one = await worker.Grain.GetAsync(StoredDecision.Id(1));
        store.BeforeRead = null;

        refused.Refusal!.Code.Should().Be(RefusalCode.StoreUnavailable);
        page.Refusal!.Code.Should().Be(RefusalCode.StoreUnavailable, "an error is never an empty trail");
        one.Refusal!.Code.Should().Be(RefusalCode.StoreUnavailable, "an error is never a decision that does not exist");
        (await worker.RecordAsync(StoredDecision.Command(1))).Single().Receipt.Should().NotBeNull();
    }

    [Fact]
    public async Task Repeat_WhenItsEventCannotBeRead_IsToBeTriedAgain()
    {
        TestWorker worker = NewWorker();
        await worker.RecordAsync(StoredDecision.Command(1));
        store.BeforeRead = (_, _) => throw Unavailable();

        RecordResult[] results = await worker.RecordAsync(StoredDecision.Command(1), StoredDecision.Command(2));
        store.BeforeRead = null;

        results[0].Refusal!.Code.Should().Be(RefusalCode.StoreUnavailable);
        results[1].Receipt!.Revision.Should().Be(1);
    }

    private TestWorker NewWorker() => new(store, $"{Interlocked.Increment(ref workers):x32}");

    private static EventStoreUnavailableException Unavailable() => new("as the test wants", TimeSpan.FromSeconds(3));
}
