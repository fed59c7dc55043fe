using System.Security.Cryptography;
using Ledger.EventStore.Embedded;
using Ledger.EventStore.EventStoreDb;
using Ledger.EventStore.Tests.Embedded;
using Ledger.ProtocolHosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.EventStore.Tests.EventStoreDb;

/// <summary>An embedded store, nodes in front of it, and clients of those; all gone at the end of the test.</summary>
internal sealed class Hosted : IAsyncDisposable
{
    private readonly TemporaryStore _files = new();
    private readonly List<IAsyncDisposable> _open = [];

    public Hosted() => Store = _files.Open();

    public EmbeddedEventStore Store { get; }

    public async Task<ProtocolHost> NodeAsync(ProtocolHostOptions? options = null)
    {
        ProtocolHost node = await ProtocolHost.StartAsync(Store, options);
        _open.Add(node);
        return node;
    }

    public EventStoreDbEventStore Client(string connectionString, TimeProvider? time = null)
    {
        var client = EventStoreDbEventStore.Connect(connectionString, NullLoggerFactory.Instance, time ?? TimeProvider.System);
        _open.Add(client);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IAsyncDisposable open in Enumerable.Reverse(_open))
        {
            await open.DisposeAsync();
        }

        await Store.DisposeAsync();
        _files.Dispose();
    }

    public static NewEvent Event() => new(NewId(), "decision-recorded.v1", "{}"u8.ToArray(), "{}"u8.ToArray());

    /// <summary>An append of one event to a stream that does not exist yet.</summary>
    public static StreamAppend First(string stream = "worker-1") => new(stream, Revisions.NoStream, [Event()]);

    private static Guid NewId() => new(RandomNumberGenerator.GetBytes(16));
}
