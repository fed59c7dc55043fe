using System.Text.Json;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Transparency;
using Ledger.Verification;

namespace Ledger.Silo.Workers;

/// <summary>Reads decisions with their receipts out of one worker's stream; needs no fold.</summary>
internal sealed class TrailReader(IEventStore store, string stream, string worker)
{
    public async Task<TrailEntry?> OneAsync(long revision, CancellationToken cancellationToken)
    {
        await foreach (RecordedEvent stored in store.ReadStreamAsync(stream, ReadDirection.Forwards, revision, 1, cancellationToken))
        {
            return await EntryAsync(stored, [], cancellationToken);
        }

        return null;
    }

    /// <summary>Events as they are stored, oldest first, at most a page.</summary>
    public async Task<StoredEvent[]> StoredAsync(long fromRevision, CancellationToken cancellationToken)
    {
        List<StoredEvent> events = [];
        int bytes = 0;
        await foreach (RecordedEvent stored in store.ReadStreamAsync(stream, ReadDirection.Forwards, fromRevision, Limits.ReadAhead, cancellationToken))
        {
            events.Add(new StoredEvent(
                stored.Stream, stored.Revision, stored.Position.Commit, stored.Position.Prepare, stored.Id, stored.Type, stored.Data.ToArray(), stored.Metadata.ToArray()));
            bytes += stored.Data.Length + stored.Metadata.Length;
            if (bytes >= Limits.PageBytes)
            {
                break;
            }
        }

        return [.. events];
    }

    /// <summary>A page backwards: ends when it is full, when enough was looked at, or at the start of the stream.</summary>
    public async Task<TrailAnswer> PageAsync(TrailQuery query, CancellationToken cancellationToken)
    {
        List<TrailEntry> entries = new(query.PageSize);
        Dictionary<long, StorePosition> positions = [];
        bool filters = query is not { Category: null, SystemId: null, DecidedFrom: null, DecidedBefore: null, Adverse: null };
        long from = query.BeforeRevision == long.MaxValue ? Revisions.End : query.BeforeRevision - 1;
        long lastRevision = query.BeforeRevision == long.MaxValue ? Revisions.NoStream : await LastRevisionAsync(cancellationToken);
        int scanned = 0;
        int bytes = 0;
        while (from >= 0)
        {
            int ask = filters ? Limits.ReadAhead : Math.Min(query.PageSize - entries.Count, Limits.ReadAhead);
            int got = 0;
            await foreach (RecordedEvent stored in store.ReadStreamAsync(stream, ReadDirection.Backwards, from, ask, cancellationToken))
            {
                got++;
                lastRevision = Math.Max(lastRevision, stored.Revision);
                from = stored.Revision - 1;
                scanned++;
                positions[stored.Revision] = stored.Position;
                if (string.Equals(stored.Type, DecisionRecorded.Type, StringComparison.Ordinal) && (!filters || Matches(query, stored)))
                {
                    entries.Add(await EntryAsync(stored, positions, cancellationToken));
                    bytes += stored.Data.Length;
                }

                if (entries.Count >= query.PageSize || bytes >= Limits.PageBytes || scanned >= Limits.PageScan)
                {
                    return new TrailAnswer([.. entries], stored.Revision > 0 ? stored.Revision : null, lastRevision);
                }
            }

            if (got == 0)
            {
                break;
            }
        }

        return new TrailAnswer([.. entries], null, lastRevision);
    }

    /// <summary>Decisions after a revision, oldest first.</summary>
    public async Task<TrailAnswer> AfterAsync(long afterRevision, CancellationToken cancellationToken)
    {
        if (afterRevision == long.MaxValue)
        {
            return new TrailAnswer([], null, afterRevision);
        }

        List<RecordedEvent> read = [];
        int bytes = 0;
        await foreach (RecordedEvent stored in store.ReadStreamAsync(
            stream, ReadDirection.Forwards, afterRevision + 1, Limits.ReadAhead, cancellationToken))
        {
            read.Add(stored);
            bytes += stored.Data.Length;
            if (bytes >= Limits.PageBytes)
            {
                break;
            }
        }

        Dictionary<long, StorePosition> positions = read.ToDictionary(e => e.Revision, e => e.Position);
        List<TrailEntry> entries = new(read.Count);
        foreach (RecordedEvent stored in read.Where(e => string.Equals(e.Type, DecisionRecorded.Type, StringComparison.Ordinal)))
        {
            entries.Add(await EntryAsync(stored, positions, cancellationToken));
        }

        return new TrailAnswer([.. entries], null, read.Count == 0 ? afterRevision : read[^1].Revision);
    }

    private async Task<long> LastRevisionAsync(CancellationToken cancellationToken)
    {
        await foreach (RecordedEvent last in store.ReadStreamAsync(stream, ReadDirection.Backwards, Revisions.End, 1, cancellationToken))
        {
            return last.Revision;
        }

        return Revisions.NoStream;
    }

    private async ValueTask<TrailEntry> EntryAsync(
        RecordedEvent stored, Dictionary<long, StorePosition> positions, CancellationToken cancellationToken)
    {
        EventMetadata metadata = EventMetadata.Read(stored);
        StorePosition position = stored.Position;
        if (metadata.AppendEnd != stored.Revision && !positions.TryGetValue(metadata.AppendEnd, out position))
        {
            await foreach (RecordedEvent end in store.ReadStreamAsync(stream, ReadDirection.Forwards, metadata.AppendEnd, 1, cancellationToken))
            {
                position = positions[metadata.AppendEnd] = end.Position;
            }
        }

        byte[] data = stored.Data.ToArray();
        byte[] leafHash = LogEntry.LeafHash(
            new EventBytes(stream, stored.Revision, stored.Id, stored.Type, metadata.Salt, metadata.DataSalt, data, stored.Metadata));
        Receipt receipt = new(
            worker, WorkerState.DecisionIdOf(stored), stored.Id, stored.Revision, position.Commit, position.Prepare, leafHash, metadata.RecordedAt);
        return new TrailEntry(data, receipt);
    }

    private static bool Matches(TrailQuery query, RecordedEvent stored)
    {
        DecisionAct act = Read(stored).Act;
        return (query.Category is null || act.Category == query.Category)
            && (query.SystemId is null || string.Equals(act.System.SystemId, query.SystemId, StringComparison.Ordinal))
            && (query.DecidedFrom is null || act.Times.DecidedAt >= query.DecidedFrom)
            && (query.DecidedBefore is null || act.Times.DecidedAt < query.DecidedBefore)
            && (query.Adverse is null || act.Adverse == query.Adverse);
    }

    private static DecisionRecorded Read(RecordedEvent stored) =>
        JsonSerializer.Deserialize(stored.Data.Span, DecisionJson.Default.DecisionRecorded)
        ?? throw new InvalidDataException($"Event {stored.Id} of stream {stored.Stream} is empty.");
}
