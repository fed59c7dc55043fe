using Ledger.Api.Hosting;
using Ledger.Contracts;

namespace Ledger.Api.Decisions;

/// <summary>Resource names (AIP-122): <c>organisations/{organisation}/workers/{worker}/decisions/{decision_id}</c>.</summary>
internal static class ResourceNames
{
    public static string Worker(string organisation, string worker) => $"organisations/{organisation}/workers/{worker}";

    public static string Decision(string organisation, string worker, Guid decisionId) =>
        $"organisations/{organisation}/workers/{worker}/decisions/{decisionId}";

    /// <summary>The organisation that a request's <c>parent</c> names.</summary>
    /// <exception cref="RefusedException">It names none.</exception>
    public static string OrganisationOf(string parent) =>
        TryParseOrganisation(parent, out string organisation) ? organisation : throw NoParent(parent, "organisations/*");

    /// <summary>The worker that a request's <c>parent</c> names.</summary>
    /// <exception cref="RefusedException">It names none.</exception>
    public static (string Organisation, string Worker) WorkerOf(string parent) =>
        TryParseWorker(parent, out string organisation, out string worker) ? (organisation, worker) : throw NoParent(parent, "organisations/*/workers/*");

    public static bool TryParseOrganisation(string name, out string organisation)
    {
        string[] parts = name.Split('/');
        organisation = parts.Length == 2 ? parts[1] : "";
        return parts is ["organisations", _] && IsOrganisation(organisation);
    }

    public static bool TryParseWorker(string name, out string organisation, out string worker)
    {
        string[] parts = name.Split('/');
        (organisation, worker) = parts.Length == 4 ? (parts[1], parts[3]) : ("", "");
        return parts is ["organisations", _, "workers", _] && IsOrganisation(organisation) && IsPseudonym(worker);
    }

    public static bool TryParseDecision(string name, out string organisation, out string worker, out Guid decisionId)
    {
        string[] parts = name.Split('/');
        (organisation, worker, decisionId) = parts.Length == 6 ? (parts[1], parts[3], Guid.Empty) : ("", "", Guid.Empty);
        return parts is ["organisations", _, "workers", _, "decisions", _]
            && IsOrganisation(organisation)
            && IsPseudonym(worker)
            && Guid.TryParseExact(parts[5], "D", out decisionId)
            // The parser also takes capitals and white space around: two names would be one decision's.
            && string.Equals(parts[5], decisionId.ToString(), StringComparison.Ordinal);
    }

    private static RefusedException NoParent(string parent, string form) =>
        new(new Refusal(parent.Length == 0 ? RefusalCode.Missing : RefusalCode.Malformed, "parent", [form]));

    // The same form that the silo's configuration demands of an organisation's id.
    public static bool IsOrganisation(string id) =>
        id.Length is > 0 and <= 40 && char.IsAsciiLetterLower(id[0]) && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    private static bool IsPseudonym(string id) => id.Length == 32 && id.All(char.IsAsciiHexDigitLower);
}
