namespace Ledger.EventStore.Embedded;

/// <summary>Tells subscriptions how far the store is durable. They keep nothing here: who is slow reads the table.</summary>
internal sealed class CommitSignal
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _next;
    private long _position;
    private bool _closed;

    /// <summary>Position of the last durable event.</summary>
    public long Position => Volatile.Read(ref _position);

    public void Committed(long position)
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            _position = position;
            waiting = _next;
            _next = null;
        }

        waiting?.SetResult();
    }

    public void Close()
    {
        TaskCompletionSource? waiting;
        lock (_gate)
        {
            _closed = true;
            waiting = _next;
            _next = null;
        }

        waiting?.TrySetException(Closed());
    }

    /// <summary>Waits until something after <paramref name="position"/> is durable.</summary>
    public Task WaitBeyondAsync(long position, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return Task.FromException(Closed());
            }

            if (_position > position)
            {
                return Task.CompletedTask;
            }

            _next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _next.Task.WaitAsync(cancellationToken);
        }
    }

    private static EventStoreUnavailableException Closed() => new("The event store is closed.", TimeSpan.FromSeconds(1));
}
