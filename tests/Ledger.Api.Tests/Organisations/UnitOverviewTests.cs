using System.Globalization;
using FluentAssertions;
using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Api.Tests.Hosting;
using Ledger.Tests;
using Xunit;

namespace Ledger.Api.Tests.Organisations;

/// <summary>Counts over a unit as a representative and HR get them, from decisions recorded by the usual call.</summary>
[Collection(nameof(RunningLedger))]
public sealed class UnitOverviewTests(RunningLedger ledger)
{
    private const string Unit = "overview unit";

    private static readonly LocalGrant Representative = new("main", "r-overview", Role.Representative) { BargainingUnits = [Unit] };

    [Fact]
    public async Task Year_OfAUnit_ShowsWhatIsAboutEnoughPeople_AndSuppressesTheRest()
    {
        // Twelve people's shifts in February 2026, six of them trained, two of them paid.
        int number = 900_000;
        foreach ((V1.Category category, int people) in new[] { (V1.Category.Scheduling, 12), (V1.Category.Training, 6), (V1.Category.Pay, 2) })
        {
            for (int i = 0; i < people; i++)
            {
                int who = i;
                await new V1.DecisionService.DecisionServiceClient(ledger.As(new LocalGrant("main", "p", Role.Producer))).RecordDecisionAsync(new V1.RecordDecisionRequest
                {
                    Parent = "organisations/main",
                    Decision = JsonFormTests.Now(number++, d =>
                    {
                        (d.Subject.EmployeeNumber, d.Subject.BargainingUnit, d.Category) = (string.Create(CultureInfo.InvariantCulture, $"OV-{who}"), Unit, category);
                        d.System.SystemId = "overview-system";
                    }),
                });
            }
        }

        V1.OrganisationService.OrganisationServiceClient union = new(ledger.As(Representative));
        V1.GetUnitOverviewRequest request = new() { Parent = "organisations/main", Unit = Unit, Year = 2026 };
        V1.UnitOverview overview = new();
        await Eventually.HoldsAsync(async () => (overview = await union.GetUnitOverviewAsync(request)).Periods[1].Decisions.Count_ == 20, "all is counted");

        overview.MinimumWorkers.Should().Be(5);
        overview.Periods[0].Decisions.Suppressed.Should().BeTrue("a month without anybody is not told from one with a few");
        Count(overview, "CATEGORY", "SCHEDULING").Should().Be("12");
        Count(overview, "CATEGORY", "PAY").Should().Be("suppressed", "it is about two people");
        Count(overview, "CATEGORY", "TRAINING").Should().Be("suppressed", "else the two could be computed");
        Count(overview, "CATEGORY", "DISCIPLINE").Should().Be("suppressed", "beside what is hidden a zero tells");
        Count(overview, "ADVERSE", "ADVERSE").Should().Be("20");
        overview.ReadUpTo.Should().NotBeNull();

        V1.ListSystemUsesResponse uses = await new V1.OrganisationService.OrganisationServiceClient(ledger.As(new LocalGrant("main", "h", Role.Hr)))
            .ListSystemUsesAsync(new V1.ListSystemUsesRequest { Parent = "organisations/main", Year = 2026 });
        V1.SystemUse use = uses.Systems.Single(s => s.System == "overview-system");
        use.Categories.Should().Equal(["SCHEDULING", "TRAINING"], "two people are too few");
        use.Levels.Should().Equal("MACHINE_DECIDES");
        V1.SystemUseInUnit there = use.Units.Single(u => u.Unit == Unit);
        (there.Decisions.Count_, there.WorkersInAMonth, there.HasSuppressed).Should().Be((20, 12, true));
    }

    [Theory]
    [InlineData(1999)]
    [InlineData(9999)]
    public async Task Year_OutsideTheCalendar_IsRefused(int year) =>
        (await FluentActions.Awaiting(() => new V1.OrganisationService.OrganisationServiceClient(ledger.As(Representative))
            .GetUnitOverviewAsync(new V1.GetUnitOverviewRequest { Parent = "organisations/main", Unit = Unit, Year = year }).ResponseAsync)
            .Should().ThrowAsync<RpcException>()).Which.StatusCode.Should().Be(StatusCode.InvalidArgument);

    private static string Count(V1.UnitOverview overview, string dimension, string value) =>
        overview.Dimensions.Single(d => d.Dimension == dimension).Values.Single(v => v.Value == value).Decisions[1] is { Suppressed: false } count
            ? count.Count_.ToString(CultureInfo.InvariantCulture)
            : "suppressed";
}
