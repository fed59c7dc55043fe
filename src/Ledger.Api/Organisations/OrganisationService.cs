using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Contracts;

namespace Ledger.Api.Organisations;

/// <summary>Answers what is counted over units, as calls have it.</summary>
internal sealed class OrganisationService(UnitQueries queries, Gatekeeper gatekeeper, TimeProvider time) : V1.OrganisationService.OrganisationServiceBase
{
    public override async Task<V1.UnitOverview> GetUnitOverview(V1.GetUnitOverviewRequest request, ServerCallContext context)
    {
        Violations violations = new(time.GetUtcNow());
        violations.Text(request.Unit, "unit", Limits.Name);
        Check(violations, request.Year);
        return await queries.OverviewAsync(request);
    }

    public override async Task<V1.ListSystemUsesResponse> ListSystemUses(V1.ListSystemUsesRequest request, ServerCallContext context)
    {
        Check(new Violations(time.GetUtcNow()), request.Year);
        return await queries.SystemUsesAsync(request);
    }

    public override async Task<V1.ListMembersResponse> ListMembers(V1.ListMembersRequest request, ServerCallContext context) =>
        await queries.MembersAsync(ResourceNames.OrganisationOf(request.Parent), (await gatekeeper.IdentityOfAsync(Gatekeeper.Of(context).Caller!)).Person);

    private static void Check(Violations violations, int year)
    {
        if (year != 0 && year is < UnitQueries.FirstYear or > UnitQueries.LastYear)
        {
            violations.Add(RefusalCode.OutOfRange, "year", $"{UnitQueries.FirstYear}", $"{UnitQueries.LastYear}");
        }

        if (!violations.None)
        {
            throw new RefusedException(violations.Found);
        }
    }
}
