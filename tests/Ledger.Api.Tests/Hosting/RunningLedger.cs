using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Ledger.Api.Access;
using Ledger.Api.Hosting;
using Ledger.Silo.Hosting;
using Ledger.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Ledger.Api.Tests.Hosting;

/// <summary>Edge and grains in one process, as <c>ledger serve</c> runs them, on free ports and a directory of their own.</summary>
public sealed class RunningLedger : IAsyncLifetime
{
    private readonly string directory = Directory.CreateTempSubdirectory("ledger-api-").FullName;
    private readonly LocalIssuer issuer = LocalIssuer.FromKey(LocalIssuer.NewKey());
    private readonly Action<WebApplicationBuilder>? change;
    private WebApplication app = null!;
    private GrpcChannel channel = null!;

    /// <summary>As it is by default.</summary>
    public RunningLedger()
    {
    }

    /// <summary>With settings or parts of a test's own.</summary>
    internal RunningLedger(Action<WebApplicationBuilder> change) => this.change = change;

    public HttpClient Http { get; private set; } = null!;

    /// <summary>Calls of somebody who records and reads everything: for tests that are not about who may what.</summary>
    public CallInvoker Grpc { get; private set; } = null!;

    /// <summary>Calls without a token.</summary>
    public CallInvoker Nobody => channel.CreateCallInvoker();

    internal LocalIssuer Issuer => issuer;

    /// <summary>Calls of somebody.</summary>
    internal CallInvoker As(LocalGrant grant)
    {
        string token = Tokens.Of(issuer, grant);
        return Nobody.With(() => token);
    }

    internal IServiceProvider Services => app.Services;

    public async Task InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        int[] ports = FreePorts();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Ledger:DataDirectory"] = directory,
            ["Ledger:Silo:SiloPort"] = $"{ports[0]}",
            ["Ledger:Silo:GatewayPort"] = $"{ports[1]}",
            ["Ledger:Api:HttpPort"] = "0",
            ["Ledger:Api:GrpcPort"] = "0",
        });
        change?.Invoke(builder);
        builder.AddLedgerSilo();
        builder.AddLedgerApi(issuer);
        app = builder.Build();
        app.MapLedgerApi();
        await app.StartAsync();

        // In the order in which the edge listens: JSON, then gRPC.
        string[] addresses = [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];
        Http = new HttpClient { BaseAddress = new Uri(addresses[0]) };
        channel = GrpcChannel.ForAddress(addresses[1]);
        Grpc = As(Tokens.Holder());
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Tokens.Of(issuer, Tokens.Holder()));
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        while (!(await Http.GetAsync(new Uri("/health/ready", UriKind.Relative), patience.Token)).IsSuccessStatusCode)
        {
        }
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        channel.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        issuer.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private static int[] FreePorts()
    {
        TcpListener[] listeners = [new(IPAddress.Loopback, 0), new(IPAddress.Loopback, 0)];
        Array.ForEach(listeners, l => l.Start());
        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        Array.ForEach(listeners, l => l.Stop());
        return ports;
    }
}

[CollectionDefinition(nameof(RunningLedger))]
public sealed class RunningLedgerCollection : ICollectionFixture<RunningLedger>;
