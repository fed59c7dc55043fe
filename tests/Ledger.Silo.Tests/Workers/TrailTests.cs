using System.Globalization;
using FluentAssertions;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Ledger.Silo.Hosting;
using Ledger.Silo.Tests.Decisions;
using Ledger.Silo.Tests.Hosting;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Ledger.Silo.Tests.Workers;

public sealed class TrailTests : IAsyncLifetime
{
    private readonly TestStore store = new();
    private readonly FakeTimeProvider time = new(StoredDecision.Decided);
    private readonly TestWorker worker;

    public TrailTests() => worker = new TestWorker(store, StoredDecision.Worker, time);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await store.DisposeAsync();

    [Fact]
    public async Task Trail_OfAWorkerNothingIsRecordedAbout_IsEmpty()
    {
        TrailAnswer answer = await PageAsync(50);

        answer.Entries.Should().BeEmpty();
        answer.NextBeforeRevision.Should().BeNull();
        answer.LastRevision.Should().Be(-1);
    }

    [Theory, InlineData(1), InlineData(3), InlineData(7), InlineData(8), InlineData(500)]
    public async Task Pages_OfAnyLength_AreTheWholeTrailNewestFirst(int pageSize)
    {
        await RecordAsync(Enumerable.Range(0, 7).Select(n => StoredDecision.Of(StoredDecision.Id(n))));

        (List<TrailEntry> entries, int pages) = await AllAsync(new TrailQuery(long.MaxValue, pageSize));

        entries.Select(e => e.Receipt.Revision).Should().Equal(6, 5, 4, 3, 2, 1, 0);
        pages.Should().Be((7 + pageSize - 1) / pageSize);
    }

    [Fact]
    public async Task Page_AfterTheFirst_StillSaysHowLongTheTrailIs()
    {
        await RecordAsync(Enumerable.Range(0, 7).Select(n => StoredDecision.Of(StoredDecision.Id(n))));

        (await PageAsync(2)).LastRevision.Should().Be(6);
        (await PageAsync(2, before: 5)).LastRevision.Should().Be(6, "it is the stream's last revision, not the page's");
        (await PageAsync(2, before: 0)).LastRevision.Should().Be(6);
    }

    [Fact]
    public async Task Filters_Combined_AllHold()
    {
        DateTimeOffset noon = StoredDecision.Decided;
        await RecordAsync([
            StoredDecision.Of(StoredDecision.Id(0), category: Category.Pay, adverse: true, system: "payroll", decided: noon),
            StoredDecision.Of(StoredDecision.Id(1), category: Category.Pay, adverse: false, system: "payroll", decided: noon),
            StoredDecision.Of(StoredDecision.Id(2), category: Category.Scheduling, adverse: true, system: "roster", decided: noon.AddHours(1)),
            StoredDecision.Of(StoredDecision.Id(3), category: Category.Pay, adverse: true, system: "bonus", decided: noon.AddHours(2)),
        ]);
        TrailQuery all = new(long.MaxValue, 50);

        (await RevisionsAsync(all with { Category = Category.Pay })).Should().Equal(3, 1, 0);
        (await RevisionsAsync(all with { Adverse = false })).Should().Equal(1);
        (await RevisionsAsync(all with { SystemId = "payroll", Adverse = true })).Should().Equal(0);
        (await RevisionsAsync(all with { SystemId = "PAYROLL" })).Should().BeEmpty("codes are compared exactly");
        (await RevisionsAsync(all with { DecidedFrom = noon.AddHours(1) })).Should().Equal([3, 2], "from is inclusive");
        (await RevisionsAsync(all with { DecidedBefore = noon.AddHours(1) })).Should().Equal([1, 0], "before is exclusive");
        (await RevisionsAsync(all with { Category = Category.Access })).Should().BeEmpty();
    }

    [Fact]
    public async Task Filter_ThatMatchesOnlyTheOldest_GivesEmptyPagesThatGoOn()
    {
        int total = Limits.PageScan + 600;
        await RecordAsync(Enumerable.Range(0, total).Select(n => StoredDecision.Of(StoredDecision.Id(n), adverse: n == 0)));

        TrailAnswer first = await PageAsync(50, adverse: true);
        first.Entries.Should().BeEmpty();
        first.NextBeforeRevision.Should().Be(600, "one call looks at {0} events at most", Limits.PageScan);
        TrailAnswer second = await PageAsync(50, before: first.NextBeforeRevision!.Value, adverse: true);
        second.Entries.Single().Receipt.Revision.Should().Be(0);
        second.NextBeforeRevision.Should().BeNull();
    }

    [Fact]
    public async Task Page_OfLargeDecisions_EndsAtItsByteLimitAndGoesOn()
    {
        DecisionRecorded large = StoredDecision.Of(StoredDecision.Id(0));
        large = large with { Personal = large.Personal! with { ReviewReason = new string('x', 60_000) } };
        await RecordAsync(Enumerable.Range(0, 40).Select(n => large with { DecisionId = StoredDecision.Id(n) }));

        TrailAnswer page = await PageAsync(500);
        page.Entries.Sum(e => e.Data.Length).Should().BeInRange(Limits.PageBytes * 7 / 10, Limits.PageBytes, "sealed they are a third longer");
        page.NextBeforeRevision.Should().NotBeNull();
        (await AllAsync(new TrailQuery(long.MaxValue, 500))).Entries.Should().HaveCount(40);
    }

    [Fact]
    public async Task Receipts_InPagesThatCutAnAppend_AreTheFirstOnes()
    {
        RecordResult[] results = await worker.RecordAsync([.. Enumerable.Range(0, 6).Select(n => StoredDecision.Command(n))]);

        (await AllAsync(new TrailQuery(long.MaxValue, 4))).Entries.Select(e => e.Receipt)
            .Should().BeEquivalentTo(results.Reverse().Select(r => r.Receipt), o => o.WithStrictOrdering());
        (await worker.Grain.AwaitAsync(2, TimeSpan.Zero)).Entries.Select(e => e.Receipt)
            .Should().BeEquivalentTo(results.Skip(3).Select(r => r.Receipt), o => o.WithStrictOrdering());
    }

    [Fact]
    public async Task Watch_OfWhatIsThereAlready_AnswersAtOnceOldestFirst()
    {
        await RecordAsync(Enumerable.Range(0, 5).Select(n => StoredDecision.Of(StoredDecision.Id(n))));

        TrailAnswer answer = await worker.Grain.AwaitAsync(1, TimeSpan.FromHours(1));

        answer.Entries.Select(e => e.Receipt.Revision).Should().Equal(2, 3, 4);
        answer.LastRevision.Should().Be(4);
    }

    [Fact]
    public async Task Watch_WhenADecisionComes_WakesWithIt()
    {
        Task<TrailAnswer> waiting = worker.Grain.AwaitAsync(-1, TimeSpan.FromHours(1));
        waiting.IsCompleted.Should().BeFalse();

        await worker.RecordAsync(StoredDecision.Command(1));

        TrailAnswer answer = await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        answer.Entries.Single().Receipt.DecisionId.Should().Be(StoredDecision.Id(1));
    }

    [Fact]
    public async Task Watch_WhenNothingComes_EndsEmptyAfterItsPatience()
    {
        Task<TrailAnswer> waiting = worker.Grain.AwaitAsync(-1, TimeSpan.FromSeconds(10));
        while (!waiting.IsCompleted)
        {
            await Task.Yield();
            time.Advance(TimeSpan.FromSeconds(1));
        }

        TrailAnswer answer = await waiting;
        answer.Entries.Should().BeEmpty();
        answer.LastRevision.Should().Be(-1);
        answer.Refusal.Should().BeNull();
    }

    [Theory, InlineData(100), InlineData(long.MaxValue)]
    public async Task Watch_AfterARevisionThatDoesNotExistYet_ShowsNothingOfBefore(long after)
    {
        await worker.RecordAsync(StoredDecision.Command(1));

        TrailAnswer answer = await worker.Grain.AwaitAsync(after, TimeSpan.Zero);

        answer.Entries.Should().BeEmpty();
        answer.LastRevision.Should().Be(after);
    }

    [Fact]
    public async Task Watch_InSteps_MissesNothingAndRepeatsNothing()
    {
        await RecordAsync(Enumerable.Range(0, Limits.ReadAhead * 2 + 5).Select(n => StoredDecision.Of(StoredDecision.Id(n))));
        List<long> seen = [];
        long after = -1;
        TrailAnswer answer;
        do
        {
            answer = await worker.Grain.AwaitAsync(after, TimeSpan.Zero);
            seen.AddRange(answer.Entries.Select(e => e.Receipt.Revision));
            after = answer.LastRevision;
        }
        while (answer.Entries.Length > 0);

        seen.Should().Equal(Enumerable.Range(0, Limits.ReadAhead * 2 + 5).Select(n => (long)n));
    }

    [Fact]
    public async Task Receipt_TellsTheLedgersClock()
    {
        time.Advance(TimeSpan.FromMilliseconds(1.2345));
        RecordResult first = (await worker.RecordAsync(StoredDecision.Command(1))).Single();
        DateTimeOffset then = time.GetUtcNow();
        time.Advance(TimeSpan.FromDays(1));

        first.Receipt!.RecordedAt.Should().Be(then);
        (await worker.RecordAsync(StoredDecision.Command(1))).Single().Receipt!.RecordedAt.Should().Be(then, "{0}", then.ToString("O", CultureInfo.InvariantCulture));
    }

    private async Task RecordAsync(IEnumerable<DecisionRecorded> decisions)
    {
        foreach (DecisionRecorded[] batch in decisions.Chunk(1000))
        {
            (await worker.RecordAsync([.. batch.Select(StoredDecision.Command)])).Should().OnlyContain(r => r.Receipt != null);
        }
    }

    private Task<TrailAnswer> PageAsync(int size, long before = long.MaxValue, bool? adverse = null) =>
        worker.Grain.ReadAsync(new TrailQuery(before, size, Adverse: adverse));

    private async Task<IEnumerable<long>> RevisionsAsync(TrailQuery query) => (await AllAsync(query)).Entries.Select(e => e.Receipt.Revision);

    private async Task<(List<TrailEntry> Entries, int Pages)> AllAsync(TrailQuery query)
    {
        List<TrailEntry> entries = [];
        int pages = 0;
        for (long? before = long.MaxValue; before is { } from; pages++)
        {
            TrailAnswer answer = await worker.Grain.ReadAsync(query with { BeforeRevision = from });
            answer.Refusal.Should().BeNull();
            entries.AddRange(answer.Entries);
            before = answer.NextBeforeRevision;
        }

        return (entries, pages);
    }
}
