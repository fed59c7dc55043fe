using System.Net;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Ledger.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ledger.Cli.Tests.Decisions;

/// <summary>A server that gives one page of a trail and then fails, with the details a ledger sends.</summary>
internal sealed class FailingLedger : IAsyncDisposable
{
    private readonly WebApplication app;

    private FailingLedger(WebApplication app) => this.app = app;

    public string Address => app.Urls.Single();

    public static async Task<FailingLedger> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        WebApplication built = builder.Build();
        built.MapGrpcService<Service>();
        await built.StartAsync();
        return new FailingLedger(built);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    internal sealed class Service : DecisionService.DecisionServiceBase
    {
        public override Task<ListDecisionsResponse> ListDecisions(ListDecisionsRequest request, ServerCallContext context)
        {
            if (request.PageToken.Length > 0)
            {
                Google.Rpc.Status status = new() { Code = (int)Code.Unavailable, Message = "store down" };
                status.Details.Add(Any.Pack(new ErrorInfo { Reason = "STORE_UNAVAILABLE", Domain = "ledger" }));
                status.Details.Add(Any.Pack(new LocalizedMessage { Locale = "en", Message = "The store is down." }));
                status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromSeconds(7)) }));
                throw status.ToRpcException();
            }

            ListDecisionsResponse page = new() { NextPageToken = "more", LastRevision = 1 };
            page.Decisions.Add(new RecordedDecision { Decision = new Decision { DecisionId = "a" }, Receipt = new Receipt { Revision = 1 } });
            return Task.FromResult(page);
        }
    }
}
