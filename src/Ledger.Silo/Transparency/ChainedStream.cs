using Ledger.Contracts.Decisions;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Workers;

namespace Ledger.Silo.Transparency;

/// <summary>A stream to which events are added one at a time, at its end, whatever came before them.</summary>
/// <param name="store">Where it is.</param>
/// <param name="name">Stream name.</param>
/// <param name="remembered">How many of its last events are known by their id: one of these is not added again. At least 1.</param>
/// <param name="time">Clock.</param>
/// <param name="entropy">Where salts come from.</param>
internal sealed class ChainedStream(IEventStore store, string name, int remembered, TimeProvider time, Entropy entropy)
{
    private Tail? tail;

    public string Name => name;

    /// <exception cref="EventStoreUnavailableException">Whether it was added is unknown; the same event can be handed in again.</exception>
    public async Task AppendAsync(EventDraft draft, CallContext context, CancellationToken cancellationToken)
    {
        for (int tries = 0; tries < Limits.AppendTries; tries++)
        {
            Tail end = tail ?? await TailAsync(cancellationToken);
            // Known again once it is certain where the stream ends: a failure leaves that open, and another silo's activation may have been first.
            tail = null;
            if (!end.Ids.Contains(draft.Id))
            {
                ChainedEvent chained = ChainedEvent.Compose(draft, name, end.LastRevision + 1, end.LastRevision + 1, end.NextSalt, time.GetUtcNow(), context, entropy);
                if (!(await store.AppendAsync(new StreamAppend(name, end.LastRevision, [chained.Event]), cancellationToken)).Appended)
                {
                    continue;
                }

                end = end.With(draft.Id, chained.NextSalt, remembered);
            }

            tail = end;
            return;
        }

        throw WorkerHistory.Moving();
    }

    private async Task<Tail> TailAsync(CancellationToken cancellationToken)
    {
        long last = Revisions.NoStream;
        ReadOnlyMemory<byte> salt = ChainedEvent.FirstSalt;
        Stack<Guid> ids = [];
        await foreach (RecordedEvent stored in store.ReadStreamAsync(name, ReadDirection.Backwards, Revisions.End, remembered, cancellationToken))
        {
            if (ids.Count == 0)
            {
                (last, salt) = (stored.Revision, EventMetadata.Read(stored).NextSalt);
            }

            ids.Push(stored.Id);
        }

        return new Tail(last, salt, new Queue<Guid>(ids));
    }

    /// <summary>Where the stream ends, and with which events, oldest first.</summary>
    private sealed record Tail(long LastRevision, ReadOnlyMemory<byte> NextSalt, Queue<Guid> Ids)
    {
        public Tail With(Guid id, ReadOnlyMemory<byte> nextSalt, int remembered)
        {
            Ids.Enqueue(id);
            if (Ids.Count > remembered)
            {
                Ids.Dequeue();
            }

            return this with { LastRevision = LastRevision + 1, NextSalt = nextSalt };
        }
    }
}
