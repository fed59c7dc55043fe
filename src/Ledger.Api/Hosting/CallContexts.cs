using System.Diagnostics;
using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Contracts.Decisions;
using Microsoft.AspNetCore.Http;

namespace Ledger.Api.Hosting;

/// <summary>Who calls and within which trace.</summary>
internal static class CallContexts
{
    /// <summary>The context of a call that was let in.</summary>
    public static CallContext Of(ServerCallContext call) =>
        Of(call.GetHttpContext(), Gatekeeper.Of(call).Role is { } role ? RoleNames.Of(role) : throw new InvalidOperationException("Nobody was let in."));

    /// <summary>The context of a call or page for which somebody acts in a role.</summary>
    public static CallContext Of(HttpContext http, string actor)
    {
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
        {
            return new CallContext(actor, activity.TraceId.ToHexString(), activity.Id);
        }

        string? header = http.Request.Headers.TraceParent;
        return ActivityContext.TryParse(header, null, out ActivityContext context)
            ? new CallContext(actor, context.TraceId.ToHexString(), header)
            : new CallContext(actor, http.TraceIdentifier, null);
    }
}
