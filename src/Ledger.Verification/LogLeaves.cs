using System.Buffers;

namespace Ledger.Verification;

/// <summary>
/// Which events of a store are leaves of an organisation's log: those of its workers, <c>worker-{org}-{32 hexadecimal digits}</c>, and of
/// its own stream, <c>organisation-{org}</c>. Checkpoints and trail indexes are none.
/// </summary>
public static class LogLeaves
{
    private const int PseudonymLength = 32;
    private static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789abcdef");

    /// <summary>What the names of those streams begin with; others may begin so too, see <see cref="Holds"/>.</summary>
    /// <param name="organisation">Organisation id.</param>
    public static IReadOnlyList<string> StreamPrefixes(string organisation) => [WorkerPrefix(organisation), OrganisationStream(organisation)];

    /// <summary>Whether the events of a stream are leaves of the organisation's log.</summary>
    /// <param name="organisation">Organisation id.</param>
    /// <param name="stream">Stream name.</param>
    // A prefix alone would take another organisation's streams: "worker-a-" begins those of "a-b" too.
    public static bool Holds(string organisation, string stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        string prefix = WorkerPrefix(organisation);
        return stream.StartsWith(prefix, StringComparison.Ordinal)
            ? stream.Length == prefix.Length + PseudonymLength && !stream.AsSpan(prefix.Length).ContainsAnyExcept(Hexadecimal)
            : string.Equals(stream, OrganisationStream(organisation), StringComparison.Ordinal);
    }

    private static string WorkerPrefix(string organisation) => $"worker-{organisation}-";

    /// <summary>Name of an organisation's own stream.</summary>
    /// <param name="organisation">Organisation id.</param>
    public static string OrganisationStream(string organisation) => $"organisation-{organisation}";
}
