using System.Runtime.CompilerServices;
using Ledger.EventStore.EventStoreDb.Protocol;
using Microsoft.Extensions.Logging;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>
/// Follows all streams. When the call breaks it subscribes again after the last position it passed on, so that the reader
/// sees neither a gap nor a repeat, however often that happens.
/// </summary>
internal sealed class AllSubscription(Cluster cluster, TimeProvider time, ILogger logger, IReadOnlyList<string> streamPrefixes)
{
    private readonly Backoff _backoff = new();
    private StorePosition? _last;

    public async IAsyncEnumerable<SubscriptionMessage> FollowAsync(
        StorePosition after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // "From the end" is resolved once, or events appended while the connection is lost would be skipped.
        _last = after == StorePosition.End ? null : after;
        while (true)
        {
            using ReadCall? call = await SubscribeAsync(cancellationToken);
            while (call is not null && await NextAsync(call, cancellationToken))
            {
                if (Take(call.Current) is { } message)
                {
                    yield return message;
                }
            }
        }
    }

    // Null: it failed, and the pause is over.
    private async Task<ReadCall?> SubscribeAsync(CancellationToken cancellationToken)
    {
        try
        {
            _last ??= await FindEndAsync(cancellationToken);
            (ReadCall call, bool confirmed) = await ReadCall.OpenAsync(
                cluster, ReadRequests.Subscription(_last.Value, streamPrefixes), time, cancellationToken);
            if (confirmed)
            {
                return call;
            }

            call.Dispose();
            throw new EventStoreUnavailableException("The event store ended the subscription.", EventStoreDbLimits.FirstBackoff);
        }
        catch (EventStoreUnavailableException fault)
        {
            await PauseAsync(fault, cancellationToken);
            return null;
        }
    }

    // False: the call broke, and the pause is over.
    private async ValueTask<bool> NextAsync(ReadCall call, CancellationToken cancellationToken)
    {
        try
        {
            if (await call.WaitForNextAsync())
            {
                _backoff.Reset();
                return true;
            }

            throw new EventStoreUnavailableException("The event store ended the subscription.", EventStoreDbLimits.FirstBackoff);
        }
        catch (EventStoreUnavailableException fault)
        {
            await PauseAsync(fault, cancellationToken);
            return false;
        }
    }

    private SubscriptionMessage? Take(ReadResp response)
    {
        switch (response.ContentCase)
        {
            case ReadResp.ContentOneofCase.Event:
                RecordedEvent @event = Wire.Event(response.Event.Event);
                // Whatever the server takes "after" to mean, nothing is passed on twice.
                if (@event.Position <= _last)
                {
                    return null;
                }

                _last = @event.Position;
                return new SubscriptionMessage.EventAppeared(@event);
            case ReadResp.ContentOneofCase.Checkpoint:
                var position = new StorePosition(response.Checkpoint.CommitPosition, response.Checkpoint.PreparePosition);
                if (position < _last)
                {
                    return null;
                }

                _last = position;
                return new SubscriptionMessage.Checkpointed(position);
            default:
                return null;
        }
    }

    private async Task<StorePosition> FindEndAsync(CancellationToken cancellationToken)
    {
        (ReadCall call, bool any) = await ReadCall.OpenAsync(cluster, ReadRequests.Last(), time, cancellationToken);
        using (call)
        {
            return any && call.Current.ContentCase == ReadResp.ContentOneofCase.Event
                ? Wire.Event(call.Current.Event.Event).Position
                : StorePosition.Start;
        }
    }

    private async Task PauseAsync(EventStoreUnavailableException fault, CancellationToken cancellationToken)
    {
        TimeSpan pause = _backoff.Next();
        logger.LogWarning(
            "The subscription at {Position} is lost ({Fault}); it is resumed in {Pause}", _last, fault.Message, pause);
        await Task.Delay(pause, time, cancellationToken);
    }
}
