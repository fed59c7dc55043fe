using System.Globalization;
using System.Net;
using Ledger.EventStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ledger.ProtocolHosting;

/// <summary>
/// Test equipment: EventStoreDB's protocol over a real socket on loopback, in front of any <see cref="IEventStore"/>. As the
/// executable of this project it fronts an embedded store, so that several processes can share one.
/// </summary>
public sealed class ProtocolHost : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly Connections _connections;
    private readonly Node _node;

    private ProtocolHost(WebApplication application, Connections connections, Node node)
    {
        _application = application;
        _connections = connections;
        _node = node;
    }

    public int Port => _node.Port;

    /// <summary>For a client on this machine, without credentials.</summary>
    public string ConnectionString => string.Create(
        CultureInfo.InvariantCulture, $"esdb://localhost:{Port}?tls={(_node.Options.Certificate is null ? "false" : "true")}");

    /// <summary>Starts the host; it is ready when this returns. The store stays the caller's.</summary>
    public static async Task<ProtocolHost> StartAsync(IEventStore store, ProtocolHostOptions? options = null)
    {
        options ??= new ProtocolHostOptions();
        var node = new Node(store, options);
        var connections = new Connections();
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(node);
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = 17 * 1024 * 1024);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, options.Port, listener =>
        {
            listener.Protocols = HttpProtocols.Http2;
            listener.Use(connections.Track);
            if (options.Certificate is not null)
            {
                listener.UseHttps(options.Certificate);
            }
        }));

        WebApplication application = builder.Build();
        application.MapGrpcService<StreamsService>();
        application.MapGrpcService<GossipService>();
        application.MapGrpcService<ServerFeaturesService>();
        await application.StartAsync();

        string address = application.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single();
        node.Port = new Uri(address).Port;
        return new ProtocolHost(application, connections, node);
    }

    /// <summary>From now on this node says that another leads; null: it leads itself.</summary>
    public void Follow(ProtocolHost? leader) => _node.Leader = leader is null ? null : ("localhost", leader.Port);

    /// <summary>Nodes, besides the leader, that this one knows of.</summary>
    public void Know(params ProtocolHost[] members) => _node.Members = [.. members.Select(member => member.Port)];

    /// <summary>Cuts every connection as a broken network would: without a word.</summary>
    public void DropConnections() => _connections.Cut();

    /// <summary>Runs until the process is told to stop.</summary>
    public Task WaitForShutdownAsync() => _application.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        _connections.Cut();
        await _application.StopAsync(new CancellationToken(canceled: true));
        await _application.DisposeAsync();
    }
}
