using System.Globalization;
using System.Text.RegularExpressions;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Access;

namespace Ledger.Api.Access;

/// <summary>Tells callers who they are to the ledger, and auditors what was refused to others.</summary>
internal sealed partial class AccessService(Gatekeeper gatekeeper, GrainReferences<IAccessRegister> registers, TimeProvider time) : V1.AccessService.AccessServiceBase
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
        string month = request.Month.Length > 0 ? request.Month : time.GetUtcNow().ToString("yyyyMM", CultureInfo.InvariantCulture);
        if (!Month().IsMatch(month))
        {
            violations.Add(RefusalCode.Malformed, "month", "yyyyMM");
        }

        if (request.PageSize is < 0 or > Limits.LargestPage)
        {
            violations.Add(RefusalCode.OutOfRange, "page_size", "0", Limits.LargestPage.ToString(CultureInfo.InvariantCulture));
        }

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
