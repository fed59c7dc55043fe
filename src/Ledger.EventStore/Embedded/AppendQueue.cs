namespace Ledger.EventStore.Embedded;

/// <summary>What waits for the writer: bounded by count and by bytes, never blocking who appends.</summary>
internal sealed class AppendQueue(EmbeddedEventStoreOptions options)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(250);
    private readonly object _gate = new();
    private readonly Queue<PendingAppend> _waiting = [];
    private long _bytes;
    private bool _writerWaits;
    private bool _closed;

    public void Add(PendingAppend append)
    {
        lock (_gate)
        {
            if (_closed)
            {
                throw new EventStoreUnavailableException("The event store is closed.", RetryAfter);
            }

            if (_waiting.Count >= options.MaxQueuedAppends || _bytes + append.Bytes > options.MaxQueuedBytes)
            {
                throw new EventStoreFullException(
                    $"The queue of the event store is full ({_waiting.Count} appends, {_bytes} bytes).", RetryAfter);
            }

            _waiting.Enqueue(append);
            _bytes += append.Bytes;
            if (_writerWaits)
            {
                _writerWaits = false;
                Monitor.Pulse(_gate);
            }
        }
    }

    /// <summary>Waits, then takes all that fits into one transaction. False: closed, and nothing is left.</summary>
    public bool Take(List<PendingAppend> group)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (_closed)
                {
                    return false;
                }

                _writerWaits = true;
                Monitor.Wait(_gate);
            }

            var events = 0;
            long bytes = 0;
            while (_waiting.TryPeek(out var next))
            {
                events += next.Append.Events.Count;
                bytes += next.Bytes;
                if (group.Count > 0 && (events > options.MaxEventsPerCommit || bytes > options.MaxBytesPerCommit))
                {
                    break;
                }

                _waiting.Dequeue();
                _bytes -= next.Bytes;
                if (next.TryTake())
                {
                    group.Add(next);
                }
            }

            return true;
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.Pulse(_gate);
        }
    }
}
