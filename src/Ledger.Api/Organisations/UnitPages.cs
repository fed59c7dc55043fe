using System.Globalization;
using Ledger.Api.Access;
using Ledger.Api.Hosting;
using Ledger.Api.Hosting.Pages;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Api.Organisations;

/// <summary>A unit's counts for its representatives, and for the employer which systems decide about whom.</summary>
internal sealed class UnitPages(PageDesk desk, UnitQueries queries)
{
    public const string Unit = "unite", Year = "annee";

    public void Map(IEndpointRouteBuilder app)
    {
        desk.MapGet(app, SiteMap.MyUnits, UnitAsync);
        desk.MapGet(app, SiteMap.Systems, SystemsAsync);
    }

    private async Task<IResult> UnitAsync(PageVisit visit)
    {
        IReadOnlyList<string> own = visit.Caller!.Roles.Contains(Role.Representative) ? visit.Caller.BargainingUnits : [];
        V1.GetUnitOverviewRequest request = new()
        {
            Parent = visit.Organisation,
            Unit = visit.Query(Unit) is { Length: > 0 and <= Limits.Name } unit ? unit : own.Count > 0 ? own[0] : "",
            Year = YearOf(visit),
        };
        await visit.AdmitAsync(request);
        return visit.Show<UnitPage>(new UnitModel(await queries.OverviewAsync(request), own));
    }

    private async Task<IResult> SystemsAsync(PageVisit visit)
    {
        V1.ListSystemUsesRequest request = new() { Parent = visit.Organisation, Year = YearOf(visit) };
        await visit.AdmitAsync(request);
        return visit.Show<SystemsPage>(await queries.SystemUsesAsync(request));
    }

    // A year that is none shows the usual one: there is nothing to mend on a page where one only chooses.
    private static int YearOf(PageVisit visit) =>
        int.TryParse(visit.Query(Year), NumberStyles.None, CultureInfo.InvariantCulture, out int year) && year is >= UnitQueries.FirstYear and <= UnitQueries.LastYear ? year : 0;
}

/// <summary>A unit's year, and the units that the reader may choose from.</summary>
internal sealed record UnitModel(V1.UnitOverview Overview, IReadOnlyList<string> Units);
