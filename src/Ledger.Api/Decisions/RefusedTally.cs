using System.Threading.Channels;
using Ledger.Api.Access;
using Ledger.Api.Hosting;
using Ledger.Api.Workers;
using Ledger.Contracts;

namespace Ledger.Api.Decisions;

/// <summary>
/// Counts decisions that were refused for what they say, until <see cref="RefusedKeeper"/> has them recorded. Who is only told to try again is not
/// counted: they will. Kinds, and producers, are told apart up to a limit in each day: who sends nonsense of ever new kinds fills neither memory nor log.
/// </summary>
internal sealed class RefusedTally(TimeProvider time, NewIds ids)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Day> days = new(StringComparer.Ordinal);
    private readonly List<ClosedCount> closed = [];
    private readonly Channel<bool> signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Counts one refused decision.</summary>
    /// <param name="organisation">Of which it was to be recorded.</param>
    /// <param name="caller">Who sent it.</param>
    /// <param name="decision">It.</param>
    /// <param name="refusal">Why.</param>
    public void Count(string organisation, Caller caller, V1.Decision? decision, Refusal refusal)
    {
        if (!RefusalStatus.IsForGood(refusal.Code))
        {
            return;
        }

        RefusedKind kind = RefusedKind.Of(decision, refusal);
        DateTimeOffset now = time.GetUtcNow();
        lock (gate)
        {
            if (days.TryGetValue(organisation, out Day? day) && day.Date != DateOf(now))
            {
                Close(organisation, day, day.LastAt);
                day = null;
            }

            day ??= days[organisation] = new Day(DateOf(now));
            day.Add(caller, kind, now);
            signal.Writer.TryWrite(true);
        }
    }

    /// <summary>Waits until something is counted.</summary>
    public async Task AnyAsync(CancellationToken cancellationToken) => await signal.Reader.ReadAsync(cancellationToken);

    /// <summary>How many are counted and not recorded.</summary>
    public long Left
    {
        get
        {
            lock (gate)
            {
                return closed.Sum(count => count.Counts.Sum(c => c.Decisions)) + days.Values.Sum(day => day.Decisions);
            }
        }
    }

    /// <summary>What is to be recorded, oldest first. The same again, with the same ids, until <see cref="Recorded"/> is told of it.</summary>
    public IReadOnlyList<ClosedCount> Close()
    {
        DateTimeOffset now = time.GetUtcNow();
        lock (gate)
        {
            foreach ((string organisation, Day day) in days.ToArray())
            {
                bool isOver = day.Date != DateOf(now);
                // While a report waits for the store, the next goes on counting: a long outage leaves one for each day, not one for each try.
                if (isOver || !closed.Exists(count => string.Equals(count.Organisation, organisation, StringComparison.Ordinal)))
                {
                    Close(organisation, day, isOver ? day.LastAt : now);
                }

                if (isOver)
                {
                    days.Remove(organisation);
                }
            }

            return [.. closed];
        }
    }

    /// <summary>A count is recorded, or never can be.</summary>
    public void Recorded(ClosedCount count)
    {
        lock (gate)
        {
            closed.Remove(count);
        }
    }

    private void Close(string organisation, Day day, DateTimeOffset to)
    {
        foreach ((Caller? Producer, RefusedKind Kind, long Decisions)[] counts in day.Take().Chunk(Limits.RefusedKindsInReport))
        {
            closed.Add(new ClosedCount(ids.Next(), organisation, day.From, to, counts));
        }
    }

    private static DateOnly DateOf(DateTimeOffset at) => DateOnly.FromDateTime(at.UtcDateTime);

    /// <summary>An organisation's day in UTC: who sent which kinds, and how many of them since the last count was closed.</summary>
    private sealed class Day(DateOnly date)
    {
        private readonly Dictionary<string, (Caller? Producer, Dictionary<RefusedKind, long> Kinds)> producers = new(StringComparer.Ordinal);
        public DateOnly Date => date;

        /// <summary>Since the last count was closed.</summary>
        public long Decisions { get; private set; }

        public DateTimeOffset From { get; private set; }

        public DateTimeOffset LastAt { get; private set; }

        public void Add(Caller caller, RefusedKind kind, DateTimeOffset now)
        {
            if (!producers.TryGetValue(caller.Account, out (Caller? Producer, Dictionary<RefusedKind, long> Kinds) of))
            {
                bool isNamed = producers.Count < Limits.RefusedProducers;
                string account = isNamed ? caller.Account : "";
                if (isNamed || !producers.TryGetValue(account, out of))
                {
                    of = producers[account] = (isNamed ? caller : null, []);
                }
            }

            RefusedKind counted = of.Kinds.ContainsKey(kind) || of.Kinds.Count < Limits.RefusedKinds ? kind : kind.AsVarious();
            of.Kinds[counted] = of.Kinds.GetValueOrDefault(counted) + 1;
            From = Decisions == 0 ? now : From;
            LastAt = now;
            Decisions++;
        }

        // The kinds stay known for the rest of the day, at zero.
        public IEnumerable<(Caller? Producer, RefusedKind Kind, long Decisions)> Take()
        {
            Decisions = 0;
            foreach ((Caller? producer, Dictionary<RefusedKind, long> kinds) in producers.Values)
            {
                foreach ((RefusedKind kind, long decisions) in kinds.Where(k => k.Value > 0).ToArray())
                {
                    kinds[kind] = 0;
                    yield return (producer, kind, decisions);
                }
            }
        }
    }
}

/// <summary>A count that is to be recorded as it is.</summary>
/// <param name="Id">The same at every try.</param>
/// <param name="Organisation">Organisation id.</param>
/// <param name="From">When the first was refused, UTC.</param>
/// <param name="To">When it was closed, UTC.</param>
/// <param name="Counts">How many of which kind by whom.</param>
internal sealed record ClosedCount(
    Guid Id, string Organisation, DateTimeOffset From, DateTimeOffset To, IReadOnlyList<(Caller? Producer, RefusedKind Kind, long Decisions)> Counts);
