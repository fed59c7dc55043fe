using System.Text.Json.Serialization;

namespace Ledger.Silo.Organisations;

/// <summary>
/// Event <c>organisation-key-registered.v1</c> of stream <c>organisation-{org}</c>: which key this organisation's pseudonyms are made with, so
/// that a silo with another key refuses to serve it instead of splitting every worker in two.
/// </summary>
/// <param name="Organisation">Organisation id.</param>
/// <param name="Fingerprint">Tells the key from another and nothing else about it.</param>
internal sealed record OrganisationKeyRegistered(string Organisation, string Fingerprint)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "organisation-key-registered.v1";
}

/// <summary>
/// Event <c>log-key-registered.v1</c> of stream <c>organisation-{org}</c>: the first key that the organisation's transparency log signs with.
/// The event is a leaf of that log.
/// </summary>
/// <param name="Organisation">Organisation id.</param>
/// <param name="VerifierKey">Verifier key (c2sp.org/signed-note); its name is the log's origin, for good.</param>
internal sealed record LogKeyRegistered(string Organisation, string VerifierKey)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "log-key-registered.v1";
}

/// <summary>
/// Event <c>log-key-rotated.v1</c> of stream <c>organisation-{org}</c>: the log signs with another key from now on, and for a while with both.
/// The event is a leaf of that log.
/// </summary>
/// <param name="Organisation">Organisation id.</param>
/// <param name="VerifierKey">Verifier key of the new key.</param>
/// <param name="Statement">
/// Signed note: <c>ledger-log-key/v1</c>, the log's origin, the old and the new verifier key, the time in seconds since 1970, a line each; signed
/// by both keys, or by the new one alone when the old one was lost.
/// </param>
internal sealed record LogKeyRotated(string Organisation, string VerifierKey, string Statement)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "log-key-rotated.v1";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(OrganisationKeyRegistered))]
[JsonSerializable(typeof(LogKeyRegistered))]
[JsonSerializable(typeof(LogKeyRotated))]
internal sealed partial class OrganisationJson : JsonSerializerContext;
