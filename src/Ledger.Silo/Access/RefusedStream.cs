using System.Globalization;
using System.Text.Json;
using Ledger.Contracts.Access;
using Ledger.Contracts.Decisions;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Transparency;

namespace Ledger.Silo.Access;

/// <summary>One month's refused attempts, stream <c>refused-{org}-{yyyyMM}</c>.</summary>
internal sealed class RefusedStream(IEventStore store, string organisation, string month, TimeProvider time, Entropy entropy)
{
    private readonly ChainedStream stream = new(store, AccessRefused.StreamOf(organisation, month), 1, time, entropy);

    public string Month => month;

    public static string MonthOf(DateTimeOffset at) => at.UtcDateTime.ToString("yyyyMM", CultureInfo.InvariantCulture);

    public async Task AppendAsync(RefusedAttempt attempt, CancellationToken cancellationToken)
    {
        AccessRefused refused = new(attempt.Method, organisation, attempt.Worker, attempt.Person, attempt.Roles);
        EventDraft draft = new(entropy.NewId(), AccessRefused.Type, JsonSerializer.SerializeToUtf8Bytes(refused, AccessJson.Default.AccessRefused));
        await stream.AppendAsync(draft, new CallContext("edge", attempt.CorrelationId, attempt.TraceParent), cancellationToken);
    }

    public async Task<RefusedAnswer> PageAsync(long beforeRevision, int pageSize, CancellationToken cancellationToken)
    {
        long from = beforeRevision == long.MaxValue ? Revisions.End : beforeRevision - 1;
        List<RecordedAttempt> page = [];
        if (from == Revisions.End || from >= 0)
        {
            await foreach (RecordedEvent stored in store.ReadStreamAsync(stream.Name, ReadDirection.Backwards, from, pageSize, cancellationToken))
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
}
