using System.Globalization;
using System.Text;
using FluentAssertions;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Api.Tests.Access;
using Ledger.Api.Tests.Hosting;
using Ledger.EventStore;
using Ledger.Tests;
using Xunit;

namespace Ledger.Api.Tests.Decisions;

/// <summary>What was refused at intake is seen by the employer, the union and the auditor, and nothing of what it said is.</summary>
public sealed class RefusedDecisionsTests(RefusedLedger ledger) : IClassFixture<RefusedLedger>
{
    private static readonly LocalGrant Producer = Account("producer");
    private static int number = 4_000_000;

    [Fact]
    public async Task Batch_OfWhichSomeIsRefused_IsCountedByCodeAndField()
    {
        V1.Decision recorded = Of("every-kind");
        V1.Decision[] batch =
        [
            recorded,
            Of("every-kind", d => d.Personal.DataUsed.Add(new V1.DataUse { Category = V1.DataCategory.EmotionalState, Source = "camera" })),
            Of("every-kind", d => { d.Kind = ""; d.Personal.DataUsed.Add(new V1.DataUse { Category = V1.DataCategory.EmotionalState, Source = "microphone" }); }),
            Of("every-kind", d => d.Kind = ""),
            Of("every-kind", d => d.Times.DecidedAt = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddDays(1))),
            Of("every-kind", d => d.Personal.Score = new V1.Quantity { Number = 1, Unit = "furlong" }),
            Of("every-kind", d => { d.DecisionId = recorded.DecisionId; d.Adverse = false; }),
        ];

        (await ledger.SendAsync(Producer, batch[..6])).Should().Equal("", "PROHIBITED", "MISSING", "MISSING", "IN_THE_FUTURE", "UNKNOWN");
        (await ledger.SendAsync(Producer, batch[6])).Should().Equal("ALREADY_RECORDED_DIFFERENTLY");

        V1.RefusedDecisions[] rows = await ledger.CountedAsync(RefusedLedger.Hr, "every-kind");
        rows.Select(row => (row.Code, row.Field, row.DataCategory, row.Decisions)).Should().BeEquivalentTo(
        [
            ("PROHIBITED", "decision.personal.data_used.category", V1.DataCategory.EmotionalState, 2L),
            ("MISSING", "decision.kind", V1.DataCategory.Unspecified, 1L),
            ("IN_THE_FUTURE", "decision.times.decided_at", V1.DataCategory.Unspecified, 1L),
            ("UNKNOWN", "decision.personal.score.unit", V1.DataCategory.Unspecified, 1L),
            ("ALREADY_RECORDED_DIFFERENTLY", "decision.adverse", V1.DataCategory.Unspecified, 1L),
        ]);
        string today = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        rows.Should().OnlyContain(row => string.CompareOrdinal(row.Day, today) <= 0 && row.Day.Length == today.Length && !row.Various);
    }

    [Fact]
    public async Task Single_ThatIsRefused_IsCountedTheSameWay()
    {
        V1.Decision decision = Of("single");
        await ledger.Decisions(Producer).RecordDecisionAsync(Request(decision));
        decision.Kind = "other";
        await MovedLedger.RefusedAsync(() => ledger.Decisions(Producer).RecordDecisionAsync(Request(decision)), StatusCode.AlreadyExists, "ALREADY_RECORDED_DIFFERENTLY");
        decision.Kind = "";
        await MovedLedger.RefusedAsync(() => ledger.Decisions(Producer).RecordDecisionAsync(Request(decision)), StatusCode.InvalidArgument, "MISSING");

        (await ledger.CountedAsync(RefusedLedger.Hr, "single")).Select(row => (row.Code, row.Field))
            .Should().BeEquivalentTo([("ALREADY_RECORDED_DIFFERENTLY", "decision.kind"), ("MISSING", "decision.kind")]);
    }

    [Fact]
    public async Task Values_OfRefusedDecisions_AreNowhereInTheStore()
    {
        const string Planted = "MARIE-TREMBLAY-7731";
        await ledger.SendAsync(Producer,
            Of("planted", d => { Plant(d, Planted); d.Personal.DataUsed.Add(new V1.DataUse { Category = V1.DataCategory.PrivateConversation, Source = Planted }); }),
            Of("planted", d => { Plant(d, Planted); d.Times.TimeZone = Planted; }),
            Of("planted", d => { Plant(d, Planted); d.Personal.Score = new V1.Quantity { Number = 77317, Unit = Planted }; }),
            Of("planted", d => { Plant(d, Planted); d.Personal.Reasons[0].Language = Planted; d.Personal.Reasons.Add(d.Personal.Reasons[0]); }),
            Of("planted", d => { Plant(d, Planted); d.System.SystemId = Planted; }),
            Of("planted", d => { Plant(d, Planted); d.DecisionId = Planted; }));

        (await ledger.CountedAsync(RefusedLedger.Hr, "planted")).Should().HaveCount(5);
        string everything = await EverythingAsync();
        everything.Should().Contain("decisions-refused.v1").And.Contain("PRIVATE_CONVERSATION").And.NotContain(Planted).And.NotContain("77317");
    }

    [Fact]
    public async Task Producer_IsToldToTheEmployerAndTheAuditor_NotToTheUnion()
    {
        LocalGrant first = Account("first"), second = Account("second");
        await ledger.SendAsync(first, Of("whose", d => d.Kind = ""));
        await ledger.SendAsync(second, Of("whose", d => d.Kind = ""), Of("whose", d => d.Kind = ""));

        string[] people = [await PersonAsync(first), await PersonAsync(second)];
        foreach (Role role in new[] { Role.Hr, Role.Auditor })
        {
            (await ledger.CountedAsync(new LocalGrant("main", "reader", role), "whose")).Select(row => (row.Producer, row.Decisions))
                .Should().BeEquivalentTo([(people[0], 1L), (people[1], 2L)]);
        }

        V1.RefusedDecisions seen = (await ledger.ListAsync(new LocalGrant("main", "r", Role.Representative), "whose")).Should().ContainSingle().Which;
        (seen.Producer, seen.Decisions).Should().Be(("", 3L));
    }

    [Fact]
    public async Task List_PageByPage_IsAllOfItInOneOrder()
    {
        await ledger.SendAsync(Producer, Enumerable.Range(0, 7).Select(n => Of($"page-{n}", d => d.Kind = "")));
        await ledger.CountedAsync(RefusedLedger.Hr, "page-6");

        List<string> systems = [];
        V1.ListRefusedDecisionsRequest request = new() { Parent = RefusedLedger.Parent, PageSize = 2 };
        do
        {
            V1.ListRefusedDecisionsResponse page = await ledger.Access(RefusedLedger.Hr).ListRefusedDecisionsAsync(request);
            page.Refused.Count.Should().BeLessThanOrEqualTo(2);
            systems.AddRange(page.Refused.Select(row => row.System));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        systems.Where(s => s.StartsWith("page-", StringComparison.Ordinal)).Should().Equal(Enumerable.Range(0, 7).Select(n => $"page-{n}"));
    }

    [Theory]
    [InlineData("month", "2026-11")]
    [InlineData("month", "202613")]
    [InlineData("page_size", "501")]
    [InlineData("page_size", "-1")]
    [InlineData("page_token", "x")]
    [InlineData("page_token", "0000001/a/b/c/d/0/e/f")]
    [InlineData("page_token", "0000001/a/b/c/d/0/\u00e9")]
    public async Task List_AskedForWrongly_IsRefusedNamingTheField(string field, string value)
    {
        V1.ListRefusedDecisionsRequest request = new() { Parent = RefusedLedger.Parent };
        _ = field switch
        {
            "month" => request.Month = value,
            "page_size" => (object)(request.PageSize = int.Parse(value, CultureInfo.InvariantCulture)),
            _ => request.PageToken = value,
        };
        RpcException refused = (await FluentActions.Awaiting(() => ledger.Access(RefusedLedger.Hr).ListRefusedDecisionsAsync(request).ResponseAsync)
            .Should().ThrowAsync<RpcException>()).Which;
        MovedLedger.Fields(refused).Should().Equal(field);
    }

    [Fact]
    public async Task Month_InWhichNothingWasRefused_IsEmpty() =>
        (await ledger.Access(RefusedLedger.Hr).ListRefusedDecisionsAsync(new V1.ListRefusedDecisionsRequest { Parent = RefusedLedger.Parent, Month = "202001" })).Refused.Should().BeEmpty();

    private static void Plant(V1.Decision decision, string planted)
    {
        decision.Subject.EmployeeNumber = planted;
        decision.Subject.JobClass = planted;
        decision.Kind = "";
        decision.Personal.Outcome.Before = new V1.Value { Text = planted };
        decision.Personal.Factors.Add(new V1.Factor { Name = planted });
        decision.Personal.Reasons.Add(new V1.LocalizedText { Language = "en", Text = planted });
        decision.Kind = "shift_moved";
    }

    private static V1.Decision Of(string system, Action<V1.Decision>? change = null) => JsonFormTests.Now(Interlocked.Increment(ref number), d =>
    {
        d.System.SystemId = system;
        change?.Invoke(d);
    });

    private static V1.RecordDecisionRequest Request(V1.Decision decision) => new() { Parent = RefusedLedger.Parent, Decision = decision };

    private static LocalGrant Account(string subject) => new("main", subject, Role.Producer);

    private async Task<string> PersonAsync(LocalGrant grant) => (await ledger.Access(grant).GetCallerAsync(new V1.GetCallerRequest())).Person;

    private async Task<string> EverythingAsync()
    {
        StringBuilder everything = new();
        await foreach (RecordedEvent stored in ledger.Store.ReadAllAsync(ReadDirection.Forwards, StorePosition.Start, int.MaxValue, CancellationToken.None))
        {
            everything.Append(stored.Stream).Append(stored.Type).Append(Encoding.UTF8.GetString(stored.Data.Span)).Append(Encoding.UTF8.GetString(stored.Metadata.Span));
        }

        return everything.ToString();
    }
}

/// <summary>The store fails where refused decisions are recorded, and comes back.</summary>
public sealed class RefusedDuringAnOutageTests(RefusedLedger ledger) : IClassFixture<RefusedLedger>
{
    private static readonly LocalGrant Producer = new("main", "p", Role.Producer);

    [Fact]
    public async Task Counts_OfAnOutage_AreKeptAndRecordedOnce()
    {
        ledger.Store.Failure = Failure.AfterItIsWritten;
        (await ledger.SendAsync(Producer, Wrong(1), Wrong(2))).Should().Equal(["MISSING", "MISSING"], "what is refused is answered all the same");
        await Eventually.HoldsAsync(() => Task.FromResult(ledger.Store.Failed > 0), "a report was tried");
        ledger.Store.Failure = Failure.BeforeItIsWritten;
        int failed = ledger.Store.Failed;
        await ledger.SendAsync(Producer, Wrong(3));
        (await ledger.ListAsync(RefusedLedger.Hr, "outage")).Sum(row => row.Decisions).Should().Be(2, "it was written, though nobody could be told");

        ledger.Store.Failure = Failure.None;
        await Eventually.HoldsAsync(() => Task.FromResult(ledger.Tally.Left == 1), () => "the report that was tried again is known to be recorded", TimeSpan.FromSeconds(30));
        ledger.Store.Failed.Should().Be(failed);
        (await ledger.ListAsync(RefusedLedger.Hr, "outage")).Sum(row => row.Decisions).Should().Be(2);

        await ledger.LastReportAsync();
        (await ledger.ListAsync(RefusedLedger.Hr, "outage")).Should().ContainSingle().Which.Decisions.Should().Be(3, "a process that stops leaves nothing uncounted");
        ledger.Tally.Left.Should().Be(0);
    }

    private static V1.Decision Wrong(int n) => JsonFormTests.Now(4_900_000 + n, d =>
    {
        d.System.SystemId = "outage";
        d.Kind = "";
    });
}
