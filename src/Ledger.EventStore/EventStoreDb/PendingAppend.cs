using Google.Protobuf;
using Ledger.EventStore.EventStoreDb.Protocol;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>An append on its way: the caller waits for <see cref="Answer"/>.</summary>
internal sealed class PendingAppend(StreamAppend append, TimeSpan deadline, long expiresAt, SemaphoreSlim room)
{
    private readonly TaskCompletionSource<BatchAppendResp> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<BatchAppendResp> Answer => _answer.Task;

    /// <summary>The time provider's timestamp after which nobody waits for an answer any more.</summary>
    public long ExpiresAt { get; } = expiresAt;

    /// <summary>How often this append was shown to another node.</summary>
    public int Redirects { get; set; }

    public void Complete(BatchAppendResp response)
    {
        if (_answer.TrySetResult(response))
        {
            room.Release();
        }
    }

    /// <summary>Gives up; the room in flight is free again even where the caller has stopped waiting long ago.</summary>
    public void Fail(Exception fault)
    {
        if (_answer.TrySetException(fault))
        {
            // Whether or not the caller still waits, the fault counts as seen.
            _ = _answer.Task.Exception;
            room.Release();
        }
    }

    /// <summary>One request, or several where the events are larger than one may be.</summary>
    public IEnumerable<BatchAppendReq> Requests(UUID correlationId)
    {
        var request = new BatchAppendReq { CorrelationId = correlationId, Options = Options() };
        int size = 0;
        foreach (NewEvent @event in append.Events)
        {
            int eventSize = @event.Data.Length + @event.Metadata.Length;
            if (size > 0 && size + eventSize > EventStoreDbLimits.RequestBytes)
            {
                yield return request;
                request = new BatchAppendReq { CorrelationId = correlationId };
                size = 0;
            }

            request.ProposedMessages.Add(Proposed(@event));
            size += eventSize;
        }

        request.IsFinal = true;
        yield return request;
    }

    private BatchAppendReq.Types.Options Options()
    {
        var options = new BatchAppendReq.Types.Options
        {
            StreamIdentifier = Wire.Stream(append.Stream),
            Deadline = new Google.Protobuf.WellKnownTypes.Duration
            {
                Seconds = deadline.Ticks / TimeSpan.TicksPerSecond,
                Nanos = (int)(deadline.Ticks % TimeSpan.TicksPerSecond) * 100,
            },
        };
        if (append.ExpectedRevision == Revisions.NoStream)
        {
            options.NoStream = Wire.GoogleEmpty;
        }
        else
        {
            options.StreamPosition = (ulong)append.ExpectedRevision;
        }

        return options;
    }

    // Wrapped, not copied: whoever appends leaves the bytes alone until the append is answered.
    private static BatchAppendReq.Types.ProposedMessage Proposed(NewEvent @event) => new()
    {
        Id = Wire.Uuid(@event.Id),
        Metadata = { [Wire.TypeKey] = @event.Type, [Wire.ContentTypeKey] = Wire.Json },
        Data = UnsafeByteOperations.UnsafeWrap(@event.Data),
        CustomMetadata = UnsafeByteOperations.UnsafeWrap(@event.Metadata),
    };
}
