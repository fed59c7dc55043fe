using System.Globalization;
using System.Text.Json;
using Ledger.Contracts.Decisions;
using Ledger.EventStore;

namespace Ledger.Silo.Decisions;

/// <summary>
/// What was refused in one month, added up by day. Reports come in any order, as edges get them through, so a month is folded whole; how many
/// kinds there can be in a day is limited where they are counted.
/// </summary>
internal sealed class RefusedMonth(IEventStore store, string organisation, string month)
{
    private readonly Dictionary<(DateOnly Day, RefusedCount Kind), long> counts = [];
    private long next;

    public string Month => month;

    public static string MonthOf(DateTimeOffset at) => at.UtcDateTime.ToString("yyyyMM", CultureInfo.InvariantCulture);

    /// <summary>Adds what was recorded since.</summary>
    public async Task FoldAsync(CancellationToken cancellationToken)
    {
        await foreach (RecordedEvent stored in store.ReadStreamAsync(
            DecisionsRefused.StreamOf(organisation, month), ReadDirection.Forwards, next, int.MaxValue, cancellationToken))
        {
            DecisionsRefused refused = JsonSerializer.Deserialize(stored.Data.Span, RefusedJson.Default.DecisionsRefused)
                ?? throw new InvalidDataException($"Event {stored.Id} of stream {stored.Stream} is empty.");
            foreach (RefusedCount count in refused.Counts)
            {
                Add(counts, DateOnly.FromDateTime(refused.From.UtcDateTime), count);
            }

            next = stored.Revision + 1;
        }
    }

    /// <summary>A page, newest day first and in one order within it, so that a page that comes later goes on where the one before ended.</summary>
    public RefusedDaysAnswer Page(bool tellsProducers, string after, int pageSize)
    {
        List<(string Place, RefusedOnDay Row)> rows = [.. Rows(tellsProducers)
            .Select(row => (Place(row), row)).Where(row => string.CompareOrdinal(row.Item1, after) > 0).OrderBy(row => row.Item1, StringComparer.Ordinal).Take(pageSize + 1)];
        return new RefusedDaysAnswer([.. rows.Take(pageSize).Select(row => row.Row)], rows.Count > pageSize ? rows[pageSize - 1].Place : null);
    }

    private IEnumerable<RefusedOnDay> Rows(bool tellsProducers)
    {
        Dictionary<(DateOnly Day, RefusedCount Kind), long> told = counts;
        if (!tellsProducers)
        {
            told = [];
            foreach (((DateOnly day, RefusedCount kind), long decisions) in counts)
            {
                Add(told, day, kind with { Producer = null, Decisions = decisions });
            }
        }

        return told.Select(entry => new RefusedOnDay(entry.Key.Day, entry.Key.Kind with { Decisions = entry.Value }));
    }

    private static void Add(Dictionary<(DateOnly, RefusedCount), long> counts, DateOnly day, RefusedCount count)
    {
        (DateOnly, RefusedCount) kind = (day, count with { Decisions = 0 });
        counts[kind] = counts.GetValueOrDefault(kind) + count.Decisions;
    }

    // Days before the end of time, so that the newest comes first.
    private static string Place(RefusedOnDay row) => string.Create(CultureInfo.InvariantCulture,
        $"{DateOnly.MaxValue.DayNumber - row.Day.DayNumber:D7}/{row.Count.System}/{row.Count.Code}/{row.Count.Field}/{row.Count.DataCategory}/{(row.Count.Various is true ? 1 : 0)}/{row.Count.Producer}");
}
