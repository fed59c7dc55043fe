using Ledger.Contracts;
using Ledger.Contracts.Access;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations;
using Ledger.Silo.Workers;

namespace Ledger.Silo.Access;

/// <summary>Who callers are under the organisation's key, and the attempts at people's records that were refused.</summary>
internal sealed class AccessRegisterGrain(IGrainContext context, OrganisationRegistry organisations, IEventStore store, TimeProvider time, Entropy entropy)
    : Grain, IAccessRegister
{
    private readonly string organisation = context.GrainId.Key.ToString()!;
    private readonly Dictionary<string, int> attemptsOfMinute = new(StringComparer.Ordinal);
    private RefusedStream? stream;
    private long minute;

    public Task<IdentityAnswer> IdentifyAsync(string account, string? employeeNumber)
    {
        (OrganisationKey? key, Refusal? refusal) = organisations.Find(organisation);
        return Task.FromResult(key is null
            ? new IdentityAnswer(null, null, refusal)
            : new IdentityAnswer(key.PersonOf(account), employeeNumber is null ? null : key.PseudonymOf(employeeNumber)));
    }

    public async Task<Refusal?> RecordRefusedAsync(RefusedAttempt attempt)
    {
        // Of an organisation that is not served here there is nothing to record, and nothing to find out.
        if (organisations.Find(organisation).Key is null || IsTooOften(attempt.Person ?? ""))
        {
            return null;
        }

        try
        {
            string month = RefusedStream.MonthOf(time.GetUtcNow());
            if (stream is null || !string.Equals(stream.Month, month, StringComparison.Ordinal))
            {
                stream = new RefusedStream(store, organisation, month, time, entropy);
            }

            await stream.AppendAsync(attempt, CancellationToken.None);
            return null;
        }
        catch (EventStoreUnavailableException e)
        {
            return StoreRefusal.Of(e);
        }
    }

    public async Task<RefusedAnswer> RefusedAsync(string month, long beforeRevision, int pageSize)
    {
        try
        {
            return await new RefusedStream(store, organisation, month, time, entropy).PageAsync(beforeRevision, pageSize, CancellationToken.None);
        }
        catch (EventStoreUnavailableException e)
        {
            return new RefusedAnswer([], null, StoreRefusal.Of(e));
        }
    }

    /// <summary>Whoever hammers at a door fills no disk: beyond the limit the attempts of a minute are only counted.</summary>
    private bool IsTooOften(string person)
    {
        long now = time.GetUtcNow().Ticks / TimeSpan.TicksPerMinute;
        if (now != minute)
        {
            attemptsOfMinute.Clear();
            minute = now;
        }

        int before = attemptsOfMinute.GetValueOrDefault(person);
        attemptsOfMinute[person] = before + 1;
        return before >= Limits.RefusedAttemptsPerMinute;
    }
}
