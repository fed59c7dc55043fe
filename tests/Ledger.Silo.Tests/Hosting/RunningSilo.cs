using System.Net;
using System.Net.Sockets;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Ledger.Silo.Tests.Hosting;

/// <summary>The grains in a real silo, as <c>AddLedgerSilo</c> puts them together, on free ports and a directory of its own.</summary>
public sealed class RunningSilo : IAsyncLifetime
{
    private readonly string directory = Directory.CreateTempSubdirectory("ledger-silo-").FullName;
    private readonly IHost host;

    public RunningSilo()
        : this(null)
    {
    }

    /// <summary>One with a store that the test holds, and with more in its configuration.</summary>
    internal RunningSilo(IEventStore? store, params IEnumerable<(string Key, string Value)> settings)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        int[] ports = FreePorts();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Ledger:DataDirectory"] = directory,
            ["Ledger:Silo:SiloPort"] = $"{ports[0]}",
            ["Ledger:Silo:GatewayPort"] = $"{ports[1]}",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        if (store is not null)
        {
            builder.Services.AddSingleton(store);
        }

        builder.AddLedgerSilo();
        host = builder.Build();
    }

    public IGrainFactory Grains => host.Services.GetRequiredService<IGrainFactory>();

    public async Task InitializeAsync()
    {
        await host.StartAsync();
        await host.Services.GetRequiredService<Silo.Organisations.OrganisationRegistry>().ExecuteTask!;
    }

    public async Task DisposeAsync()
    {
        await host.StopAsync();
        await ((IAsyncDisposable)host).DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    public async Task<List<RecordedEvent>> EventsAsync()
    {
        List<RecordedEvent> events = [];
        await foreach (RecordedEvent stored in host.Services.GetRequiredService<IEventStore>().ReadAllAsync(
            ReadDirection.Forwards, StorePosition.Start, int.MaxValue, CancellationToken.None))
        {
            events.Add(stored);
        }

        return events;
    }

    private static int[] FreePorts()
    {
        TcpListener[] listeners = [new(IPAddress.Loopback, 0), new(IPAddress.Loopback, 0)];
        foreach (TcpListener listener in listeners)
        {
            listener.Start();
        }

        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners)
        {
            listener.Stop();
        }

        return ports;
    }
}
