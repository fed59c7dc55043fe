using System.Net;
using System.Net.Sockets;
using Grpc.Net.Client;
using Ledger.Api.Hosting;
using Ledger.Silo.Hosting;
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
    private WebApplication app = null!;

    public HttpClient Http { get; private set; } = null!;

    public GrpcChannel Grpc { get; private set; } = null!;

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
        builder.AddLedgerSilo();
        builder.AddLedgerApi();
        app = builder.Build();
        app.MapLedgerApi();
        await app.StartAsync();

        // In the order in which the edge listens: JSON, then gRPC.
        string[] addresses = [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];
        Http = new HttpClient { BaseAddress = new Uri(addresses[0]) };
        Grpc = GrpcChannel.ForAddress(addresses[1]);
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        while (!(await Http.GetAsync(new Uri("/health/ready", UriKind.Relative), patience.Token)).IsSuccessStatusCode)
        {
        }
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        Grpc.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
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
