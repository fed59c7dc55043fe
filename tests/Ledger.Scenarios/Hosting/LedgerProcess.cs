using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Net.Client;
using Ledger.Api.Access;
using Ledger.Tests;
using Ledger.V1;

namespace Ledger.Scenarios.Hosting;

/// <summary>The server, as a process of its own, and ways to reach it.</summary>
internal sealed class LedgerProcess : IAsyncDisposable
{
    private readonly ChildProcess process;
    private readonly LedgerSetup setup;
    private readonly GrpcChannel channel;
    private readonly HttpClient http;

    private LedgerProcess(LedgerSetup setup)
    {
        this.setup = setup;
        process = ChildProcess.Start("ledger.dll", setup.Arguments, setup.Environment(), setup.LogFile);
        channel = Channel(setup);
        http = new HttpClient(new Signed(setup)) { BaseAddress = new Uri($"http://127.0.0.1:{setup.HttpPort}"), Timeout = TimeSpan.FromSeconds(30) };
    }

    public ChildProcess Process => process;

    public HttpClient Http => http;

    /// <summary>Calls of somebody who records, looks people up and is the worker E-1.</summary>
    public CallInvoker Grpc => Calls(channel, setup);

    public DecisionService.DecisionServiceClient Decisions => new(Grpc);

    public WorkerService.WorkerServiceClient Workers => new(Grpc);

    public TransparencyService.TransparencyServiceClient Transparency => new(Grpc);

    /// <summary>Calls of somebody.</summary>
    public CallInvoker As(LocalGrant grant)
    {
        string token = Token(grant);
        return channel.CreateCallInvoker().With(() => token);
    }

    public string Token(LocalGrant grant) => Tokens.Of(setup.Keys, grant);

    /// <summary>Starts it and returns when it says that it is ready.</summary>
    public static async Task<LedgerProcess> StartAsync(LedgerSetup setup)
    {
        LedgerProcess server = Start(setup);
        try
        {
            await server.BecomesReadyAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Calls over a channel of somebody who records; the token is made once the server has made its key.</summary>
    public static CallInvoker Calls(GrpcChannel channel, LedgerSetup setup)
    {
        string? token = null;
        return channel.CreateCallInvoker().With(() => token ??= Tokens.OfWhenThere(setup.Keys, Tokens.Usual())
            // As a producer is told whose provider is not up yet: try again.
            ?? throw new RpcException(new Status(StatusCode.Unavailable, "There is no key yet.")));
    }

    /// <summary>Starts it and returns at once.</summary>
    public static LedgerProcess Start(LedgerSetup setup) => new(setup);

    /// <summary>A channel that finds a server again soon after it is back.</summary>
    public static GrpcChannel Channel(LedgerSetup setup) => GrpcChannel.ForAddress($"http://127.0.0.1:{setup.GrpcPort}", new GrpcChannelOptions
    {
        InitialReconnectBackoff = TimeSpan.FromMilliseconds(20),
        MaxReconnectBackoff = TimeSpan.FromMilliseconds(100),
        MaxReceiveMessageSize = null,
    });

    public Task BecomesReadyAsync() => Eventually.HoldsAsync(
        async () => process.HasExited
            ? throw new InvalidOperationException($"The server ended with {process.ExitCode}:\n{process.Output}")
            : await IsReadyAsync() ?? false,
        "the server is ready",
        TimeSpan.FromSeconds(90));

    /// <summary>Whether it says so; null if it does not answer at all.</summary>
    public async Task<bool?> IsReadyAsync()
    {
        try
        {
            using HttpResponseMessage answer = await http.GetAsync("/health/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    public Task KillAsync() => process.KillAsync();

    public Task StopAsync() => process.StopAsync();

    public async ValueTask DisposeAsync()
    {
        channel.Dispose();
        http.Dispose();
        await process.DisposeAsync();
    }

    public override string ToString() => $"127.0.0.1:{setup.GrpcPort}";

    /// <summary>Adds the usual token to requests that have none, as soon as there is one.</summary>
    private sealed class Signed(LedgerSetup setup) : DelegatingHandler(new SocketsHttpHandler())
    {
        private string? token;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            token ??= Tokens.OfWhenThere(setup.Keys, Tokens.Usual());
            request.Headers.Authorization ??= token is null ? null : new AuthenticationHeaderValue("Bearer", token);
            return base.SendAsync(request, cancellationToken);
        }
    }
}
