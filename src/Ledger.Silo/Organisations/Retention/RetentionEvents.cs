namespace Ledger.Silo.Organisations.Retention;

/// <summary>
/// Event <c>retention-decided.v1</c> of stream <c>organisation-{org}</c>: the time of these classes and months is over, and what their decisions say about
/// people is about to be destroyed. On record before anything is.
/// </summary>
/// <param name="RetentionId">Id, made by the run that decided.</param>
/// <param name="Organisation">Organisation id.</param>
/// <param name="Periods">The classes and months.</param>
/// <param name="Released">What earlier holds kept and no hold keeps any more: it goes too.</param>
internal sealed record RetentionDecided(
    Guid RetentionId, string Organisation, IReadOnlyList<EndedPeriod> Periods, IReadOnlyList<WorkersOfPeriod> Released)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "retention-decided.v1";
}

/// <summary>
/// Event <c>retention-applied.v1</c> of stream <c>organisation-{org}</c>: it is destroyed. Read at every start, so that a backup of keys that was restored brings
/// none of it back.
/// </summary>
/// <param name="RetentionId">Id of the decision.</param>
/// <param name="Organisation">Organisation id.</param>
/// <param name="Kept">What is kept of it, as these workers' records are on hold.</param>
internal sealed record RetentionApplied(Guid RetentionId, string Organisation, IReadOnlyList<WorkersOfPeriod> Kept)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "retention-applied.v1";
}

/// <summary>A class and month whose time is over.</summary>
/// <param name="Class">Retention class.</param>
/// <param name="Month">Month of recording, UTC: <c>yyyy-MM</c>.</param>
/// <param name="Decisions">How many decisions.</param>
/// <param name="Months">Months that the rule has them kept, from the end of that month.</param>
/// <param name="DueSince">Since when they may go, UTC.</param>
/// <param name="Source">The law, or the rule of the organisation's schedule.</param>
internal sealed record EndedPeriod(string Class, string Month, long Decisions, int Months, DateTimeOffset DueSince, string Source);

/// <summary>Workers whose decisions of one class and month stand apart.</summary>
/// <param name="Class">Retention class.</param>
/// <param name="Month">Month of recording, UTC: <c>yyyy-MM</c>.</param>
/// <param name="Workers">Pseudonyms.</param>
internal sealed record WorkersOfPeriod(string Class, string Month, IReadOnlyList<string> Workers);
