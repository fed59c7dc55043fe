using System.Runtime.CompilerServices;
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

    /// <summary>What someone who can write to the database made of the stored events: every read shows it.</summary>
    public Func<RecordedEvent, RecordedEvent>? Forgery { get; set; }

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
        return ShownAsync(inner.ReadStreamAsync(stream, direction, fromRevision, maxCount, cancellationToken), cancellationToken);
    }

    public IAsyncEnumerable<RecordedEvent> ReadAllAsync(
        ReadDirection direction, StorePosition from, int maxCount, CancellationToken cancellationToken) =>
        ShownAsync(inner.ReadAllAsync(direction, from, maxCount, cancellationToken), cancellationToken);

    public async IAsyncEnumerable<SubscriptionMessage> SubscribeToAllAsync(
        StorePosition after, IReadOnlyList<string> streamPrefixes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (SubscriptionMessage message in inner.SubscribeToAllAsync(after, streamPrefixes, cancellationToken))
        {
            yield return message is SubscriptionMessage.EventAppeared { Event: var stored } ? new SubscriptionMessage.EventAppeared(Shown(stored)) : message;
        }
    }

    /// <summary>All events of a stream, as they were recorded.</summary>
    public async Task<List<RecordedEvent>> EventsAsync(string stream)
    {
        List<RecordedEvent> events = [];
        await foreach (RecordedEvent stored in inner.ReadStreamAsync(stream, ReadDirection.Forwards, 0, int.MaxValue, CancellationToken.None))
        {
            events.Add(stored);
        }

        return events;
    }

    /// <summary>All events in store order, as they were recorded.</summary>
    public async Task<List<RecordedEvent>> AllEventsAsync()
    {
        List<RecordedEvent> events = [];
        await foreach (RecordedEvent stored in inner.ReadAllAsync(ReadDirection.Forwards, StorePosition.Start, int.MaxValue, CancellationToken.None))
        {
            events.Add(stored);
        }

        return events;
    }

    /// <summary>What a backup made after the first <paramref name="count"/> events brings back.</summary>
    public async Task<TestStore> RestoreAsync(int count)
    {
        TestStore restored = new();
        foreach (RecordedEvent stored in (await AllEventsAsync()).Take(count))
        {
            await restored.AppendElsewhereAsync(new StreamAppend(
                stored.Stream, stored.Revision - 1, [new NewEvent(stored.Id, stored.Type, stored.Data, stored.Metadata)]));
        }

        return restored;
    }

    private RecordedEvent Shown(RecordedEvent stored) => Forgery?.Invoke(stored) ?? stored;

    private async IAsyncEnumerable<RecordedEvent> ShownAsync(
        IAsyncEnumerable<RecordedEvent> events, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (RecordedEvent stored in events.WithCancellation(cancellationToken))
        {
            yield return Shown(stored);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }
}
