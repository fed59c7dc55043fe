namespace Ledger.EventStore.Embedded;

/// <summary>An append waiting for the writer, and its caller waiting for the answer.</summary>
internal sealed class PendingAppend(StreamAppend append, int bytes)
    : TaskCompletionSource<AppendResult>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private const int Queued = 0;
    private const int Taken = 1;
    private const int Abandoned = 2;
    private int _state = Queued;
    private CancellationTokenRegistration _registration;

    public StreamAppend Append { get; } = append;

    public int Bytes { get; } = bytes;

    /// <summary>What the caller is told once the group is durable.</summary>
    public AppendResult Result { get; set; }

    public void AbandonOn(CancellationToken cancellationToken)
    {
        if (cancellationToken.CanBeCanceled)
        {
            _registration = cancellationToken.UnsafeRegister(
                static (state, token) => ((PendingAppend)state!).Abandon(token), this);
        }
    }

    /// <summary>False: the caller went away while it was queued, and nothing is to be written.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Queued) == Queued;

    public void Answer()
    {
        _registration.Unregister();
        TrySetResult(Result);
    }

    public void Refuse(Exception reason)
    {
        _registration.Unregister();
        TrySetException(reason);
    }

    private void Abandon(CancellationToken token)
    {
        Interlocked.CompareExchange(ref _state, Abandoned, Queued);
        TrySetCanceled(token);
    }
}
