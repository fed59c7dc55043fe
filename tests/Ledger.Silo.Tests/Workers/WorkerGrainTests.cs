using System.Text;
using CsCheck;
using FluentAssertions;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Tests.Decisions;
using Ledger.Silo.Tests.Hosting;
using Ledger.Silo.Workers;
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
        result.Receipt.LeafHash.Should().Equal(StoredChain.LeafHashOf(stored));
        Encoding.UTF8.GetString(stored.Data.Span).Should().StartWith(Encoding.UTF8.GetString(decision.Data)[..^1], "the act is stored as it came")
            .And.NotContain("\"outcome\":{", "what is personal is sealed");
        stored.Type.Should().Be("decision-recorded.v2");
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
        events.Select(e => WorkerState.DecisionIdOf(e.Data.Span)).Should().BeEquivalentTo(first.Keys).And.OnlyHaveUniqueItems();
        StoredChain.AssertUnbroken(events);
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
        const int Middle = Limits.TrailIndexSegment, Total = 2 * Middle + 300, Batch = 500;
        Receipt? first = null;
        Receipt? middle = null;
        for (int start = 0; start < Total; start += Batch)
        {
            RecordResult[] results = await worker.RecordAsync(
                [.. Enumerable.Range(start, Math.Min(Batch, Total - start)).Select(n => StoredDecision.Command(n))]);
            first ??= results[0].Receipt;
            middle ??= Middle < start + results.Length ? results[Middle - start].Receipt : null;
        }

        middle!.Revision.Should().Be(Middle, "it is the first of the second segment");
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

        RecordResult[] repeats = await worker.RecordAsync(StoredDecision.Command(0), StoredDecision.Command(Middle), StoredDecision.Command(Total - 1));
        store.BeforeRead = null;

        repeats.Should().OnlyContain(r => r.AlreadyRecorded);
        repeats[0].Receipt.Should().BeEquivalentTo(first);
        repeats[1].Receipt.Should().BeEquivalentTo(middle);
        readFrom.Take(2).Should().Equal([Revisions.End, 2 * Middle], "the fold reads only what no segment holds");
        readFrom.Skip(2).Should().OnlyContain(from => from == 0 || from == Batch - 1 || from == Middle || from == ((Middle / Batch) + 1) * Batch - 1 || from == Total - 1, "repeats read one event and its append's end");
        (await worker.RecordAsync(StoredDecision.Command(Total))).Single().Receipt!.Revision.Should().Be(Total);
        StoredChain.AssertUnbroken(await worker.EventsAsync());
    }

    [Fact]
    public async Task Index_WithABrokenSegment_CostsReadingButNoRepeat()
    {
        TestWorker worker = NewWorker();
        await store.AppendElsewhereAsync(new StreamAppend(worker.Index, Revisions.NoStream,
        [
            new NewEvent(StoredDecision.Id(1), TrailIndexExtended.Type, "not json"u8.ToArray(), "{}"u8.ToArray()),
            new NewEvent(StoredDecision.Id(2), TrailIndexExtended.Type, TrailIndex.Encode(new TrailIndexExtended(0, Limits.TrailIndexSegment - 1, new byte[23])), "{}"u8.ToArray()),
            new NewEvent(StoredDecision.Id(3), TrailIndexExtended.Type, TrailIndex.Encode(new TrailIndexExtended(77, Limits.TrailIndexSegment - 1, new byte[24])), "{}"u8.ToArray()),
        ]));
        await FillAsync(worker, Limits.TrailIndexSegment + 10);
        worker.Deactivate();

        (await worker.RecordAsync(StoredDecision.Command(0), StoredDecision.Command(Limits.TrailIndexSegment + 4))).Should().OnlyContain(r => r.AlreadyRecorded);
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
}
