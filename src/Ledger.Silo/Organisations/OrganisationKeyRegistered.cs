using System.Text.Json.Serialization;
using Ledger.Silo.Organisations.Retention;

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

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(OrganisationKeyRegistered))]
[JsonSerializable(typeof(WorkerErased))]
[JsonSerializable(typeof(RetentionDecided))]
[JsonSerializable(typeof(RetentionApplied))]
internal sealed partial class OrganisationJson : JsonSerializerContext;
