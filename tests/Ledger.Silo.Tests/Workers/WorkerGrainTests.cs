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
using Ledger.Verification;
using Xunit;

namespace Ledger.Silo.Tests.Workers;

public sealed class WorkerGrainTests : IAsyncLifetime
{
    private readonly TestStore store = new();
    private int workers;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await store.DisposeAsync();

    [Fact]
    public async Task Decision_Recorded_GivesAReceiptOfTheStoredEvent()
    {
        TestWorker worker = NewWorker();
        PseudonymousDecision decision = StoredDecision.Command(1);

        RecordResult result = (await worker.RecordAsync(decision)).Should().ContainSingle().Subject;

        RecordedEvent stored = (await worker.EventsAsync()).Should().ContainSingle().Subject;
        result.AlreadyRecorded.Should().BeFalse();
        result.Refusal.Should().BeNull();
        result.Receipt!.EventId.Should().Be(stored.Id);
        result.Receipt.Revision.Should().Be(0);
        result.Receipt.Commit.Should().Be(stored.Position.Commit);
        result.Receipt.Prepare.Should().Be(stored.Position.Prepare);
        result.Receipt.LeafHash.Should().Equal(LeafHashOf(stored));
        stored.Data.ToArray().Should().Equal(decision.Data);
        stored.Type.Should().Be("decision-recorded.v1");
    }

    [Fact]
    public Task Decisions_SentAgainInAnyShape_HappenOnce() => Gen.Select(
        Gen.Int[0, 12].Array[0, 10].Array[1, 6], Gen.Bool.Array[6]).SampleAsync(async (batches, deactivations) =>
    {
        TestWorker worker = NewWorker();
        Dictionary<Guid, Receipt> first = [];
        for (int b = 0; b < batches.Length; b++)
        {
            RecordResult[] results = await worker.RecordAsync([.. batches[b].Select(n => StoredDecision.Command(n))]);
            for (int i = 0; i < results.Length; i++)
            {
                Guid id = StoredDecision.Id(batches[b][i]);
                results[i].Refusal.Should().BeNull();
                results[i].AlreadyRecorded.Should().Be(!first.TryAdd(id, results[i].Receipt!));
                results[i].Receipt.Should().BeEquivalentTo(first[id]);
            }

            if (deactivations[b])
            {
                worker.Deactivate();
            }
        }

        List<RecordedEvent> events = await worker.EventsAsync();
        events.Select(WorkerState.DecisionIdOf).Should().BeEquivalentTo(first.Keys).And.OnlyHaveUniqueItems();
        AssertChain(events);
    }, iter: 40);

    [Fact]
    public async Task Repeat_OfADecisionInsideALargerAppend_GetsTheFirstReceiptByteForByte()
    {
        TestWorker worker = NewWorker();
        PseudonymousDecision[] batch = [.. Enumerable.Range(0, 5).Select(n => StoredDecision.Command(n))];
        RecordResult[] first = await worker.RecordAsync(batch);

        foreach (bool after in (bool[])[false, true])
        {
            if (after)
            {
                worker.Deactivate();
            }

            for (int i = 0; i < batch.Length; i++)
            {
                RecordResult repeat = (await worker.RecordAsync(batch[i])).Single();
                repeat.AlreadyRecorded.Should().BeTrue();
                repeat.Receipt.Should().BeEquivalentTo(first[i].Receipt);
            }
        }

        first.Select(r => r.Receipt!.Commit).Distinct().Should().ContainSingle("a receipt's position is the end of its append");
    }

    [Fact]
    public async Task Repeat_WithOtherContent_IsRefusedAndNamesTheField()
    {
        TestWorker worker = NewWorker();
        await worker.RecordAsync(StoredDecision.Command(1));

        RecordResult result = (await worker.RecordAsync(StoredDecision.Command(1, kind: "other"))).Single();

        result.Receipt.Should().BeNull();
        result.Refusal.Should().Be(new Refusal(RefusalCode.AlreadyRecordedDifferently, "decision.kind"));
        (await worker.EventsAsync()).Should().ContainSingle();
    }

    [Fact]
    public async Task Batch_WithARefusedTwin_RecordsTheOthers()
    {
        TestWorker worker = NewWorker();
        RecordResult[] results = await worker.RecordAsync(
            StoredDecision.Command(1), StoredDecision.Command(1, kind: "other"), StoredDecision.Command(2), StoredDecision.Command(1));

        results[0].AlreadyRecorded.Should().BeFalse();
        results[1].Refusal!.Code.Should().Be(RefusalCode.AlreadyRecordedDifferently);
        results[2].Receipt!.Revision.Should().Be(1);
        results[3].AlreadyRecorded.Should().BeTrue();
        results[3].Receipt.Should().BeEquivalentTo(results[0].Receipt);
    }

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
        result.Receipt.LeafHash.Should().Equal(LeafHashOf(events[2]));
        AssertChain(events);
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
        events.Select(WorkerState.DecisionIdOf).Should().Equal(StoredDecision.Id(2), StoredDecision.Id(1), StoredDecision.Id(3));
        AssertChain(events);
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

        AssertChain(events);
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
                    await store.AppendElsewhereAsync(new StreamAppend(append.Stream, events.Count - 1, [Compose(1000 + step, append.Stream, events.Count, salt)]));
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
        stored.Select(WorkerState.DecisionIdOf).Should().OnlyHaveUniqueItems();
        AssertChain(stored);
        foreach (Receipt receipt in acknowledged.Values)
        {
            stored[(int)receipt.Revision].Id.Should().Be(receipt.EventId);
            receipt.LeafHash.Should().Equal(LeafHashOf(stored[(int)receipt.Revision]));
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
        AssertChain(await worker.EventsAsync());
    }

    [Fact]
    public async Task Batch_OfLargeDecisions_IsSplitSoThatEveryStoreTakesIt()
    {
        TestWorker worker = NewWorker();
        string long1 = new('x', 60_000);
        PseudonymousDecision[] batch = [.. Enumerable.Range(0, 40).Select(n =>
        {
            DecisionRecorded decision = StoredDecision.Of(StoredDecision.Id(n));
            return StoredDecision.Command(decision with { Personal = decision.Personal with { ReviewReason = long1 } });
        })];
        List<int> sizes = [];
        store.BeforeAppend = append =>
        {
            sizes.Add(append.Events.Sum(e => e.Data.Length + e.Metadata.Length));
            return Task.FromResult<AppendResult?>(null);
        };

        (await worker.RecordAsync(batch)).Should().OnlyContain(r => r.Receipt != null && !r.AlreadyRecorded);

        sizes.Should().HaveCountGreaterThan(2).And.OnlyContain(bytes => bytes <= Limits.AppendBytes);
        AssertChain(await worker.EventsAsync());
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

    [Fact]
    public async Task Get_OfADecisionRecordedByAnotherActivation_FindsIt()
    {
        TestWorker worker = NewWorker();
        await worker.RecordAsync(StoredDecision.Command(1));
        WorkerGrain other = worker.Activate();
        await other.RecordAsync(new([StoredDecision.Command(2)]), TestWorker.Call);

        TrailAnswer answer = await worker.Grain.GetAsync(StoredDecision.Id(2));

        answer.Entries.Single().Receipt.Revision.Should().Be(1);
        (await worker.Grain.GetAsync(StoredDecision.Id(3))).Refusal!.Code.Should().Be(RefusalCode.NotFound);
    }

    [Fact]
    public async Task Worker_WithManyDecisions_StillKnowsTheFirstAfterReactivation()
    {
        TestWorker worker = NewWorker();
        const int Total = 2 * Limits.TrailIndexSegment + 300;
        Receipt? first = null;
        Receipt? middle = null;
        for (int start = 0; start < Total; start += 500)
        {
            RecordResult[] results = await worker.RecordAsync(
                [.. Enumerable.Range(start, Math.Min(500, Total - start)).Select(n => StoredDecision.Command(n))]);
            first ??= results[0].Receipt;
            middle = start == 4000 ? results[96].Receipt : middle;
        }

        middle!.Revision.Should().Be(Limits.TrailIndexSegment, "it is the first of the second segment");
        (await store.EventsAsync(worker.Index)).Should().HaveCount(2);
        worker.Deactivate();
        List<long> readFrom = [];
        store.BeforeRead = (stream, from) =>
        {
            if (stream == worker.Stream)
            {
                readFrom.Add(from);
            }
        };

        RecordResult[] repeats = await worker.RecordAsync(StoredDecision.Command(0), StoredDecision.Command(4096), StoredDecision.Command(Total - 1));
        store.BeforeRead = null;

        repeats.Should().OnlyContain(r => r.AlreadyRecorded);
        repeats[0].Receipt.Should().BeEquivalentTo(first);
        repeats[1].Receipt.Should().BeEquivalentTo(middle);
        readFrom.Take(2).Should().Equal([Revisions.End, 2 * Limits.TrailIndexSegment], "the fold reads only what no segment holds");
        readFrom.Skip(2).Should().OnlyContain(from => from == 0 || from == 499 || from == 4096 || from == 4499 || from == Total - 1, "repeats read one event and its append's end");
        (await worker.RecordAsync(StoredDecision.Command(Total))).Single().Receipt!.Revision.Should().Be(Total);
        AssertChain(await worker.EventsAsync());
    }

    [Fact]
    public async Task Index_WithABrokenSegment_CostsReadingButNoRepeat()
    {
        TestWorker worker = NewWorker();
        await store.AppendElsewhereAsync(new StreamAppend(worker.Index, Revisions.NoStream,
        [
            new NewEvent(StoredDecision.Id(1), TrailIndexExtended.Type, "not json"u8.ToArray(), "{}"u8.ToArray()),
            new NewEvent(StoredDecision.Id(2), TrailIndexExtended.Type, TrailIndex.Encode(new TrailIndexExtended(0, 4095, new byte[23])), "{}"u8.ToArray()),
            new NewEvent(StoredDecision.Id(3), TrailIndexExtended.Type, TrailIndex.Encode(new TrailIndexExtended(77, 4095, new byte[24])), "{}"u8.ToArray()),
        ]));
        await FillAsync(worker, Limits.TrailIndexSegment + 10);
        worker.Deactivate();

        (await worker.RecordAsync(StoredDecision.Command(0), StoredDecision.Command(4100))).Should().OnlyContain(r => r.AlreadyRecorded);
        (await worker.RecordAsync(StoredDecision.Command(9999))).Single().Receipt!.Revision.Should().Be(Limits.TrailIndexSegment + 10);
    }

    [Fact]
    public async Task Index_ThatIsAheadOfTheTrail_IsNotBelieved()
    {
        TestWorker worker = NewWorker();
        RecordedDecisions lost = new();
        lost.Add(StoredDecision.Id(9000), 0);
        await store.AppendElsewhereAsync(new StreamAppend(worker.Index, Revisions.NoStream,
            [new NewEvent(StoredDecision.Id(1), TrailIndexExtended.Type, TrailIndex.Encode(new TrailIndexExtended(0, 50_000, lost.UnsavedBytes(1))), "{}"u8.ToArray())]));
        await FillAsync(worker, Limits.TrailIndexSegment + 1);
        worker.Deactivate();

        RecordResult[] results = await worker.RecordAsync(StoredDecision.Command(0), StoredDecision.Command(9000));

        results[0].AlreadyRecorded.Should().BeTrue();
        results[1].AlreadyRecorded.Should().BeFalse();
        results[1].Receipt!.Revision.Should().Be(Limits.TrailIndexSegment + 1);
    }

    private TestWorker NewWorker() => new(store, $"{Interlocked.Increment(ref workers):x32}");

    private static async Task FillAsync(TestWorker worker, int decisions)
    {
        for (int start = 0; start < decisions; start += 500)
        {
            await worker.RecordAsync([.. Enumerable.Range(start, Math.Min(500, decisions - start)).Select(n => StoredDecision.Command(n))]);
        }
    }

    private static EventStoreUnavailableException Unavailable() => new("as the test wants", TimeSpan.FromSeconds(3));

    private static NewEvent Compose(int number, string stream, long revision, ReadOnlyMemory<byte> salt)
    {
        PseudonymousDecision decision = StoredDecision.Command(number);
        Entropy entropy = new();
        return ChainedEvent.Compose(
            new EventDraft(entropy.NewId(), DecisionRecorded.Type, decision.Data), stream, revision, revision, salt,
            StoredDecision.Decided, TestWorker.Call, entropy).Event;
    }

    private static byte[] LeafHashOf(RecordedEvent stored)
    {
        EventMetadata metadata = EventMetadata.Read(stored);
        return LogEntry.LeafHash(new EventBytes(
            stored.Stream, stored.Revision, stored.Id, stored.Type, metadata.Salt, metadata.DataSalt, stored.Data, stored.Metadata));
    }

    private static void AssertChain(List<RecordedEvent> events)
    {
        byte[] salt = new byte[LogEntry.SaltLength];
        for (int i = 0; i < events.Count; i++)
        {
            EventMetadata metadata = EventMetadata.Read(events[i]);
            events[i].Revision.Should().Be(i);
            metadata.Salt.ToArray().Should().Equal(salt, "event {0} continues the chain", i);
            metadata.DataSalt.ToArray().Should().NotEqual(salt);
            salt = metadata.NextSalt.ToArray();
        }
    }
}
