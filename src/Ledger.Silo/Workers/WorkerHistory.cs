using Ledger.Contracts.Decisions;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Transparency;

namespace Ledger.Silo.Workers;

/// <summary>One worker's stream as an activation holds it: what was folded, appending after exactly that, and waking who waits for more.</summary>
internal sealed class WorkerHistory(WorkerStream stream, WorkerSeal seal, TimeProvider time, Entropy entropy)
{
    private WorkerState? state;
    private TaskCompletionSource changed = NewSignal();

    /// <summary>Ends when something was appended here. Taken before reading, nothing in between is slept through.</summary>
    public Task Changed => changed.Task;

    public async ValueTask<WorkerState> StateAsync()
    {
        if (state is { } known)
        {
            return known;
        }

        WorkerState folded = await FoldAsync();
        // Another call may have folded, and appended, meanwhile: what it has is newer.
        return state ??= folded;
    }

    /// <summary>Folds again: another silo may hold this worker too and have appended.</summary>
    public async ValueTask<WorkerState> FoldAgainAsync() => state = await FoldAsync();

    /// <summary>Folds what others appended since.</summary>
    public async ValueTask CatchUpAsync() => await stream.CatchUpAsync(await StateAsync(), CancellationToken.None);

    /// <summary>After a failure it is unknown what was written: the next call folds again and sees.</summary>
    public void Forget() => state = null;

    /// <summary>Appends after what was folded; nothing: the stream had moved on and was folded again, so decide again.</summary>
    public async ValueTask<AppendedEvents?> TryAppendAsync(EventDraft[] drafts, CallContext context)
    {
        WorkerState before = await StateAsync();
        // The same instant for both: the month that a decision is sealed for is that of its metadata.
        DateTimeOffset now = time.GetUtcNow();
        await seal.SealAsync(drafts, now);
        ChainedEvent[] chained = new ChainedEvent[drafts.Length];
        ReadOnlyMemory<byte> salt = before.NextSalt;
        for (int i = 0; i < drafts.Length; i++)
        {
            chained[i] = ChainedEvent.Compose(
                drafts[i], stream.Name, before.LastRevision + 1 + i, before.LastRevision + drafts.Length, salt, now, context, entropy);
            salt = chained[i].NextSalt;
        }

        AppendResult result = await stream.AppendAsync(before.LastRevision, Array.ConvertAll(chained, c => c.Event), CancellationToken.None);
        if (!result.Appended)
        {
            await FoldAgainAsync();
            return null;
        }

        long first = before.LastRevision + 1;
        foreach (ChainedEvent each in chained)
        {
            before.Apply(each.Event.Type, each.Event.Data, before.LastRevision + 1, now, each.NextSalt);
        }

        TaskCompletionSource signal = changed;
        changed = NewSignal();
        signal.TrySetResult();
        return new AppendedEvents(first, now, result.Position, chained);
    }

    /// <summary>Appends one event if the state calls for it, however often the stream moves meanwhile; the draft keeps its id.</summary>
    /// <param name="decide">What is to be appended after a state; nothing if nothing.</param>
    /// <param name="context">Who calls.</param>
    public async ValueTask AppendAsync(Func<WorkerState, EventDraft?> decide, CallContext context)
    {
        for (int attempt = 0; attempt < Limits.AppendTries; attempt++)
        {
            if (decide(await StateAsync()) is not { } draft || await TryAppendAsync([draft], context) is not null)
            {
                return;
            }
        }

        throw Moving();
    }

    private async ValueTask<WorkerState> FoldAsync()
    {
        WorkerState folded = await stream.FoldAsync(CancellationToken.None);
        if (folded.Protection.Erased is not null)
        {
            // An erasure that broke off between its event and its key is finished by whoever comes next.
            await seal.DestroyKeyAsync();
        }

        return folded;
    }

    public static EventStoreUnavailableException Moving() => new("The stream kept moving.", Limits.RetryAfter);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>What was appended, all of it in one step.</summary>
/// <param name="FirstRevision">Revision of the first.</param>
/// <param name="RecordedAt">When, by the silo's clock.</param>
/// <param name="Position">Where the append ended in the store.</param>
/// <param name="Events">The events with their leaf hashes.</param>
internal sealed record AppendedEvents(long FirstRevision, DateTimeOffset RecordedAt, StorePosition Position, ChainedEvent[] Events);

/// <summary>The worker's key is destroyed.</summary>
internal sealed class ErasedException : Exception;
