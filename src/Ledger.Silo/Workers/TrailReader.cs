using System.Text.Json;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Transparency;
using Ledger.Verification;

namespace Ledger.Silo.Workers;

/// <summary>Reads decisions with their receipts out of one worker's stream, and opens what is sealed; needs no fold.</summary>
internal sealed class TrailReader(IEventStore store, string stream, string worker, WorkerSeal seal)
{
    public async Task<TrailEntry?> OneAsync(long revision, CancellationToken cancellationToken)
    {
        await foreach (RecordedEvent stored in store.ReadStreamAsync(stream, ReadDirection.Forwards, revision, 1, cancellationToken))
        {
            return await EntryAsync(await seal.LookAsync([stored], cancellationToken), stored, [], cancellationToken);
        }

        return null;
    }

    /// <summary>Events as they are stored, oldest first, at most a page, and what they disclose.</summary>
    public async Task<StoredEvent[]> StoredAsync(long fromRevision, string[] withheld, CancellationToken cancellationToken)
    {
        bool all = withheld.Contains("*", StringComparer.Ordinal);
        List<RecordedEvent> read = [];
        int bytes = 0;
        await foreach (RecordedEvent stored in store.ReadStreamAsync(stream, ReadDirection.Forwards, fromRevision, Limits.ReadAhead, cancellationToken))
        {
            read.Add(stored);
            bytes += stored.Data.Length + stored.Metadata.Length;
            if (bytes >= Limits.PageBytes)
            {
                break;
            }
        }

        OpenPage page = await seal.LookAsync(read, cancellationToken);
        return
        [
            .. read.Select(stored => new StoredEvent(
                stored.Stream, stored.Revision, stored.Position.Commit, stored.Position.Prepare, stored.Id, stored.Type, stored.Data.ToArray(), stored.Metadata.ToArray(),
                page.Disclose(stored, name => !all && !withheld.Contains(name, StringComparer.Ordinal)))),
        ];
    }

    /// <summary>A page backwards: ends when it is full, when enough was looked at, or at the start of the stream.</summary>
    public async Task<TrailAnswer> PageAsync(TrailQuery query, CancellationToken cancellationToken)
    {
        List<RecordedEvent> shown = new(query.PageSize);
        int decisions = 0;
        Dictionary<long, StorePosition> positions = [];
        bool filters = query is not { Category: null, SystemId: null, DecidedFrom: null, DecidedBefore: null, Adverse: null };
        long from = query.BeforeRevision == long.MaxValue ? Revisions.End : query.BeforeRevision - 1;
        long lastRevision = query.BeforeRevision == long.MaxValue ? Revisions.NoStream : await LastRevisionAsync(cancellationToken);
        int scanned = 0;
        int bytes = 0;
        while (from >= 0)
        {
            int ask = filters ? Limits.ReadAhead : Math.Min(query.PageSize - decisions, Limits.ReadAhead);
            int got = 0;
            await foreach (RecordedEvent stored in store.ReadStreamAsync(stream, ReadDirection.Backwards, from, ask, cancellationToken))
            {
                got++;
                lastRevision = Math.Max(lastRevision, stored.Revision);
                from = stored.Revision - 1;
                scanned++;
                positions[stored.Revision] = stored.Position;
                bool decision = DecisionRecorded.IsTypeOf(stored.Type) && (!filters || Matches(query, stored));
                if (decision || string.Equals(stored.Type, RecordViewed.Type, StringComparison.Ordinal))
                {
                    shown.Add(stored);
                    decisions += decision ? 1 : 0;
                    bytes += stored.Data.Length;
                }

                if (decisions >= query.PageSize || bytes >= Limits.PageBytes || scanned >= Limits.PageScan)
                {
                    return await AnswerAsync(shown, stored.Revision > 0 ? stored.Revision : null, lastRevision, positions, cancellationToken);
                }
            }

            if (got == 0)
            {
                break;
            }
        }

        return await AnswerAsync(shown, null, lastRevision, positions, cancellationToken);
    }

    private async Task<TrailAnswer> AnswerAsync(
        List<RecordedEvent> shown, long? next, long lastRevision, Dictionary<long, StorePosition> positions, CancellationToken cancellationToken)
    {
        OpenPage page = await seal.LookAsync(shown, cancellationToken);
        List<TrailEntry> entries = new(shown.Count);
        List<RecordedView> views = [];
        foreach (RecordedEvent stored in shown)
        {
            if (DecisionRecorded.IsTypeOf(stored.Type))
            {
                entries.Add(await EntryAsync(page, stored, positions, cancellationToken));
            }
            else
            {
                views.Add(View(page, stored));
            }
        }

        return new TrailAnswer([.. entries], next, lastRevision, null, [.. views]);
    }

    /// <summary>A folded mandate with the words that it was given with.</summary>
    public async ValueTask<Mandate> MandateAsync(FoldedMandate mandate, CancellationToken cancellationToken)
    {
        string? purpose = null;
        await foreach (RecordedEvent stored in store.ReadStreamAsync(stream, ReadDirection.Forwards, mandate.Revision, 1, cancellationToken))
        {
            purpose = PurposeOf(await seal.LookAsync([stored], cancellationToken), stored);
        }

        return new Mandate(
            mandate.Given.MandateId, mandate.Given.Representative, purpose, mandate.GivenAt, mandate.Given.ExpiresAt, mandate.WithdrawnAt,
            mandate.Given.Desk, mandate.WithdrawnDesk);
    }

    private static RecordedView View(OpenPage page, RecordedEvent stored)
    {
        RecordViewed viewed = JsonSerializer.Deserialize(stored.Data.Span, WorkerJson.Default.RecordViewed)
            ?? throw new InvalidDataException($"Event {stored.Id} of stream {stored.Stream} is empty.");
        return new RecordedView(
            stored.Revision, EventMetadata.Read(stored).RecordedAt, viewed.Viewer, viewed.Role, viewed.Method, [.. viewed.Fields], viewed.DecisionId, viewed.MandateId,
            PurposeOf(page, stored));
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
        RecordedEvent[] decisions = [.. read.Where(e => DecisionRecorded.IsTypeOf(e.Type))];
        OpenPage page = await seal.LookAsync(decisions, cancellationToken);
        List<TrailEntry> entries = new(decisions.Length);
        foreach (RecordedEvent stored in decisions)
        {
            entries.Add(await EntryAsync(page, stored, positions, cancellationToken));
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
        OpenPage page, RecordedEvent stored, Dictionary<long, StorePosition> positions, CancellationToken cancellationToken)
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

        (byte[] data, Gone gone) = page.Open(stored);
        byte[] leafHash = LogEntry.LeafHash(
            new EventBytes(stream, stored.Revision, stored.Id, stored.Type, metadata.Salt, metadata.DataSalt, stored.Data, stored.Metadata));
        Receipt receipt = new(
            worker, WorkerState.DecisionIdOf(data), stored.Id, stored.Revision, position.Commit, position.Prepare, leafHash, metadata.RecordedAt);
        return new TrailEntry(data, receipt, gone == Gone.PersonErased, gone == Gone.RetentionEnded);
    }

    private static string? PurposeOf(OpenPage page, RecordedEvent stored)
    {
        using JsonDocument document = JsonDocument.Parse(page.Open(stored).Data);
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
