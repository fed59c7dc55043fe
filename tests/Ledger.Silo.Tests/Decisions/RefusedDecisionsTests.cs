using System.Text;
using FluentAssertions;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Tests.Hosting;
using Ledger.Silo.Tests.Workers;
using Ledger.Silo.Transparency;
using Ledger.Verification;
using Xunit;

namespace Ledger.Silo.Tests.Decisions;

/// <summary>What edges report as refused: recorded once, found by month and day.</summary>
public sealed class RefusedDecisionsTests : IAsyncLifetime
{
    private static readonly DateTimeOffset EndOfMarch = new(2026, 3, 31, 23, 59, 30, TimeSpan.Zero);

    private readonly TestStore store = new();
    private readonly RunningSilo silo;
    private int reports;

    public RefusedDecisionsTests() => silo = new RunningSilo(store);

    public Task InitializeAsync() => silo.InitializeAsync();

    public async Task DisposeAsync()
    {
        await silo.DisposeAsync();
        await store.DisposeAsync();
    }

    private IRefusedDecisions Refused => silo.Grains.GetGrain<IRefusedDecisions>("main");

    [Fact]
    public async Task Report_AsStored_HasTheFormOfItsVersion()
    {
        await Refused.RecordAsync(Report(EndOfMarch, Prohibited(3), new RefusedCount(null, null, "MISSING", null, null, true, 2)));

        RecordedEvent stored = (await store.EventsAsync("intake-main-202603")).Single();
        stored.Type.Should().Be("decisions-refused.v1");
        Encoding.UTF8.GetString(stored.Data.Span).Should().Be(
            """{"organisation":"main","from":"2026-03-31T23:59:30+00:00","to":"2026-03-31T23:59:35+00:00","counts":[{"producer":"0123456789abcdef0123456789abcdef","system":"roster","code":"PROHIBITED","field":"decision.personal.data_used.category","dataCategory":"EMOTIONAL_STATE","decisions":3},{"code":"MISSING","various":true,"decisions":2}]}""");
    }

    [Fact]
    public async Task Report_WhoseAnswerWasLost_IsRecordedOnce()
    {
        RefusedReport report = Report(EndOfMarch, Prohibited(3));
        store.AfterAppend = append => throw new EventStoreUnavailableException("cut off", TimeSpan.FromSeconds(1));
        (await Refused.RecordAsync(report))!.Code.Should().Be(RefusalCode.StoreUnavailable);
        store.AfterAppend = null;

        (await Refused.RecordAsync(report)).Should().BeNull();
        (await Refused.RecordAsync(report)).Should().BeNull();
        await silo.Grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero);
        (await Refused.RecordAsync(report)).Should().BeNull();
        await Refused.RecordAsync(Report(EndOfMarch, Prohibited(1)));

        List<RecordedEvent> events = await store.EventsAsync("intake-main-202603");
        events.Should().HaveCount(2);
        StoredChain.AssertUnbroken(events);
        (await MonthAsync("202603")).Single().Count.Decisions.Should().Be(4);
    }

    [Fact]
    public async Task Report_WhenAnotherSiloCameFirst_GoesAfterIt()
    {
        await Refused.RecordAsync(Report(EndOfMarch, Prohibited(1)));
        ChainedStream other = new(store, "intake-main-202603", 10, TimeProvider.System, new Entropy());
        RecordedEvent first = (await store.EventsAsync("intake-main-202603")).Single();
        Guid id = new(9, 9, 9, new byte[8]);
        await other.AppendAsync(new EventDraft(id, first.Type, first.Data), TestWorker.Call, CancellationToken.None);
        await other.AppendAsync(new EventDraft(id, first.Type, first.Data), TestWorker.Call, CancellationToken.None);

        (await Refused.RecordAsync(Report(EndOfMarch, Prohibited(1)))).Should().BeNull();

        List<RecordedEvent> events = await store.EventsAsync("intake-main-202603");
        events.Should().HaveCount(3);
        StoredChain.AssertUnbroken(events);
        (await MonthAsync("202603")).Single().Count.Decisions.Should().Be(3);
    }

    [Fact]
    public async Task Months_AreOfTheTimeOfTheRefusal_HoweverLateItIsRecorded()
    {
        await Refused.RecordAsync(Report(EndOfMarch.AddMinutes(1), Prohibited(2)));
        await Refused.RecordAsync(Report(EndOfMarch, Prohibited(1)));

        (await MonthAsync("202603")).Should().ContainSingle().Which.Should().Be(new RefusedOnDay(new DateOnly(2026, 3, 31), Prohibited(1)));
        (await MonthAsync("202604")).Should().ContainSingle().Which.Should().Be(new RefusedOnDay(new DateOnly(2026, 4, 1), Prohibited(2)));
        (await MonthAsync("202605")).Should().BeEmpty();
    }

    [Fact]
    public async Task Month_PageByPage_IsAllOfItNewestDayFirst()
    {
        string[] systems = ["a", "b", "c"];
        foreach (int day in (int[])[3, 1, 2])
        {
            DateTimeOffset at = new(2026, 3, day, 12, 0, 0, TimeSpan.Zero);
            await Refused.RecordAsync(Report(at, [.. systems.Select(s => Prohibited(1) with { System = s })]));
            await Refused.RecordAsync(Report(at.AddHours(-1), [.. systems.Reverse().Select(s => Prohibited(day) with { System = s })]));
        }

        List<RefusedOnDay> paged = [];
        string? after = "";
        while (after is not null)
        {
            RefusedDaysAnswer page = await Refused.MonthAsync("202603", true, after, 2);
            page.Days.Length.Should().BeInRange(1, 2);
            paged.AddRange(page.Days);
            after = page.Next;
        }

        paged.Select(row => (row.Day.Day, row.Count.System, row.Count.Decisions)).Should().Equal(
            from day in (int[])[3, 2, 1] from system in systems select (day, (string?)system, 1L + day));
    }

    [Fact]
    public async Task Producers_AreToldApartOnlyWhereAskedFor()
    {
        await Refused.RecordAsync(Report(EndOfMarch, Prohibited(1), Prohibited(2) with { Producer = "f" }));

        (await Refused.MonthAsync("202603", true, "", 10)).Days.Select(row => row.Count.Decisions).Should().Equal(1, 2);
        (await Refused.MonthAsync("202603", false, "", 10)).Days.Should().ContainSingle().Which.Count.Should().Be(Prohibited(3) with { Producer = null });
    }

    [Fact]
    public async Task Organisation_ThatIsNotServed_GetsNoStream()
    {
        (await silo.Grains.GetGrain<IRefusedDecisions>("elsewhere").RecordAsync(Report(EndOfMarch, Prohibited(1))))!.Code.Should().Be(RefusalCode.UnknownOrganisation);

        (await store.AllEventsAsync()).Should().NotContain(e => e.Stream.StartsWith("intake-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Month_WhileTheStoreIsDown_IsRefusedAndNotEmpty()
    {
        store.BeforeRead = (_, _) => throw new EventStoreUnavailableException("down", TimeSpan.FromSeconds(1));

        (await Refused.MonthAsync("202603", true, "", 10)).Refusal!.Code.Should().Be(RefusalCode.StoreUnavailable);

        store.BeforeRead = null;
    }

    [Theory]
    [InlineData("intake-main-202603", true)]
    [InlineData("intake-main-20260", false)]
    [InlineData("intake-main-a-202603", false)]
    [InlineData("intake-main", false)]
    public void Stream_OfRefusedDecisions_IsOfLeaves(string stream, bool isLeaf)
    {
        LogLeaves.Holds("main", stream).Should().Be(isLeaf);
        LogLeaves.StreamPrefixes("main").Should().Contain(prefix => stream.StartsWith(prefix, StringComparison.Ordinal) || !isLeaf);
    }

    private RefusedReport Report(DateTimeOffset from, params RefusedCount[] counts) =>
        new(new Guid(++reports, 7, 7, [7, 7, 7, 7, 7, 7, 7, 7]), from, from.AddSeconds(5), counts);

    private static RefusedCount Prohibited(long decisions) =>
        new("0123456789abcdef0123456789abcdef", "roster", "PROHIBITED", "decision.personal.data_used.category", "EMOTIONAL_STATE", null, decisions);

    private async Task<RefusedOnDay[]> MonthAsync(string month) => (await Refused.MonthAsync(month, true, "", 100)).Days;
}
