using Ledger.EventStore.Embedded;

namespace Ledger.EventStore.Tests.Embedded;

/// <summary>The embedded store does what every store does.</summary>
public sealed class EmbeddedConformanceTests : EventStoreConformance
{
    private readonly TemporaryStore _store = new();
    private EmbeddedEventStore? _open;

    protected override Task<IEventStore> OpenAsync()
    {
        _open = _store.Open();
        return Task.FromResult<IEventStore>(_open);
    }

    protected override async Task CloseAsync()
    {
        if (_open is not null)
        {
            await _open.DisposeAsync();
        }

        _store.Dispose();
    }
}
