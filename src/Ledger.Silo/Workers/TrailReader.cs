using System.Text.Json;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Transparency;
using Ledger.Silo.Workers.Sealing;
using Ledger.Verification;

namespace Ledger.Silo.Workers;

/// <summary>Reads decisions with their receipts out of one worker's stream, and opens what is sealed; needs no fold.</summary>
internal sealed class TrailReader(IEventStore store, string stream, string worker, Func<ValueTask<WorkerKey?>> keyOf)
{
    public async Task<TrailEntry?> OneAsync(long revision, CancellationToken cancellationToken)
    {
        await foreach (RecordedEvent stored in store.ReadStreamAsync(stream, ReadDirection.Forwards, revision, 1, cancellationToken))
        {
            return await EntryAsync(stored, [], cancellationToken);
        }

        return null;
    }

    /// <summary>Events as they are stored, oldest first, at most a page, and what they disclose.</summary>
    public async Task<StoredEvent[]> StoredAsync(long fromRevision, string[] withheld, CancellationToken cancellationToken)
    {
        bool all = withheld.Contains("*", StringComparer.Ordinal);
        List<StoredEvent> events = [];
        int bytes = 0;
        await foreach (RecordedEvent stored in store.ReadStreamAsync(stream, ReadDirection.Forwards, fromRevision, Limits.ReadAhead, cancellationToken))
        {
            string[] disclosures = [];
            if (await keyOf() is { } key
                && !key.TryDisclose(stored.Id, stream, stored.Data.Span, name => !all && !withheld.Contains(name, StringComparer.Ordinal), out disclosures))
            {
                throw new SealBrokenException(stored.Revision);
            }

            events.Add(new StoredEvent(
                stored.Stream, stored.Revision, stored.Position.Commit, stored.Position.Prepare, stored.Id, stored.Type, stored.Data.ToArray(), stored.Metadata.ToArray(), disclosures));
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
        List<RecordedView> views = [];
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
                if (DecisionRecorded.IsTypeOf(stored.Type) && (!filters || Matches(query, stored)))
                {
                    entries.Add(await EntryAsync(stored, positions, cancellationToken));
                    bytes += stored.Data.Length;
                }
                else if (string.Equals(stored.Type, RecordViewed.Type, StringComparison.Ordinal))
                {
                    views.Add(await ViewAsync(stored));
                    bytes += stored.Data.Length;
                }

                if (entries.Count >= query.PageSize || bytes >= Limits.PageBytes || scanned >= Limits.PageScan)
                {
                    return new TrailAnswer([.. entries], stored.Revision > 0 ? stored.Revision : null, lastRevision, null, [.. views]);
                }
            }

            if (got == 0)
            {
                break;
            }
        }

        return new TrailAnswer([.. entries], null, lastRevision, null, [.. views]);
    }

    /// <summary>A folded mandate with the words that it was given with.</summary>
    public async ValueTask<Mandate> MandateAsync(FoldedMandate mandate, CancellationToken cancellationToken)
    {
        string? purpose = null;
        await foreach (RecordedEvent stored in store.ReadStreamAsync(stream, ReadDirection.Forwards, mandate.Revision, 1, cancellationToken))
        {
            purpose = await PurposeOfAsync(stored);
        }

        return new Mandate(
            mandate.Given.MandateId, mandate.Given.Representative, purpose, mandate.GivenAt, mandate.Given.ExpiresAt, mandate.WithdrawnAt);
    }

    private async ValueTask<RecordedView> ViewAsync(RecordedEvent stored)
    {
        RecordViewed viewed = JsonSerializer.Deserialize(stored.Data.Span, WorkerJson.Default.RecordViewed)
            ?? throw new InvalidDataException($"Event {stored.Id} of stream {stored.Stream} is empty.");
        return new RecordedView(
            stored.Revision, EventMetadata.Read(stored).RecordedAt, viewed.Viewer, viewed.Role, viewed.Method, [.. viewed.Fields], viewed.DecisionId, viewed.MandateId,
            await PurposeOfAsync(stored));
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
        foreach (RecordedEvent stored in read.Where(e => DecisionRecorded.IsTypeOf(e.Type)))
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

        (byte[] data, bool erased) = await OpenAsync(stored);
        byte[] leafHash = LogEntry.LeafHash(
            new EventBytes(stream, stored.Revision, stored.Id, stored.Type, metadata.Salt, metadata.DataSalt, stored.Data, stored.Metadata));
        Receipt receipt = new(
            worker, WorkerState.DecisionIdOf(data), stored.Id, stored.Revision, position.Commit, position.Prepare, leafHash, metadata.RecordedAt);
        return new TrailEntry(data, receipt, erased);
    }

    /// <summary>The data of an event with its personal part in the clear, or without it where the worker's key is no longer.</summary>
    private async ValueTask<(byte[] Data, bool Erased)> OpenAsync(RecordedEvent stored)
    {
        if (await keyOf() is { } key)
        {
            return key.TryOpen(stored.Id, stream, stored.Data.Span, out byte[] opened) ? (opened, false) : throw new SealBrokenException(stored.Revision);
        }

        return string.Equals(stored.Type, DecisionRecorded.TypeInTheClear, StringComparison.Ordinal)
            ? (stored.Data.ToArray(), false)
            : (WorkerKey.WithoutPersonal(stored.Data.Span), true);
    }

    private async ValueTask<string?> PurposeOfAsync(RecordedEvent stored)
    {
        using JsonDocument document = JsonDocument.Parse((await OpenAsync(stored)).Data);
        return document.RootElement.TryGetProperty("personal", out JsonElement personal) && personal.TryGetProperty("purpose", out JsonElement purpose)
            ? purpose.GetString()
            : null;
    }

    private static bool Matches(TrailQuery query, RecordedEvent stored)
    {
        DecisionAct act = (JsonSerializer.Deserialize(stored.Data.Span, DecisionJson.Default.RecordedAct)
            ?? throw new InvalidDataException($"Event {stored.Id} of stream {stored.Stream} is empty.")).Act;
        return (query.Category is null || act.Category == query.Category)
            && (query.SystemId is null || string.Equals(act.System.SystemId, query.SystemId, StringComparison.Ordinal))
            && (query.DecidedFrom is null || act.Times.DecidedAt >= query.DecidedFrom)
            && (query.DecidedBefore is null || act.Times.DecidedAt < query.DecidedBefore)
            && (query.Adverse is null || act.Adverse == query.Adverse);
    }
}

/// <summary>An event cannot be opened with its worker's key: somebody changed the store, or the keys.</summary>
internal sealed class SealBrokenException(long revision) : Exception
{
    public long Revision => revision;
}
