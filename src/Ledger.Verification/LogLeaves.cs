using System.Buffers;

namespace Ledger.Verification;

/// <summary>
/// Which events of a store are leaves of an organisation's log: those of its workers, <c>worker-{org}-{32 hexadecimal digits}</c>, of refused
/// attempts at their records, <c>refused-{org}-{yyyyMM}</c>, of what was refused at intake, <c>intake-{org}-{yyyyMM}</c>, and of its own stream,
/// <c>organisation-{org}</c>. Checkpoints and trail indexes are none.
/// </summary>
public static class LogLeaves
{
    private const string Worker = "worker-", Refused = "refused-", Intake = "intake-", Organisation = "organisation-";
    private const int PseudonymLength = 32, MonthLength = 6;
    private static readonly SearchValues<char> Hexadecimal = SearchValues.Create("0123456789abcdef");

    /// <summary>What the names of those streams begin with; others may begin so too, see <see cref="Holds"/>.</summary>
    /// <param name="organisation">Organisation id.</param>
    public static IReadOnlyList<string> StreamPrefixes(string organisation) =>
        [Prefix(Worker, organisation), Prefix(Refused, organisation), Prefix(Intake, organisation), OrganisationStream(organisation)];

    /// <summary>Whether the events of a stream are leaves of the organisation's log.</summary>
    /// <param name="organisation">Organisation id.</param>
    /// <param name="stream">Stream name.</param>
    // A prefix alone would take another organisation's streams: "worker-a-" begins those of "a-b" too.
    public static bool Holds(string organisation, string stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        // Asked of every event of the store, so without making a string.
        ReadOnlySpan<char> name = stream;
        if (name.StartsWith(Organisation, StringComparison.Ordinal))
        {
            return name[Organisation.Length..].SequenceEqual(organisation);
        }

        bool isWorker = Takes(ref name, Worker);
        return (isWorker || Takes(ref name, Refused) || Takes(ref name, Intake)) && Takes(ref name, organisation) && Takes(ref name, "-")
            && (isWorker
                ? name.Length == PseudonymLength && !name.ContainsAnyExcept(Hexadecimal)
                : name.Length == MonthLength && !name.ContainsAnyExceptInRange('0', '9'));
    }

    private static bool Takes(ref ReadOnlySpan<char> name, string beginning)
    {
        bool takes = name.StartsWith(beginning, StringComparison.Ordinal);
        name = takes ? name[beginning.Length..] : name;
        return takes;
    }

    /// <summary>Name of an organisation's own stream.</summary>
    /// <param name="organisation">Organisation id.</param>
    public static string OrganisationStream(string organisation) => Organisation + organisation;

    private static string Prefix(string kind, string organisation) => $"{kind}{organisation}-";
}
