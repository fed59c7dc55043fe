using System.Globalization;
using System.Text;
using Ledger.Api.Access;

namespace Ledger.Api.Tests.Access;

/// <summary>Writes <c>docs/access.md</c> from the access table.</summary>
internal static class AccessReference
{
    private const string Head = """
        # Who may do what

        Made from `src/Ledger.Api/Access/AccessTable.cs`; a test keeps it so, and others call every method in every role, in the right place and in
        each wrong one. Who calls is said by a token (`authorization: Bearer …`) of a provider that the operator has configured; its roles, organisation
        and employee number come from the claims that the configuration names. What has no line here is not served: the process does not start.
        Whoever may not is told so in the same words, after the same time, whether or not the record exists; an attempt at a person's record is
        listed for the organisation's auditor. A look at somebody else's record stands in that record, with its purpose, before anything is shown.


        """;

    public static string Write()
    {
        StringBuilder page = new(Head);
        page.Append("## How far a role reaches\n\n| reach | meaning |\n|---|---|\n");
        foreach (Scope scope in Enum.GetValues<Scope>())
        {
            page.Append(CultureInfo.InvariantCulture, $"| {NameOf(scope)} | {MeaningOf(scope)} |\n");
        }

        page.Append("\n## Methods\n\n| method | who | reach | leaves a view |\n|---|---|---|---|\n");
        foreach (AccessRow row in AccessTable.Rows.Where(row => !row.IsPublic))
        {
            string method = row.Method.StartsWith("ledger.v1.", StringComparison.Ordinal) ? row.Method["ledger.v1.".Length..].Replace('/', '.') : row.Method;
            foreach ((int place, string who, string reach, string view) in LinesOf(row))
            {
                page.Append(CultureInfo.InvariantCulture, $"| {(place == 0 ? row.Page is { } route ? $"`{route.French}`<br>`{route.English}`" : $"`{method}`" : "")} | {who} | {reach} | {view} |\n");
            }
        }

        page.Append("\n## Open to anybody, without a token\n\n");
        foreach (AccessRow row in AccessTable.Rows.Where(row => row.IsPublic))
        {
            page.Append("- `").Append(row.Method).Append(row.Page is { } route ? $"`, `{route.English}" : "").Append("`\n");
        }

        return page.ToString();
    }

    /// <summary>Name of a scope as the page has it.</summary>
    public static string NameOf(Scope scope) => scope switch
    {
        Scope.Anything => "anything",
        Scope.OwnOrganisation => "own organisation",
        Scope.OwnUnits => "own units, in aggregate",
        Scope.OwnRecord => "own record",
        Scope.Mandate => "mandate",
        Scope.OwnOrganisationForPurpose => "own organisation, for a purpose",
        Scope.OwnDirectory => "own directory",
        _ => throw new InvalidOperationException($"{scope} has no name."),
    };

    private static IEnumerable<(int Place, string Who, string Reach, string View)> LinesOf(AccessRow row)
    {
        int place = 0;
        if (row.Grants.Select(grant => grant.Role).ToHashSet().SetEquals(RoleNames.All) && row.Grants.Select(grant => grant.Scope).Distinct().Count() == 1)
        {
            yield return (place++, "every role", NameOf(row.Grants[0].Scope), View(row, row.Grants[0]));
        }
        else
        {
            foreach (Grant grant in row.Grants)
            {
                yield return (place++, RoleNames.Of(grant.Role), NameOf(grant.Scope), View(row, grant));
            }
        }

        if (row.PublicWithoutRecord)
        {
            yield return (place, "anybody", "what names no person's record", "");
        }
    }

    private static string View(AccessRow row, Grant grant) => row.Shows == Shows.Nothing || grant.Scope == Scope.OwnRecord ? ""
        : row.Shows == Shows.Stored ? "`stored`" : "`act`, `personal`";

    private static string MeaningOf(Scope scope) => scope switch
    {
        Scope.Anything => "whatever is asked for: it is about the caller alone",
        Scope.OwnOrganisation => "the one organisation that the token is for",
        Scope.OwnUnits => "counts over the bargaining units that the token names; those about too few people are suppressed",
        Scope.OwnRecord => "the record of the worker whose employee number the token has",
        Scope.Mandate => "the record of a worker who gave the caller a mandate, while it is in force",
        Scope.OwnOrganisationForPurpose => "any record of the organisation that the token is for, if the call says what for; the worker is told",
        Scope.OwnDirectory => "what lies in a data directory whose files the caller opened themselves; no provider's token reaches so far",
        _ => throw new InvalidOperationException($"{scope} has no meaning."),
    };
}
