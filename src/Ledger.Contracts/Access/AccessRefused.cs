using System.Text.Json.Serialization;

namespace Ledger.Contracts.Access;

/// <summary>
/// Event <c>access-refused.v1</c> of stream <c>refused-{org}-{yyyyMM}</c>: somebody tried to read a person's record and may not. What was asked
/// for may not even exist. A leaf of the log.
/// </summary>
/// <param name="Method">The call.</param>
/// <param name="Organisation">Organisation id.</param>
/// <param name="Worker">Pseudonym that was asked for.</param>
/// <param name="Person">Pseudonym of the caller's account; nothing for a caller of another organisation.</param>
/// <param name="Roles">The caller's roles.</param>
public sealed record AccessRefused(string Method, string Organisation, string Worker, string? Person, IReadOnlyList<string> Roles)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "access-refused.v1";

    /// <summary>The stream of an organisation's refused attempts of a month.</summary>
    /// <param name="organisation">Organisation id.</param>
    /// <param name="month">Year and month, for example <c>202611</c>.</param>
    public static string StreamOf(string organisation, string month) => $"refused-{organisation}-{month}";
}

/// <summary>The stored JSON form of events about access.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AccessRefused))]
public sealed partial class AccessJson : JsonSerializerContext;
