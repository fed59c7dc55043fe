using System.Text.Json.Serialization;

namespace Ledger.Contracts.Transparency;

/// <summary>
/// Event <c>checkpoint-signed.v1</c> of stream <c>checkpoint-{org}</c>: the log has signed this tree. It stands here before anybody is shown
/// it, at the exact revision, so that two activations cannot sign two trees of one size. Not a leaf of the log.
/// </summary>
/// <param name="Organisation">Organisation id.</param>
/// <param name="Size">Leaves of the tree.</param>
/// <param name="RootHash">RFC 6962 root hash, base64.</param>
/// <param name="Note">The checkpoint with the log's own signatures (c2sp.org/tlog-checkpoint).</param>
/// <param name="Commit">Commit position of the last leaf's event; where the log goes on reading.</param>
/// <param name="Prepare">Prepare position of the same.</param>
public sealed record CheckpointSigned(string Organisation, ulong Size, string RootHash, string Note, ulong Commit, ulong Prepare)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "checkpoint-signed.v1";

    /// <summary>The stream of an organisation's checkpoints.</summary>
    public static string StreamOf(string organisation) => $"checkpoint-{organisation}";
}

/// <summary>
/// Event <c>log-key-registered.v1</c> of stream <c>organisation-{org}</c>: the first key that the organisation's transparency log signs with.
/// The event is a leaf of that log.
/// </summary>
/// <param name="Organisation">Organisation id.</param>
/// <param name="VerifierKey">Verifier key (c2sp.org/signed-note); its name is the log's origin, for good.</param>
public sealed record LogKeyRegistered(string Organisation, string VerifierKey)
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
public sealed record LogKeyRotated(string Organisation, string VerifierKey, string Statement)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "log-key-rotated.v1";
}

/// <summary>The stored JSON form of the log's events.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CheckpointSigned))]
[JsonSerializable(typeof(LogKeyRegistered))]
[JsonSerializable(typeof(LogKeyRotated))]
public sealed partial class LogJson : JsonSerializerContext;
