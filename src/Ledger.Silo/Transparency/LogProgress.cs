using Ledger.Contracts.Transparency;
using Ledger.EventStore;

namespace Ledger.Silo.Transparency;

/// <summary>How far a running log is; the writer and the publisher say it, everybody else asks.</summary>
internal sealed class LogProgress(TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Queue<(ulong Size, DateTimeOffset Oldest)> unpublished = new();
    private TaskCompletionSource moved = NewSignal();
    private DateTimeOffset? oldestUnsigned;
    private StorePosition published;
    private string? stopped;
    private DateTimeOffset? stoppedSince;

    /// <summary>The newest tree signed.</summary>
    public SignedTree? Signed { get; private set; }

    /// <summary>A leaf was added to the tree; <paramref name="since"/> is when its event was recorded.</summary>
    public void Integrated(DateTimeOffset since)
    {
        lock (gate)
        {
            oldestUnsigned ??= since;
        }
    }

    public void SignedNow(SignedTree tree)
    {
        lock (gate)
        {
            Signed = tree;
            if (oldestUnsigned is { } oldest)
            {
                unpublished.Enqueue((tree.Head.Size, oldest));
                oldestUnsigned = null;
            }
        }
    }

    public void PublishedNow(SignedTree tree)
    {
        TaskCompletionSource signal;
        lock (gate)
        {
            while (unpublished.TryPeek(out (ulong Size, DateTimeOffset) first) && first.Size <= tree.Head.Size)
            {
                unpublished.Dequeue();
            }

            published = tree.Position;
            (signal, moved) = (moved, NewSignal());
        }

        signal.TrySetResult();
    }

    /// <summary>The log refuses to sign. What it would find in the store from now on it does not know: all of it is late.</summary>
    public void StoppedNow(string reason)
    {
        lock (gate)
        {
            stopped = reason;
            stoppedSince ??= time.GetUtcNow();
        }
    }

    /// <summary>Nothing is wrong with what was signed before; whether it can go on is not known yet.</summary>
    public void FoundSound()
    {
        lock (gate)
        {
            stopped = null;
        }
    }

    /// <summary>It has signed, or there is nothing to sign.</summary>
    public void CaughtUp()
    {
        lock (gate)
        {
            stoppedSince = null;
        }
    }

    public LogStatus Status()
    {
        lock (gate)
        {
            DateTimeOffset now = time.GetUtcNow();
            TimeSpan stoppedFor = now - stoppedSince ?? TimeSpan.Zero;
            TimeSpan signedDelay = Max(now - oldestUnsigned ?? TimeSpan.Zero, stoppedFor);
            TimeSpan publishedDelay = unpublished.TryPeek(out (ulong, DateTimeOffset Oldest) first) ? Max(now - first.Oldest, stoppedFor) : signedDelay;
            return new LogStatus(signedDelay, publishedDelay, stopped);
        }
    }

    public async Task<bool> AwaitPublishedAsync(StorePosition position, TimeSpan patience, CancellationToken cancellationToken)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            Task signal;
            lock (gate)
            {
                if (published >= position && published != StorePosition.Start)
                {
                    return true;
                }

                signal = moved.Task;
            }

            TimeSpan left = patience - time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
            {
                return false;
            }

            await signal.WaitAsync(left, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
