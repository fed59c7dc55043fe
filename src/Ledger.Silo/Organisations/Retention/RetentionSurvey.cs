using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.Silo.Transparency;
using Ledger.Silo.Workers;
using Ledger.Silo.Workers.Sealing;
using Ledger.Verification;

namespace Ledger.Silo.Organisations.Retention;

/// <summary>
/// Goes through all events in store order and counts an organisation's decisions by class and month, and which workers are on hold. Goes on where it
/// ended. Holds a number for each class and month, and a bit for each worker of those that may go.
/// </summary>
/// <param name="store">The store.</param>
/// <param name="organisation">Organisation id.</param>
/// <param name="mayGo">Of which classes and months the workers are wanted.</param>
internal sealed class RetentionSurvey(IEventStore store, string organisation, Func<RetentionPeriod, bool> mayGo)
{
    private readonly List<string> workers = [];
    private readonly Dictionary<string, int> numbers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<Guid>> holds = new(StringComparer.Ordinal);
    private readonly HashSet<Guid> decided = [];
    private readonly Dictionary<RetentionPeriod, Counted> counted = [];
    private StorePosition position = StorePosition.Start;

    /// <summary>Decisions from before there were retention keys: only the erasure of a person reaches them.</summary>
    public long Earlier { get; private set; }

    public IEnumerable<RetentionPeriod> Periods => counted.Keys;

    public bool Covers(RetentionPeriod period) => mayGo(period);

    /// <summary>Whether the event that a retention was decided by was met.</summary>
    public bool HasMet(Guid retentionId) => decided.Contains(retentionId);

    public bool IsOnHold(string worker) => holds.TryGetValue(worker, out HashSet<Guid>? standing) && standing.Count > 0;

    public long DecisionsOf(RetentionPeriod period) => counted.TryGetValue(period, out Counted? found) ? found.Decisions : 0;

    /// <summary>Workers with decisions of a class and month that may go.</summary>
    public IEnumerable<string> WorkersOf(RetentionPeriod period) => counted.TryGetValue(period, out Counted? found) ? found.Workers().Select(n => workers[n]) : [];

    /// <summary>Reads on to the end of the store.</summary>
    public async Task ReadOnAsync(CancellationToken cancellationToken)
    {
        await foreach (RecordedEvent stored in store.ReadAllAsync(ReadDirection.Forwards, position, int.MaxValue, cancellationToken))
        {
            position = stored.Position;
            Apply(stored);
        }
    }

    private void Apply(RecordedEvent stored)
    {
        if (WorkerStream.WorkerOf(organisation, stored.Stream) is { } worker)
        {
            switch (stored.Type)
            {
                case DecisionRecorded.Type or DecisionRecorded.TypeInTheClear:
                    Count(stored, worker);
                    break;
                case HoldPlaced.Type:
                    HoldsOf(worker).Add(OrganisationState.Read(stored, WorkerJson.Default.HoldPlaced).HoldId);
                    break;
                case HoldLifted.Type:
                    HoldsOf(worker).Remove(OrganisationState.Read(stored, WorkerJson.Default.HoldLifted).HoldId);
                    break;
            }
        }
        else if (string.Equals(stored.Type, RetentionDecided.Type, StringComparison.Ordinal) && LogLeaves.Holds(organisation, stored.Stream))
        {
            decided.Add(OrganisationState.Read(stored, OrganisationJson.Default.RetentionDecided).RetentionId);
        }
    }

    private HashSet<Guid> HoldsOf(string worker) => holds.TryGetValue(worker, out HashSet<Guid>? standing) ? standing : holds[worker] = [];

    private void Count(RecordedEvent stored, string worker)
    {
        if (WorkerKey.VersionOf(stored.Data.Span) != WorkerKey.OfPeriod)
        {
            Earlier++;
            return;
        }

        RetentionPeriod period = RetentionPeriod.Of(stored.Data.Span, EventMetadata.RecordedAtOf(stored));
        Counted found = counted.TryGetValue(period, out Counted? there) ? there : counted[period] = new Counted();
        found.Decisions++;
        if (mayGo(period))
        {
            found.Add(NumberOf(worker));
        }
    }

    private int NumberOf(string worker)
    {
        if (!numbers.TryGetValue(worker, out int number))
        {
            numbers[worker] = number = workers.Count;
            workers.Add(worker);
        }

        return number;
    }

    /// <summary>What was counted of one class and month.</summary>
    private sealed class Counted
    {
        private ulong[] bits = [];

        public long Decisions { get; set; }

        public void Add(int worker)
        {
            if (worker / 64 >= bits.Length)
            {
                Array.Resize(ref bits, Math.Max((worker / 64) + 1, bits.Length * 2));
            }

            bits[worker / 64] |= 1UL << (worker % 64);
        }

        public IEnumerable<int> Workers()
        {
            for (int i = 0; i < bits.Length * 64; i++)
            {
                if ((bits[i / 64] & (1UL << (i % 64))) != 0)
                {
                    yield return i;
                }
            }
        }
    }
}
