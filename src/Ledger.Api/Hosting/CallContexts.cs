using System.Diagnostics;
using Grpc.Core;
using Ledger.Contracts.Decisions;
using Microsoft.AspNetCore.Http;

namespace Ledger.Api.Hosting;

/// <summary>Who calls and within which trace.</summary>
internal static class CallContexts
{
    // Roles come with sign-in; until then everyone who records is a producer.
    private const string Actor = "producer";

    public static CallContext Of(ServerCallContext call)
    {
        HttpContext http = call.GetHttpContext();
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
        {
            return new CallContext(Actor, activity.TraceId.ToHexString(), activity.Id);
        }

        string? header = http.Request.Headers.TraceParent;
        return ActivityContext.TryParse(header, null, out ActivityContext context)
            ? new CallContext(Actor, context.TraceId.ToHexString(), header)
            : new CallContext(Actor, http.TraceIdentifier, null);
    }
}
