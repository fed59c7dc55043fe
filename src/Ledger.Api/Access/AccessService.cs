using System.Globalization;
using System.Text.RegularExpressions;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Access;

namespace Ledger.Api.Access;

/// <summary>Tells callers who they are to the ledger, and what it refused to others.</summary>
internal sealed partial class AccessService(Gatekeeper gatekeeper, GrainReferences<IAccessRegister> registers, RefusedQueries refused, TimeProvider time) : V1.AccessService.AccessServiceBase
{
    public override async Task<V1.Caller> GetCaller(V1.GetCallerRequest request, ServerCallContext context)
    {
        Caller caller = Gatekeeper.Of(context).Caller!;
        Identity identity = await gatekeeper.IdentityOfAsync(caller);
        V1.Caller answer = new()
        {
            Organisation = caller.Organisation,
            Person = identity.Person,
            Worker = identity.Worker is { } worker ? ResourceNames.Worker(caller.Organisation, worker) : "",
            ExpiresAt = caller.ExpiresAt.ToTimestamp(),
        };
        answer.Roles.AddRange(caller.Roles.Select(RoleNames.Of));
        answer.BargainingUnits.AddRange(caller.BargainingUnits);
        return answer;
    }

    public override async Task<V1.ListRefusedAttemptsResponse> ListRefusedAttempts(V1.ListRefusedAttemptsRequest request, ServerCallContext context)
    {
        string organisation = ResourceNames.OrganisationOf(request.Parent);
        Violations violations = new(time.GetUtcNow());
        string month = MonthOf(request.Month, violations);
        PageSize(request.PageSize, violations);

        // The token is the revision below which the next page begins: the stream is all there is to page through.
        long before = long.MaxValue;
        if (request.PageToken.Length > 0 && !(long.TryParse(request.PageToken, NumberStyles.None, CultureInfo.InvariantCulture, out before) && before > 0))
        {
            violations.Add(RefusalCode.InvalidPageToken, "page_token");
        }

        if (!violations.None)
        {
            throw new RefusedException(violations.Found);
        }

        RefusedAnswer answer = await registers.Of(organisation).RefusedAsync(month, before, request.PageSize == 0 ? Limits.DefaultPage : request.PageSize);
        if (answer.Refusal is { } refusal)
        {
            throw new RefusedException(refusal);
        }

        V1.ListRefusedAttemptsResponse response = new() { NextPageToken = answer.NextBeforeRevision?.ToString(CultureInfo.InvariantCulture) ?? "" };
        response.Attempts.AddRange(answer.Attempts.Select(ToAttempt));
        return response;
    }

    public override Task<V1.ListRefusedDecisionsResponse> ListRefusedDecisions(V1.ListRefusedDecisionsRequest request, ServerCallContext context)
    {
        Violations violations = new(time.GetUtcNow());
        request.Month = MonthOf(request.Month, violations);
        PageSize(request.PageSize, violations);
        if (request.PageToken.Length > 0 && !RefusedQueries.IsToken(request.PageToken))
        {
            violations.Add(RefusalCode.InvalidPageToken, "page_token");
        }

        return violations.None ? refused.ListAsync(request, Gatekeeper.Of(context).Role != Role.Representative) : throw new RefusedException(violations.Found);
    }

    private string MonthOf(string asked, Violations violations)
    {
        string month = asked.Length > 0 ? asked : time.GetUtcNow().ToString("yyyyMM", CultureInfo.InvariantCulture);
        if (!Month().IsMatch(month))
        {
            violations.Add(RefusalCode.Malformed, "month", "yyyyMM");
        }

        return month;
    }

    private static void PageSize(int asked, Violations violations)
    {
        if (asked is < 0 or > Limits.LargestPage)
        {
            violations.Add(RefusalCode.OutOfRange, "page_size", "0", Limits.LargestPage.ToString(CultureInfo.InvariantCulture));
        }
    }

    private static V1.RefusedAttempt ToAttempt(RecordedAttempt recorded)
    {
        V1.RefusedAttempt attempt = new()
        {
            Revision = recorded.Revision,
            AttemptedAt = recorded.At.ToTimestamp(),
            Method = recorded.Attempt.Method,
            Worker = recorded.Attempt.Worker,
            Person = recorded.Attempt.Person ?? "",
        };
        attempt.Roles.AddRange(recorded.Attempt.Roles);
        return attempt;
    }

    [GeneratedRegex(@"\A[0-9]{4}(0[1-9]|1[0-2])\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Month();
}
