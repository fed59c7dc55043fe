namespace Ledger.Silo.Organisations.Retention;

/// <summary>What would go, or went, and what stays. Numbers of workers, never who.</summary>
/// <param name="Organisation">Organisation id.</param>
/// <param name="Profile">Profile of the jurisdiction.</param>
/// <param name="HasRules">Whether the organisation has any rule: without one nothing is ever due.</param>
/// <param name="Ending">Classes and months whose time is over, in order.</param>
/// <param name="Staying">The others, by class.</param>
/// <param name="ReleasedWorkers">Workers of whom a hold kept something that no hold keeps any more: it goes too.</param>
/// <param name="Ended">How many classes and months went before.</param>
/// <param name="Earlier">Decisions from before there were retention keys, which only the erasure of a person reaches.</param>
public sealed record RetentionFindings(
    string Organisation,
    string Profile,
    bool HasRules,
    IReadOnlyList<EndingPeriod> Ending,
    IReadOnlyList<StayingClass> Staying,
    int ReleasedWorkers,
    int Ended,
    long Earlier);

/// <summary>A class and month whose time is over.</summary>
/// <param name="Class">Retention class.</param>
/// <param name="Month">Month of recording, UTC: <c>yyyy-MM</c>.</param>
/// <param name="Decisions">How many decisions.</param>
/// <param name="Workers">How many workers they are about.</param>
/// <param name="WorkersOnHold">Of how many of these a hold keeps them readable.</param>
/// <param name="Months">Months that the rule has them kept, from the end of that month.</param>
/// <param name="DueSince">Since when they may go, UTC.</param>
/// <param name="Source">The law, or the rule of the organisation's schedule.</param>
/// <param name="Begun">Whether it was decided before by a run that did not come to its end.</param>
public sealed record EndingPeriod(
    string Class, string Month, long Decisions, int Workers, int WorkersOnHold, int Months, DateTimeOffset DueSince, string Source, bool Begun);

/// <summary>What stays of one class.</summary>
/// <param name="Class">Retention class.</param>
/// <param name="Decisions">How many decisions.</param>
/// <param name="Months">Months that the rule in force has them kept; null: there is no rule, they are kept.</param>
/// <param name="NextDue">When the first month of them may go, UTC.</param>
/// <param name="Source">Where the rule comes from.</param>
public sealed record StayingClass(string Class, long Decisions, int? Months, DateTimeOffset? NextDue, string? Source);
