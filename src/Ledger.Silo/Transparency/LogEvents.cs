using System.Buffers;
using System.Text.Json.Serialization;
using Ledger.Silo.Organisations;

namespace Ledger.Silo.Transparency;

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
internal sealed record CheckpointSigned(string Organisation, ulong Size, string RootHash, string Note, ulong Commit, ulong Prepare)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "checkpoint-signed.v1";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CheckpointSigned))]
internal sealed partial class LogJson : JsonSerializerContext;

/// <summary>Which events are leaves of an organisation's log: those of its workers and its own stream, and no others yet.</summary>
internal static class LogLeaves
{
    private static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789abcdef");

    public static string[] StreamPrefixes(string organisation) => [WorkerPrefix(organisation), OrganisationStream.NameOf(organisation)];

    /// <summary>A prefix alone would take another organisation's streams: <c>worker-a-</c> begins those of <c>a-b</c> too.</summary>
    public static bool Holds(string organisation, string stream)
    {
        string prefix = WorkerPrefix(organisation);
        return stream.StartsWith(prefix, StringComparison.Ordinal)
            ? stream.Length == prefix.Length + 32 && stream.AsSpan(prefix.Length).IndexOfAnyExcept(Hexadecimal) < 0
            : string.Equals(stream, OrganisationStream.NameOf(organisation), StringComparison.Ordinal);
    }

    private static string WorkerPrefix(string organisation) => $"worker-{organisation}-";
}
