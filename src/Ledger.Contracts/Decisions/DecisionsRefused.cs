using System.Text.Json.Serialization;

namespace Ledger.Contracts.Decisions;

/// <summary>
/// Event <c>decisions-refused.v1</c> of stream <c>intake-{org}-{yyyyMM}</c>: so many decisions were refused at intake within this time, and why.
/// Nothing of what they said about anybody, and no value of theirs but the system's id, stands in it. A leaf of the log: who keeps sending
/// what is never accepted cannot have that taken out unseen.
/// </summary>
/// <param name="Organisation">Organisation id.</param>
/// <param name="From">When the first was refused, UTC; by the clock of the edge.</param>
/// <param name="To">When the count was closed, UTC; the same day.</param>
/// <param name="Counts">How many of which kind.</param>
public sealed record DecisionsRefused(string Organisation, DateTimeOffset From, DateTimeOffset To, IReadOnlyList<RefusedCount> Counts)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "decisions-refused.v1";

    /// <summary>The stream of a month's refused decisions.</summary>
    /// <param name="organisation">Organisation id.</param>
    /// <param name="month">Year and month, for example <c>202611</c>.</param>
    public static string StreamOf(string organisation, string month) => $"intake-{organisation}-{month}";
}

/// <summary>A kind of refused decision, and how many. Each refused decision counts once: as prohibited data if it has any, else by what was found wrong first.</summary>
/// <param name="Producer">Pseudonym of the account that sent them; nothing for an account of another organisation, and for the many beyond a limit.</param>
/// <param name="System">System id; nothing if it was not set or not well-formed.</param>
/// <param name="Code">Code of the refusal, for example <c>PROHIBITED</c>.</param>
/// <param name="Field">Path of the field in the contract, without indexes, for example <c>decision.personal.data_used.category</c>.</param>
/// <param name="DataCategory">Category of data of code <c>PROHIBITED</c>, as the contract names it.</param>
/// <param name="Various">Set where there were more kinds in a day than are told apart: system, field and category are left out.</param>
/// <param name="Decisions">How many; each repeat of a refused decision counts again.</param>
[GenerateSerializer, Immutable, Alias("ledger.decisions.refused-count")]
public sealed record RefusedCount(
    [property: Id(0)] string? Producer,
    [property: Id(1)] string? System,
    [property: Id(2)] string Code,
    [property: Id(3)] string? Field,
    [property: Id(4)] string? DataCategory,
    [property: Id(5)] bool? Various,
    [property: Id(6)] long Decisions);

/// <summary>The stored JSON form of what was refused.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DecisionsRefused))]
public sealed partial class RefusedJson : JsonSerializerContext;
