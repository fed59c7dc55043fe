namespace Ledger.EventStore;

/// <summary>
/// The only truth: append-only streams of events in one total order. Two implementations pass one conformance suite:
/// the embedded SQLite store and the client of EventStoreDB / KurrentDB.
/// </summary>
/// <remarks>
/// Faults are exceptions (<see cref="EventStoreUnavailableException"/>, <see cref="EventStoreFullException"/>);
/// a conflict of revisions is an answer, not a fault.
/// </remarks>
public interface IEventStore
{
    /// <summary>
    /// Appends events to one stream, all or none, after the given revision. Durable (fsync) when it returns.
    /// Repeating an append whose event ids already stand right after <see cref="StreamAppend.ExpectedRevision"/>
    /// is answered like the first time and writes nothing.
    /// </summary>
    /// <exception cref="EventStoreUnavailableException">
    /// The store cannot be reached or did not answer; whether the events were written is unknown.
    /// </exception>
    /// <exception cref="EventStoreFullException">The store has no room; nothing was written.</exception>
    ValueTask<AppendResult> AppendAsync(StreamAppend append, CancellationToken cancellationToken);

    /// <summary>
    /// Reads at most <paramref name="maxCount"/> events of one stream, in the given direction, from a revision
    /// (inclusive). A stream that does not exist is empty. Backwards from <see cref="Revisions.End"/> starts at the last event.
    /// </summary>
    IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        string stream, ReadDirection direction, long fromRevision, int maxCount, CancellationToken cancellationToken);

    /// <summary>
    /// Reads at most <paramref name="maxCount"/> events of all streams in store order: forwards those strictly after
    /// <paramref name="from"/>, backwards those strictly before it. Events whose stream name begins with <c>$</c> are left out.
    /// </summary>
    IAsyncEnumerable<RecordedEvent> ReadAllAsync(
        ReadDirection direction, StorePosition from, int maxCount, CancellationToken cancellationToken);

    /// <summary>
    /// Follows all streams whose name begins with one of <paramref name="streamPrefixes"/> (none given: every stream
    /// but those beginning with <c>$</c>), from strictly after <paramref name="after"/>, without an end. Checkpoints tell how far the
    /// store was searched where nothing matched. Survives lost connections by itself: the order has no gap and no repeat.
    /// </summary>
    IAsyncEnumerable<SubscriptionMessage> SubscribeToAllAsync(
        StorePosition after, IReadOnlyList<string> streamPrefixes, CancellationToken cancellationToken);
}

/// <summary>Events to append to one stream.</summary>
/// <param name="Stream">Stream name, for example <c>worker-{org}-{worker}</c>.</param>
/// <param name="ExpectedRevision">Revision of the stream's last event, or <see cref="Revisions.NoStream"/>. There is no "any".</param>
/// <param name="Events">One or more events.</param>
public sealed record StreamAppend(string Stream, long ExpectedRevision, IReadOnlyList<NewEvent> Events);

/// <summary>An event not yet stored. <c>Data</c> and <c>Metadata</c> are UTF-8 JSON.</summary>
public sealed record NewEvent(Guid Id, string Type, ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Metadata);

/// <summary>An event as stored; <c>Data</c> and <c>Metadata</c> are the very bytes that were appended.</summary>
/// <param name="Stream">Stream name.</param>
/// <param name="Revision">Place in the stream, from 0.</param>
/// <param name="Position">Place in the store's total order.</param>
/// <param name="Id">Event id given by the appender.</param>
/// <param name="Type">Event type, for example <c>decision-recorded.v1</c>.</param>
/// <param name="Created">When the store took it, by the store's clock, UTC.</param>
/// <param name="Data">UTF-8 JSON.</param>
/// <param name="Metadata">UTF-8 JSON.</param>
public sealed record RecordedEvent(
    string Stream,
    long Revision,
    StorePosition Position,
    Guid Id,
    string Type,
    DateTimeOffset Created,
    ReadOnlyMemory<byte> Data,
    ReadOnlyMemory<byte> Metadata);

/// <summary>Answer to an append.</summary>
/// <param name="Appended">True: the events are durable. False: the stream was not at the expected revision and nothing was written.</param>
/// <param name="LastRevision">Appended: revision of the last event appended. Refused: the stream's actual last revision, or <see cref="Revisions.NoStream"/>.</param>
/// <param name="Position">Appended: position of the last event appended, the same that reading it returns. Refused: <see cref="StorePosition.Start"/>.</param>
public readonly record struct AppendResult(bool Appended, long LastRevision, StorePosition Position);

/// <summary>Revisions with a meaning of their own.</summary>
public static class Revisions
{
    /// <summary>Expected revision of a stream that does not exist yet.</summary>
    public const long NoStream = -1;

    /// <summary>Reading backwards: from the last event.</summary>
    public const long End = long.MaxValue;
}

/// <summary>A place in the store's total order: EventStoreDB's commit and prepare position; the embedded store has both equal.</summary>
public readonly record struct StorePosition(ulong Commit, ulong Prepare) : IComparable<StorePosition>
{
    /// <summary>Before the first event.</summary>
    public static readonly StorePosition Start;

    /// <summary>After the last event.</summary>
    public static readonly StorePosition End = new(ulong.MaxValue, ulong.MaxValue);

    /// <inheritdoc/>
    public int CompareTo(StorePosition other) =>
        Commit != other.Commit ? Commit.CompareTo(other.Commit) : Prepare.CompareTo(other.Prepare);

    public static bool operator <(StorePosition left, StorePosition right) => left.CompareTo(right) < 0;
    public static bool operator >(StorePosition left, StorePosition right) => left.CompareTo(right) > 0;
    public static bool operator <=(StorePosition left, StorePosition right) => left.CompareTo(right) <= 0;
    public static bool operator >=(StorePosition left, StorePosition right) => left.CompareTo(right) >= 0;
}

/// <summary>Direction of a read.</summary>
public enum ReadDirection
{
    /// <summary>Oldest first.</summary>
    Forwards,

    /// <summary>Newest first.</summary>
    Backwards,
}

/// <summary>What a subscription delivers.</summary>
public abstract record SubscriptionMessage
{
    private SubscriptionMessage() { }

    /// <summary>The next event that matches.</summary>
    public sealed record EventAppeared(RecordedEvent Event) : SubscriptionMessage;

    /// <summary>Nothing up to and including this position is still to come; resuming after it misses nothing.</summary>
    public sealed record Checkpointed(StorePosition Position) : SubscriptionMessage;
}

/// <summary>The store could not be reached, did not answer in time, or is not ready. Try again after <see cref="RetryAfter"/>.</summary>
public class EventStoreUnavailableException(string message, TimeSpan retryAfter, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>How long to wait before the next try.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}

/// <summary>Another process has the store open.</summary>
/// <param name="directory">Directory of the store.</param>
/// <param name="retryAfter">How long to wait before the next try.</param>
/// <param name="innerException">What the operating system said.</param>
public sealed class EventStoreInUseException(string directory, TimeSpan retryAfter, Exception? innerException = null)
    : EventStoreUnavailableException(
        $"The event store in '{directory}' is open in another process (its events.lock is held). Stop that process, or use another directory.", retryAfter, innerException)
{
    /// <summary>Directory of the store.</summary>
    public string Directory { get; } = directory;
}

/// <summary>The store has no room left, on disk or in its queue; nothing was written.</summary>
public sealed class EventStoreFullException(string message, TimeSpan retryAfter, Exception? innerException = null)
    : EventStoreUnavailableException(message, retryAfter, innerException);
