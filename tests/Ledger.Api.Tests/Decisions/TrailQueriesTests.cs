using CsCheck;
using FluentAssertions;
using Google.Protobuf.WellKnownTypes;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Workers;
using Ledger.V1;
using Xunit;

namespace Ledger.Api.Tests.Decisions;

public sealed class TrailQueriesTests
{
    private static readonly DateTimeOffset Now = DecisionBuilder.Now;

    private static ListDecisionsRequest Request => new()
    {
        Parent = "organisations/main/workers/00112233445566778899aabbccddeeff",
        Category = Category.Pay,
        SystemId = "payroll",
        DecidedFrom = Timestamp.FromDateTimeOffset(Now.AddDays(-9)),
        DecidedBefore = Timestamp.FromDateTimeOffset(Now),
        Adverse = false,
        PageSize = 10,
    };

    [Fact]
    public void Request_WithAllFilters_IsAskedAsMeant() => TrailQueries.Read(Request, Now).Should().Be(new TrailQuery(
        long.MaxValue, 10, Ledger.Contracts.Decisions.Category.Pay, "payroll", Now.AddDays(-9), Now, false));

    [Fact]
    public void Request_WithNothing_AsksForTheNewestFifty() =>
        TrailQueries.Read(new ListDecisionsRequest(), Now).Should().Be(new TrailQuery(long.MaxValue, 50));

    [Fact]
    public void Token_GivenBack_GoesOnWhereThePageEnded() => Gen.Long[1, long.MaxValue].Sample(revision =>
    {
        ListDecisionsRequest next = Request;
        next.PageToken = TrailQueries.TokenFor(Request, revision);
        next.PageSize = 500;
        TrailQueries.Read(next, Now).BeforeRevision.Should().Be(revision);
    });

    public static TheoryData<string, Action<ListDecisionsRequest>> Others => new()
    {
        { "another worker", r => r.Parent = r.Parent.Replace('0', '1') },
        { "another category", r => r.Category = Category.Access },
        { "another system", r => r.SystemId = "bonus" },
        { "another start", r => r.DecidedFrom = null },
        { "another end", r => r.DecidedBefore = null },
        { "no adverse filter", r => r.ClearAdverse() },
        { "other adverse", r => r.Adverse = true },
    };

    [Theory, MemberData(nameof(Others))]
    public void Token_UsedWithAnotherRequest_IsRefused(string what, Action<ListDecisionsRequest> change)
    {
        ListDecisionsRequest other = Request;
        other.PageToken = TrailQueries.TokenFor(Request, 7);
        change(other);

        Refusals(other).Should().ContainSingle(what).Which.Should().BeEquivalentTo(new Refusal(RefusalCode.InvalidPageToken, "page_token", []));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("!!!")]
    [InlineData("AAAA")]
    [InlineData("a b")]
    [InlineData("é")]
    [InlineData("====")]
    [InlineData("Ny4")]
    [InlineData("LTEuMDAwMDAwMDAwMDAwMDAwMA")]
    public void Token_ThatNobodyGaveOut_IsRefused(string token) =>
        Refusals(new ListDecisionsRequest { PageToken = token }).Should().ContainSingle().Which.Code.Should().Be(RefusalCode.InvalidPageToken);

    [Fact]
    public void Token_OfAnyText_IsRefusedAndNeverAnError() => Gen.String[1, 100].Sample(token =>
        Refusals(new ListDecisionsRequest { PageToken = token }).Single().Code.Should().Be(RefusalCode.InvalidPageToken));

    [Theory, InlineData(0, 50), InlineData(1, 1), InlineData(500, 500)]
    public void PageSize_WithinItsLimits_IsTaken(int asked, int given) =>
        TrailQueries.Read(new ListDecisionsRequest { PageSize = asked }, Now).PageSize.Should().Be(given);

    [Theory, InlineData(-1), InlineData(501), InlineData(int.MaxValue)]
    public void PageSize_OutsideItsLimits_IsRefused(int asked) =>
        Refusals(new ListDecisionsRequest { PageSize = asked }).Single().Should().BeEquivalentTo(
            new Refusal(RefusalCode.OutOfRange, "page_size", ["0", "500"]));

    [Fact]
    public void Filters_ThatAreWrong_AreNamed() => Refusals(new ListDecisionsRequest
    {
        Category = (Category)99,
        SystemId = DecisionBuilder.Repeat(101),
        DecidedFrom = Timestamp.FromDateTimeOffset(Now),
        DecidedBefore = Timestamp.FromDateTimeOffset(Now.AddDays(-1)),
    }).Select(r => (r.Field, r.Code)).Should().Equal(
        ("category", RefusalCode.Unknown), ("system_id", RefusalCode.OverLimit), ("decided_before", RefusalCode.OutOfOrder));

    private static IReadOnlyList<Refusal> Refusals(ListDecisionsRequest request) =>
        FluentActions.Invoking(() => TrailQueries.Read(request, Now)).Should().Throw<RefusedException>().Which.Refusals;
}
