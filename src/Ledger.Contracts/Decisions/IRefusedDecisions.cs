namespace Ledger.Contracts.Decisions;

/// <summary>What was refused at intake, in numbers; the key is the organisation.</summary>
[Alias("ledger.decisions.refused")]
public interface IRefusedDecisions : IGrainWithStringKey
{
    /// <summary>Records a report, durably and once however often it is handed in; nothing, or why it could not.</summary>
    [Alias("record")]
    Task<Refusal?> RecordAsync(RefusedReport report);

    /// <summary>A page of one month by day, newest first.</summary>
    /// <param name="month">Year and month, for example <c>202611</c>.</param>
    /// <param name="tellsProducers">Whether producers are told apart.</param>
    /// <param name="after">Only what comes after this place, as the page before gave it; empty for the newest.</param>
    /// <param name="pageSize">At most this many.</param>
    [Alias("month")]
    Task<RefusedDaysAnswer> MonthAsync(string month, bool tellsProducers, string after, int pageSize);
}

/// <summary>What an edge counted since its report before.</summary>
/// <param name="Id">The same at every try; becomes the event's id.</param>
/// <param name="From">When the first was refused, UTC.</param>
/// <param name="To">When the count was closed, UTC; the same day.</param>
/// <param name="Counts">How many of which kind; none is zero.</param>
[GenerateSerializer, Immutable, Alias("ledger.decisions.refused-report")]
public sealed record RefusedReport(
    [property: Id(0)] Guid Id, [property: Id(1)] DateTimeOffset From, [property: Id(2)] DateTimeOffset To, [property: Id(3)] RefusedCount[] Counts);

/// <summary>A page, or the refusal.</summary>
/// <param name="Days">Newest day first.</param>
/// <param name="Next">Place after which the next page begins; nothing at the end.</param>
/// <param name="Refusal">Set if it could not be read.</param>
[GenerateSerializer, Immutable, Alias("ledger.decisions.refused-days-answer")]
public sealed record RefusedDaysAnswer(
    [property: Id(0)] RefusedOnDay[] Days, [property: Id(1)] string? Next, [property: Id(2)] Refusal? Refusal = null);

/// <summary>How many of one kind on one day in UTC.</summary>
[GenerateSerializer, Immutable, Alias("ledger.decisions.refused-on-day")]
public sealed record RefusedOnDay([property: Id(0)] DateOnly Day, [property: Id(1)] RefusedCount Count);
