using System.Text.Json;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations;
using Ledger.Silo.Transparency;
using Ledger.Silo.Workers;

namespace Ledger.Silo.Decisions;

/// <summary>What was refused at intake, as the edges counted it.</summary>
internal sealed class RefusedDecisionsGrain(IGrainContext context, OrganisationRegistry organisations, IEventStore store, TimeProvider time, Entropy entropy)
    : Grain, IRefusedDecisions
{
    private readonly string organisation = context.GrainId.Key.ToString()!;
    private ChainedStream? stream;
    private RefusedMonth? folded;

    public async Task<Refusal?> RecordAsync(RefusedReport report)
    {
        if (organisations.Find(organisation) is { Key: null, Refusal: var refusal })
        {
            return refusal;
        }

        try
        {
            // The month in which it was refused, however much later it could be recorded.
            string name = DecisionsRefused.StreamOf(organisation, RefusedMonth.MonthOf(report.From));
            if (stream is null || !string.Equals(stream.Name, name, StringComparison.Ordinal))
            {
                stream = new ChainedStream(store, name, Limits.RefusedReportsRemembered, time, entropy);
            }

            DecisionsRefused refused = new(organisation, report.From, report.To, report.Counts);
            await stream.AppendAsync(
                new EventDraft(report.Id, DecisionsRefused.Type, JsonSerializer.SerializeToUtf8Bytes(refused, RefusedJson.Default.DecisionsRefused)),
                new CallContext("edge", report.Id.ToString(), null), CancellationToken.None);
            return null;
        }
        catch (EventStoreUnavailableException e)
        {
            return StoreRefusal.Of(e);
        }
    }

    public async Task<RefusedDaysAnswer> MonthAsync(string month, bool tellsProducers, string after, int pageSize)
    {
        if (folded is null || !string.Equals(folded.Month, month, StringComparison.Ordinal))
        {
            folded = new RefusedMonth(store, organisation, month);
        }

        try
        {
            await folded.FoldAsync(CancellationToken.None);
            return folded.Page(tellsProducers, after, pageSize);
        }
        catch (EventStoreUnavailableException e)
        {
            return new RefusedDaysAnswer([], null, StoreRefusal.Of(e));
        }
    }
}
