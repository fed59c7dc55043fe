using Ledger.Api.Hosting;
using Ledger.Contracts;

namespace Ledger.Api.Decisions;

/// <summary>Resource names (AIP-122): <c>organisations/{organisation}/workers/{worker}/decisions/{decision_id}</c>.</summary>
internal static class ResourceNames
{
    public static string Worker(string organisation, string worker) => $"organisations/{organisation}/workers/{worker}";

    public static string Decision(string organisation, string worker, Guid decisionId) =>
        $"organisations/{organisation}/workers/{worker}/decisions/{decisionId}";

    public static string Mandate(string organisation, string worker, Guid mandateId) => $"organisations/{organisation}/workers/{worker}/mandates/{mandateId}";

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

    public static bool TryParseDecision(string name, out string organisation, out string worker, out Guid decisionId) =>
        TryParseOfWorker(name, "decisions", out organisation, out worker, out decisionId);

    public static bool TryParseMandate(string name, out string organisation, out string worker, out Guid mandateId) =>
        TryParseOfWorker(name, "mandates", out organisation, out worker, out mandateId);

    /// <summary>A UUID in its one form: the parser also takes capitals and white space around, and two names would be one thing's.</summary>
    public static bool TryParseId(string text, out Guid id) =>
        Guid.TryParseExact(text, "D", out id) && string.Equals(text, id.ToString(), StringComparison.Ordinal);

    private static bool TryParseOfWorker(string name, string collection, out string organisation, out string worker, out Guid id)
    {
        string[] parts = name.Split('/');
        (organisation, worker, id) = parts.Length == 6 ? (parts[1], parts[3], Guid.Empty) : ("", "", Guid.Empty);
        return parts is ["organisations", _, "workers", _, _, _]
            && string.Equals(parts[4], collection, StringComparison.Ordinal)
            && IsOrganisation(organisation)
            && IsPseudonym(worker)
            && TryParseId(parts[5], out id);
    }

    private static RefusedException NoParent(string parent, string form) =>
        new(new Refusal(parent.Length == 0 ? RefusalCode.Missing : RefusalCode.Malformed, "parent", [form]));

    // The same form that the silo's configuration demands of an organisation's id.
    public static bool IsOrganisation(string id) =>
        id.Length is > 0 and <= 40 && char.IsAsciiLetterLower(id[0]) && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');

    public static bool IsPseudonym(string id) => id.Length == 32 && id.All(char.IsAsciiHexDigitLower);
}
