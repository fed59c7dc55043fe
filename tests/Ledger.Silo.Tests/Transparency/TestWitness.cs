using System.Collections.Concurrent;
using System.Net;
using Ledger.Silo.Transparency;
using Ledger.Verification;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ledger.Silo.Tests.Transparency;

/// <summary>A witness of the log over real HTTP, that can be down, and can be made to answer anything.</summary>
internal sealed class TestWitness : IAsyncDisposable
{
    private readonly TestLog log;
    private readonly SignerKey key;
    private readonly Lock gate = new();
    private WebApplication? server;
    private int port;

    public TestWitness(TestLog log, byte seed = 7)
    {
        this.log = log;
        key = SignerKey.FromSeed($"witness.example/{seed}", KeyAlgorithm.CosignatureV1, [.. Enumerable.Repeat(seed, SignerKey.SeedLength)]);
    }

    public VerifierKey Verifier => key.Verifier;

    /// <summary>How it is configured in the log; known once it was up.</summary>
    public WitnessOptions Options => new() { Key = Verifier.ToString(), Url = $"http://127.0.0.1:{port}/w" };

    /// <summary>What it remembers.</summary>
    public WitnessState? State { get; set; }

    /// <summary>Answers in its place, where it does not return nothing.</summary>
    public Func<AddCheckpointRequest, HttpContext, Task<IResult?>>? Answer { get; set; }

    /// <summary>What it was asked, and its status.</summary>
    public ConcurrentQueue<(ulong Old, ulong Size, int Status)> Asked { get; } = new();

    public async Task UpAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        server = builder.Build();
        server.MapPost("/w/add-checkpoint", (Delegate)DecideAsync);
        await server.StartAsync();
        port = new Uri(server.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single()).Port;
    }

    public async Task DownAsync()
    {
        if (server is not null)
        {
            await server.DisposeAsync();
            server = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DownAsync();
        key.Dispose();
    }

    /// <summary>What it would answer if it were let.</summary>
    public WitnessAnswer Decide(AddCheckpointRequest request)
    {
        lock (gate)
        {
            WitnessAnswer answer = Witness.Decide(State, request, [log.KeyOf()], key, TimeProvider.System.GetUtcNow());
            State = answer.NewState ?? State;
            return answer;
        }
    }

    private async Task<IResult> DecideAsync(HttpContext context)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body);
        if (!AddCheckpointRequest.TryParse(body.ToArray(), out AddCheckpointRequest? request) || !Checkpoint.TryParse(request.Checkpoint.Text.Span, out Checkpoint? asked))
        {
            return Results.BadRequest();
        }

        if (Answer is { } answering && await answering(request, context) is { } instead)
        {
            Asked.Enqueue((request.OldSize, asked.Head.Size, (instead as IStatusCodeHttpResult)?.StatusCode ?? 200));
            return instead;
        }

        WitnessAnswer answer = Decide(request);
        Asked.Enqueue((request.OldSize, asked.Head.Size, answer.Outcome == WitnessOutcome.Signed ? 200 : (int)answer.Outcome));
        return answer.Outcome switch
        {
            WitnessOutcome.Signed => Results.Text(answer.Cosignature!.Line),
            WitnessOutcome.Conflict => Results.Text($"{answer.LatestSize}\n", "text/x.tlog.size", statusCode: 409),
            var refused => Results.StatusCode((int)refused),
        };
    }
}
