namespace Ledger.Contracts.Organisations;

/// <summary>
/// What is counted over an organisation's units; the key is the organisation. One writer, which reads the store and can begin again from nothing.
/// Nothing leaves it that is about too few people.
/// </summary>
[Alias("ledger.organisations.unit-overview")]
public interface IUnitOverview : IGrainWithStringKey
{
    /// <summary>Sees to it that the counting goes on, and says how far it has come. Every silo asks.</summary>
    [Alias("keep")]
    Task<CountingProgress> KeepAsync();

    /// <summary>Decisions of one unit in one calendar year.</summary>
    /// <param name="unit">Bargaining unit; empty: decisions that name none.</param>
    /// <param name="year">Year at the work sites; 0: this one, or the newest with decisions if that has none.</param>
    [Alias("overview")]
    Task<CountingAnswer<UnitOverview>> OverviewAsync(string unit, int year);

    /// <summary>Which systems decide about whom, over all units, in one calendar year.</summary>
    /// <param name="year">Year at the work sites; 0: this one, or the newest with decisions if that has none.</param>
    [Alias("system-uses")]
    Task<CountingAnswer<SystemUses>> SystemUsesAsync(int year);

    /// <summary>Mandates in force that workers gave to a representative, the one that ends soonest first.</summary>
    /// <param name="representative">Pseudonym of the representative's account.</param>
    [Alias("mandates-to")]
    Task<CountingAnswer<MandatesGiven>> MandatesToAsync(string representative);
}

/// <summary>What was asked for, or why there is none.</summary>
[GenerateSerializer, Immutable, Alias("ledger.organisations.counting-answer`1")]
public sealed record CountingAnswer<T>([property: Id(0)] T? Value, [property: Id(1)] Refusal? Refusal = null)
    where T : class;

/// <summary>How far the counting has come.</summary>
/// <param name="Commit">Commit position of the last event read.</param>
/// <param name="ReadUpTo">When the store took that event, UTC; nothing before the first.</param>
/// <param name="IsBehind">Whether there is more in the store that is not counted yet.</param>
[GenerateSerializer, Immutable, Alias("ledger.organisations.counting-progress")]
public sealed record CountingProgress([property: Id(0)] ulong Commit, [property: Id(1)] DateTimeOffset? ReadUpTo, [property: Id(2)] bool IsBehind);

/// <summary>A unit's year.</summary>
/// <param name="Unit">Bargaining unit.</param>
/// <param name="Year">Calendar year.</param>
/// <param name="Years">Years with decisions in the organisation, oldest first.</param>
/// <param name="MinimumWorkers">A count about fewer people is never shown.</param>
/// <param name="Periods">Months that are over, in order; after them, perhaps, those too small to be shown, together.</param>
/// <param name="Dimensions">The same decisions by kind, by system, by how far automated, by whether adverse.</param>
/// <param name="Progress">How far the counting has come.</param>
[GenerateSerializer, Immutable, Alias("ledger.organisations.overview")]
public sealed record UnitOverview(
    [property: Id(0)] string Unit,
    [property: Id(1)] int Year,
    [property: Id(2)] int[] Years,
    [property: Id(3)] int MinimumWorkers,
    [property: Id(4)] CountedPeriod[] Periods,
    [property: Id(5)] CountedDimension[] Dimensions,
    [property: Id(6)] CountingProgress Progress);

/// <summary>A period and how many decisions fall in it.</summary>
/// <param name="Months">Months from 1; more than one: those that are too small alone, together.</param>
/// <param name="Decisions">Nothing: suppressed.</param>
[GenerateSerializer, Immutable, Alias("ledger.organisations.counted-period")]
public sealed record CountedPeriod([property: Id(0)] int[] Months, [property: Id(1)] long? Decisions);

/// <summary>Decisions told apart in one way.</summary>
/// <param name="Kind">In which.</param>
/// <param name="Values">Every value there can be.</param>
[GenerateSerializer, Immutable, Alias("ledger.organisations.counted-dimension")]
public sealed record CountedDimension([property: Id(0)] DimensionKind Kind, [property: Id(1)] CountedValue[] Values);

/// <summary>A value and how many decisions have it.</summary>
/// <param name="Name">Category in capitals as in the contract, system id, level 0 to 4, or <c>adverse</c> and <c>other</c>.</param>
/// <param name="Decisions">One for each period; nothing: suppressed.</param>
[GenerateSerializer, Immutable, Alias("ledger.organisations.counted-value")]
public sealed record CountedValue([property: Id(0)] string Name, [property: Id(1)] long?[] Decisions);

/// <summary>In which ways decisions are told apart: a fixed menu, because free choice would undo the suppression.</summary>
public enum DimensionKind { Category = 1, System, Level, Adverse }

/// <summary>Which systems decide about whom.</summary>
/// <param name="Year">Calendar year.</param>
/// <param name="Years">Years with decisions, oldest first.</param>
/// <param name="MinimumWorkers">A count about fewer people is never shown.</param>
/// <param name="Systems">Every system there is, by id.</param>
/// <param name="Progress">How far the counting has come.</param>
[GenerateSerializer, Immutable, Alias("ledger.organisations.system-uses")]
public sealed record SystemUses(
    [property: Id(0)] int Year, [property: Id(1)] int[] Years, [property: Id(2)] int MinimumWorkers, [property: Id(3)] SystemUse[] Systems, [property: Id(4)] CountingProgress Progress);

/// <summary>One system.</summary>
/// <param name="System">Id.</param>
/// <param name="Categories">What it decides, since the first decision, where that is about enough people; in capitals as in the contract.</param>
/// <param name="Levels">How far automated, 0 to 4; the same holds.</param>
/// <param name="Units">Where it decides.</param>
[GenerateSerializer, Immutable, Alias("ledger.organisations.system-use")]
public sealed record SystemUse(
    [property: Id(0)] string System, [property: Id(1)] string[] Categories, [property: Id(2)] int[] Levels, [property: Id(3)] SystemUseInUnit[] Units);

/// <summary>A system in a unit: made of the months that the unit's own overview shows, and of nothing else.</summary>
/// <param name="Unit">Bargaining unit; empty: decisions that name none.</param>
/// <param name="Decisions">Decisions of the months shown; nothing: all is suppressed.</param>
/// <param name="Workers">People decided about in the month shown that has the most of them.</param>
/// <param name="HasSuppressed">Whether there are months that are not shown.</param>
[GenerateSerializer, Immutable, Alias("ledger.organisations.system-use-in-unit")]
public sealed record SystemUseInUnit(
    [property: Id(0)] string Unit, [property: Id(1)] long? Decisions, [property: Id(2)] int Workers, [property: Id(3)] bool HasSuppressed);

/// <summary>Mandates in force.</summary>
[GenerateSerializer, Immutable, Alias("ledger.organisations.mandates-given")]
public sealed record MandatesGiven([property: Id(0)] MandateInForce[] Mandates, [property: Id(1)] CountingProgress Progress);

/// <summary>A mandate in force.</summary>
/// <param name="Worker">Pseudonym of the worker.</param>
/// <param name="ExpiresAt">When it ends by itself, UTC.</param>
[GenerateSerializer, Immutable, Alias("ledger.organisations.mandate-in-force")]
public sealed record MandateInForce([property: Id(0)] string Worker, [property: Id(1)] DateTimeOffset ExpiresAt);
