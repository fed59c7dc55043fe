using Ledger.EventStore;
using Ledger.EventStore.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Silo.Tests.Hosting;

/// <summary>The embedded store in a directory of its own, with hooks before and after each append.</summary>
internal sealed class TestStore : IEventStore, IAsyncDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("ledger-silo-").FullName;
    private readonly EmbeddedEventStore inner;

    public TestStore()
    {
        inner = EmbeddedEventStore.Open(new EmbeddedEventStoreOptions { Directory = directory }, TimeProvider.System, NullLogger.Instance);
    }

    /// <summary>Runs before an append is written; may throw, or answer in the store's place.</summary>
    public Func<StreamAppend, Task<AppendResult?>>? BeforeAppend { get; set; }

    /// <summary>Runs once an append is durable; may throw.</summary>
    public Action<StreamAppend>? AfterAppend { get; set; }

    /// <summary>Runs before each read of a stream; may throw.</summary>
    public Action<string, long>? BeforeRead { get; set; }

    public int Appends { get; private set; }

    public async ValueTask<AppendResult> AppendAsync(StreamAppend append, CancellationToken cancellationToken)
    {
        Appends++;
        if (BeforeAppend is { } before && await before(append) is { } answer)
        {
            return answer;
        }

        AppendResult result = await inner.AppendAsync(append, cancellationToken);
        AfterAppend?.Invoke(append);
        return result;
    }

    /// <summary>Appends past the hooks: another process that shares the store.</summary>
    public async Task<AppendResult> AppendElsewhereAsync(StreamAppend append) => await inner.AppendAsync(append, CancellationToken.None);

    public IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        string stream, ReadDirection direction, long fromRevision, int maxCount, CancellationToken cancellationToken)
    {
        BeforeRead?.Invoke(stream, fromRevision);
        return inner.ReadStreamAsync(stream, direction, fromRevision, maxCount, cancellationToken);
    }

    public IAsyncEnumerable<RecordedEvent> ReadAllAsync(
        ReadDirection direction, StorePosition from, int maxCount, CancellationToken cancellationToken) =>
        inner.ReadAllAsync(direction, from, maxCount, cancellationToken);

    public IAsyncEnumerable<SubscriptionMessage> SubscribeToAllAsync(
        StorePosition after, IReadOnlyList<string> streamPrefixes, CancellationToken cancellationToken) =>
        inner.SubscribeToAllAsync(after, streamPrefixes, cancellationToken);

    /// <summary>All events of a stream.</summary>
    public async Task<List<RecordedEvent>> EventsAsync(string stream)
    {
        List<RecordedEvent> events = [];
        await foreach (RecordedEvent stored in inner.ReadStreamAsync(stream, ReadDirection.Forwards, 0, int.MaxValue, CancellationToken.None))
        {
            events.Add(stored);
        }

        return events;
    }

    public async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }
}
