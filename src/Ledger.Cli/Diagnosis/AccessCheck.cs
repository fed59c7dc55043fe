using Ledger.Api.Access;
using Ledger.Cli.Access;
using Ledger.Cli.Hosting;
using Microsoft.Extensions.Configuration;

namespace Ledger.Cli.Diagnosis;

/// <summary>What a token grants at a ledger that is configured so, and why not more.</summary>
internal static class AccessCheck
{
    private const string Name = "token";

    public static async IAsyncEnumerable<Finding> LookAsync(Session session, LedgerSettings settings, IConfiguration configuration, string token)
    {
        AccessOptions options = new();
        configuration.GetSection(AccessOptions.Section).Bind(options);
        // Looking at a token must not make a key: where nothing ever ran, none of this machine's own can hold.
        using LocalIssuer? local = LocalKey.OpenFor(session, settings, Parts.Api);
        TokenExplanation found = await TokenCheck.ExplainAsync(token, options, local, session.Around.Time);
        Languages.Texts texts = session.Texts;
        if (found.Fault is { } fault)
        {
            yield return new Finding(
                Name, Weight.Problem, texts.Format("doctor.token.fault", found.Issuer, texts[$"doctor.token.{fault}"]), texts[$"doctor.token.{fault}.remedy"]);
            yield break;
        }

        yield return new Finding(Name, Weight.Good, texts.Format("doctor.token.holds", found.Issuer, texts.Instant(found.ExpiresAt!.Value, TimeZoneInfo.Local.Id)));
        yield return found.Organisation.Length > 0
            ? new Finding(Name, Weight.Good, texts.Format("doctor.token.organisation", found.Organisation))
            : new Finding(Name, Weight.Problem, texts.Format("doctor.token.noOrganisation", found.OrganisationClaim), texts["doctor.token.noOrganisationRemedy"]);
        yield return found.Roles.Count > 0
            ? new Finding(Name, Weight.Good, texts.Format("doctor.token.roles", string.Join(", ", found.Roles)))
            : new Finding(Name, Weight.Problem, texts.Format("doctor.token.noRole", found.RoleClaim), texts["doctor.token.noRoleRemedy"]);
        if (found.Unmapped.Count > 0)
        {
            yield return new Finding(
                Name, Weight.Advice, texts.Format("doctor.token.unmapped", found.RoleClaim, string.Join(", ", found.Unmapped)), texts["doctor.token.noRoleRemedy"]);
        }

        if (!found.HasEmployeeNumber)
        {
            yield return new Finding(Name, Weight.Advice, texts.Format("doctor.token.noNumber", found.EmployeeNumberClaim), texts["doctor.token.noNumberRemedy"]);
        }

        foreach (IGrouping<string, (string Method, string Scope)> reach in found.Opens.GroupBy(o => o.Scope, StringComparer.Ordinal))
        {
            yield return new Finding(
                Name, Weight.Good, texts.Format("doctor.token.opens", texts[$"doctor.scope.{reach.Key}"], string.Join(", ", reach.Select(o => o.Method[(o.Method.LastIndexOf('/') + 1)..]))));
        }
    }
}
