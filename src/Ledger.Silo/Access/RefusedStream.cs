using System.Globalization;
using System.Text.Json;
using Ledger.Contracts.Access;
using Ledger.Contracts.Decisions;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Transparency;
using Ledger.Silo.Workers;

namespace Ledger.Silo.Access;

/// <summary>One month's refused attempts, stream <c>refused-{org}-{yyyyMM}</c>.</summary>
internal sealed class RefusedStream(IEventStore store, string organisation, string month, TimeProvider time, Entropy entropy)
{
    private readonly string name = AccessRefused.StreamOf(organisation, month);
    private (long LastRevision, ReadOnlyMemory<byte> NextSalt)? end;

    public string Month => month;

    public static string MonthOf(DateTimeOffset at) => at.UtcDateTime.ToString("yyyyMM", CultureInfo.InvariantCulture);

    public async Task AppendAsync(RefusedAttempt attempt, CancellationToken cancellationToken)
    {
        AccessRefused refused = new(attempt.Method, organisation, attempt.Worker, attempt.Person, attempt.Roles);
        EventDraft draft = new(entropy.NewId(), AccessRefused.Type, JsonSerializer.SerializeToUtf8Bytes(refused, AccessJson.Default.AccessRefused));
        CallContext context = new("edge", attempt.CorrelationId, attempt.TraceParent);
        for (int tries = 0; tries < Limits.AppendTries; tries++)
        {
            (long last, ReadOnlyMemory<byte> salt) = end ??= await EndAsync(cancellationToken);
            ChainedEvent chained = ChainedEvent.Compose(draft, name, last + 1, last + 1, salt, time.GetUtcNow(), context, entropy);
            if ((await store.AppendAsync(new StreamAppend(name, last, [chained.Event]), cancellationToken)).Appended)
            {
                end = (last + 1, chained.NextSalt);
                return;
            }

            // Another silo's activation was first.
            end = null;
        }

        throw WorkerHistory.Moving();
    }

    public async Task<RefusedAnswer> PageAsync(long beforeRevision, int pageSize, CancellationToken cancellationToken)
    {
        long from = beforeRevision == long.MaxValue ? Revisions.End : beforeRevision - 1;
        List<RecordedAttempt> page = [];
        if (from == Revisions.End || from >= 0)
        {
            await foreach (RecordedEvent stored in store.ReadStreamAsync(name, ReadDirection.Backwards, from, pageSize, cancellationToken))
            {
                page.Add(Read(stored));
            }
        }

        return new RefusedAnswer([.. page], page.Count == pageSize && page[^1].Revision > 0 ? page[^1].Revision : null);
    }

    private static RecordedAttempt Read(RecordedEvent stored)
    {
        AccessRefused refused = JsonSerializer.Deserialize(stored.Data.Span, AccessJson.Default.AccessRefused)
            ?? throw new InvalidDataException($"Event {stored.Id} of stream {stored.Stream} is empty.");
        EventMetadata metadata = EventMetadata.Read(stored);
        return new RecordedAttempt(stored.Revision, metadata.RecordedAt, new RefusedAttempt(
            refused.Method, refused.Worker, refused.Person, [.. refused.Roles], metadata.Context.CorrelationId, metadata.Context.TraceParent));
    }

    private async Task<(long, ReadOnlyMemory<byte>)> EndAsync(CancellationToken cancellationToken)
    {
        await foreach (RecordedEvent last in store.ReadStreamAsync(name, ReadDirection.Backwards, Revisions.End, 1, cancellationToken))
        {
            return (last.Revision, EventMetadata.Read(last).NextSalt);
        }

        return (Revisions.NoStream, ChainedEvent.FirstSalt);
    }
}
