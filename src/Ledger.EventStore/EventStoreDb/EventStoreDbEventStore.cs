using System.Runtime.CompilerServices;
using Ledger.EventStore.EventStoreDb.Protocol;
using Microsoft.Extensions.Logging;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>The event store of an EventStoreDB (22.10 or newer) or KurrentDB server or cluster.</summary>
/// <remarks>
/// Besides the faults of <see cref="IEventStore"/>: <see cref="UnauthorizedAccessException"/> where the server refuses the user,
/// <see cref="ArgumentException"/> where an append is larger than the server takes, <see cref="NotSupportedException"/> where
/// it is too old, <see cref="InvalidOperationException"/> where the stream was deleted for good.
/// </remarks>
public sealed class EventStoreDbEventStore : IEventStore, IAsyncDisposable
{
    private readonly Cluster _cluster;
    private readonly AppendPipeline _appends;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    private EventStoreDbEventStore(EventStoreDbSettings settings, ILogger logger, TimeProvider time)
    {
        _logger = logger;
        _time = time;
        _cluster = new Cluster(settings, time, logger);
        _appends = new AppendPipeline(_cluster, time);
    }

    /// <summary>Holds a connection string against its form, without connecting.</summary>
    /// <exception cref="FormatException">The connection string is wrong; the message names the part.</exception>
    public static void CheckConnectionString(string connectionString) => ConnectionString.Parse(connectionString);

    /// <summary>A store that connects when first used, and again whenever it has to.</summary>
    /// <param name="connectionString">For example <c>esdb://user:password@node1:2113,node2:2113?tlsCaFile=/etc/ledger/ca.pem</c>.</param>
    /// <param name="loggers">Told of lost connections and changes of leader.</param>
    /// <param name="time">For deadlines and pauses.</param>
    /// <exception cref="FormatException">The connection string is wrong; the message names the part.</exception>
    public static EventStoreDbEventStore Connect(string connectionString, ILoggerFactory loggers, TimeProvider time)
    {
        EventStoreDbSettings settings = ConnectionString.Parse(connectionString);
        ILogger logger = loggers.CreateLogger<EventStoreDbEventStore>();
        if (settings.TlsCaFile is { } file && !File.Exists(file))
        {
            throw new FormatException($"The event store's connection string is wrong: the file '{file}' of the setting 'tlsCaFile' does not exist.");
        }

        if (settings is { Tls: false, Credentials: not null })
        {
            logger.LogWarning("The connection string has a user but tls=false: the password is not sent in the clear, so not at all");
        }

        return new EventStoreDbEventStore(settings, logger, time);
    }

    /// <inheritdoc/>
    public async ValueTask<AppendResult> AppendAsync(StreamAppend append, CancellationToken cancellationToken)
    {
        Check(append);
        BatchAppendResp response = await _appends.AppendAsync(append, cancellationToken);
        AppendAnswer answer = AppendAnswer.Of(response, append.Stream);
        if (answer.Appended)
        {
            long last = answer.LastRevision ?? append.ExpectedRevision + append.Events.Count;
            StorePosition position = answer.Position ?? await PositionAsync(append.Stream, last, cancellationToken);
            return new AppendResult(Appended: true, last, position);
        }

        long actual = answer.LastRevision ?? await LastRevisionAsync(append.Stream, cancellationToken);
        return new AppendResult(Appended: false, actual, StorePosition.Start);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RecordedEvent> ReadStreamAsync(
        string stream,
        ReadDirection direction,
        long fromRevision,
        int maxCount,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(stream);
        ArgumentOutOfRangeException.ThrowIfNegative(fromRevision);
        ArgumentOutOfRangeException.ThrowIfNegative(maxCount);
        if (maxCount == 0 || (direction == ReadDirection.Forwards && fromRevision == Revisions.End))
        {
            yield break;
        }

        ReadReq request = ReadRequests.Stream(stream, direction, fromRevision, maxCount);
        (ReadCall call, bool any) = await ReadCall.OpenAsync(_cluster, request, _time, cancellationToken);
        using (call)
        {
            for (bool more = any; more; more = await call.MoveNextAsync())
            {
                // A stream that does not exist is answered with "not found", and then nothing.
                if (call.Current.ContentCase == ReadResp.ContentOneofCase.Event)
                {
                    yield return Wire.Event(call.Current.Event.Event);
                }
            }
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<RecordedEvent> ReadAllAsync(
        ReadDirection direction,
        StorePosition from,
        int maxCount,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxCount);
        bool forwards = direction == ReadDirection.Forwards;
        if (maxCount == 0 || from == (forwards ? StorePosition.End : StorePosition.Start))
        {
            yield break;
        }

        ReadReq request = ReadRequests.All(direction, from, maxCount);
        (ReadCall call, bool any) = await ReadCall.OpenAsync(_cluster, request, _time, cancellationToken);
        using (call)
        {
            int count = 0;
            for (bool more = any; more && count < maxCount; more = count < maxCount && await call.MoveNextAsync())
            {
                if (call.Current.ContentCase == ReadResp.ContentOneofCase.Event
                    && Wire.Event(call.Current.Event.Event) is var @event
                    && (forwards ? @event.Position > from : @event.Position < from))
                {
                    count++;
                    yield return @event;
                }
            }
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<SubscriptionMessage> SubscribeToAllAsync(
        StorePosition after, IReadOnlyList<string> streamPrefixes, CancellationToken cancellationToken) =>
        new AllSubscription(_cluster, _time, _logger, streamPrefixes).FollowAsync(after, cancellationToken);

    /// <summary>Ends all calls; appends on their way fail.</summary>
    public async ValueTask DisposeAsync()
    {
        await _appends.DisposeAsync();
        _cluster.Dispose();
    }

    private static void Check(StreamAppend append)
    {
        ArgumentException.ThrowIfNullOrEmpty(append.Stream);
        ArgumentOutOfRangeException.ThrowIfLessThan(append.ExpectedRevision, Revisions.NoStream);
        if (append.Events.Count == 0)
        {
            throw new ArgumentException("An append has one event or more.", nameof(append));
        }

        foreach (NewEvent @event in append.Events)
        {
            ArgumentException.ThrowIfNullOrEmpty(@event.Type);
        }
    }

    private async Task<StorePosition> PositionAsync(string stream, long revision, CancellationToken cancellationToken)
    {
        await foreach (RecordedEvent @event in ReadStreamAsync(stream, ReadDirection.Forwards, revision, 1, cancellationToken))
        {
            return @event.Position;
        }

        throw new EventStoreUnavailableException(
            $"The event store confirmed an append to '{stream}' but does not show it.", EventStoreDbLimits.FirstBackoff);
    }

    private async Task<long> LastRevisionAsync(string stream, CancellationToken cancellationToken)
    {
        await foreach (RecordedEvent @event in ReadStreamAsync(stream, ReadDirection.Backwards, Revisions.End, 1, cancellationToken))
        {
            return @event.Revision;
        }

        return Revisions.NoStream;
    }
}
