using System.Collections.Concurrent;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Grpc.Net.Client;
using Ledger.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Status = Google.Rpc.Status;

namespace Ledger.Cli.Tests.Import;

/// <summary>A ledger in memory behind a real socket, which fails where a test wants it to.</summary>
internal sealed class FakeLedger : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly GrpcChannel channel;

    private FakeLedger(WebApplication app, GrpcChannel channel, FakeService service)
    {
        this.app = app;
        this.channel = channel;
        Service = service;
        Client = new DecisionService.DecisionServiceClient(channel);
    }

    public FakeService Service { get; }

    public DecisionService.DecisionServiceClient Client { get; }

    public static async Task<FakeLedger> StartAsync()
    {
        FakeService service = new();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(service);
        WebApplication host = builder.Build();
        host.MapGrpcService<FakeService>();
        await host.StartAsync();
        string address = host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new FakeLedger(host, GrpcChannel.ForAddress(address), service);
    }

    public async ValueTask DisposeAsync()
    {
        channel.Dispose();
        await app.DisposeAsync();
    }
}

internal sealed class FakeService : DecisionService.DecisionServiceBase
{
    private readonly ConcurrentDictionary<(string Organisation, string Worker, string Id), Decision> recorded = [];
    private int batches;
    private int unanswered;

    public ICollection<Decision> Recorded => recorded.Values;

    public int Batches => batches;

    public int MostUnanswered { get; private set; }

    public int Streams { get; private set; }

    /// <summary>Called for each decision of a batch (the batch's number from 1); an error is given back instead of a receipt.</summary>
    public Func<int, Decision, Status?> Refuse { get; set; } = (_, _) => null;

    /// <summary>Called when a batch arrives (its number from 1), before anything is recorded; what it throws breaks the stream.</summary>
    public Action<int> Arrived { get; set; } = _ => { };

    /// <summary>Called after a batch is recorded and before it is answered.</summary>
    public Action<int> Answering { get; set; } = _ => { };

    public static Status Later(string why) => new()
    {
        Code = (int)StatusCode.Unavailable,
        Message = why,
        Details = { Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(5)) }) },
    };

    public static Status Refusal(string code, string field) => new()
    {
        Code = (int)StatusCode.InvalidArgument,
        Message = code,
        Details =
        {
            Any.Pack(new ErrorInfo { Reason = code, Domain = "ledger" }),
            Any.Pack(new BadRequest { FieldViolations = { new BadRequest.Types.FieldViolation { Field = field, Description = code } } }),
        },
    };

    public override async Task RecordDecisions(IAsyncStreamReader<RecordDecisionsRequest> requests, IServerStreamWriter<RecordDecisionsResponse> responses, ServerCallContext context)
    {
        Streams++;
        unanswered = 0;
        await foreach (RecordDecisionsRequest request in requests.ReadAllAsync(context.CancellationToken))
        {
            MostUnanswered = Math.Max(MostUnanswered, ++unanswered);
            int number = ++batches;
            Arrived(number);
            RecordDecisionsResponse response = new() { BatchId = request.BatchId };
            foreach (Decision decision in request.Decisions)
            {
                response.Results.Add(Record(request.Parent, number, decision));
            }

            Answering(number);
            await responses.WriteAsync(response);
            unanswered--;
        }
    }

    private RecordResult Record(string parent, int batch, Decision decision)
    {
        if (Refuse(batch, decision) is { } error)
        {
            return new RecordResult { Error = error };
        }

        bool first = recorded.TryAdd((parent, decision.Subject.EmployeeNumber, decision.DecisionId), decision);
        return new RecordResult { Receipt = new Receipt { DecisionId = decision.DecisionId, LeafHash = ByteString.Empty }, AlreadyRecorded = !first };
    }
}
