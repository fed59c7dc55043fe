using Ledger.EventStore.Embedded;
using Ledger.EventStore.EventStoreDb;
using Ledger.EventStore.Tests.Embedded;
using Ledger.ProtocolHosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.EventStore.Tests.EventStoreDb;

/// <summary>The client of EventStoreDB does what every store does, over a real socket and the embedded store.</summary>
public sealed class HostedConformanceTests : EventStoreConformance
{
    private readonly TemporaryStore _files = new();
    private EmbeddedEventStore? _embedded;
    private ProtocolHost? _host;
    private EventStoreDbEventStore? _client;

    protected override async Task<IEventStore> OpenAsync()
    {
        _embedded = _files.Open();
        _host = await ProtocolHost.StartAsync(_embedded);
        return _client = EventStoreDbEventStore.Connect(_host.ConnectionString, NullLoggerFactory.Instance, TimeProvider.System);
    }

    protected override async Task CloseAsync()
    {
        await (_client?.DisposeAsync() ?? default);
        await (_host?.DisposeAsync() ?? default);
        await (_embedded?.DisposeAsync() ?? default);
        _files.Dispose();
    }
}
