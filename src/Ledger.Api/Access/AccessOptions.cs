using System.Globalization;
using Ledger.Api.Decisions;
using Microsoft.Extensions.Options;

namespace Ledger.Api.Access;

/// <summary>Who is believed about who calls: section <c>Ledger:Access</c>.</summary>
public sealed class AccessOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Ledger:Access";

    /// <summary>The identity providers, any number; none: only tokens that <c>ledger token</c> makes on this machine are taken.</summary>
    public IList<IssuerOptions> Issuers { get; } = [];

    /// <summary>Producers that sign in with a certificate, by the authorities that issue them; none: no certificate is asked for.</summary>
    public IList<ProducerCertificateOptions> ProducerCertificates { get; } = [];

    /// <summary>How far a provider's clock may be from ours, in seconds. Default 30.</summary>
    public double ClockSkewSeconds { get; set; } = 30;

    /// <summary>Whether tokens of <c>ledger token</c> are taken; only ever on loopback. Default: where no provider is configured.</summary>
    public bool? LocalTokens { get; set; }

    internal bool TakesLocalTokens => LocalTokens ?? Issuers.Count == 0;
}

/// <summary>One identity provider (OpenID Connect Discovery 1.0, RFC 9068).</summary>
public sealed class IssuerOptions
{
    /// <summary>Its address; <c>/.well-known/openid-configuration</c> is below it. https, or http on loopback.</summary>
    public string Authority { get; set; } = "";

    /// <summary>The audience that its tokens for the ledger have.</summary>
    public string Audience { get; set; } = "";

    /// <summary>The organisation that it speaks for; not set: <see cref="OrganisationClaim"/> says.</summary>
    public string? Organisation { get; set; }

    /// <summary>The claim that names the organisation. Default <c>organisation</c>.</summary>
    public string OrganisationClaim { get; set; } = "organisation";

    /// <summary>The claim that holds roles: a list, or one; in <c>scope</c> and <c>scp</c> words with spaces between. Dots lead into objects. Default <c>roles</c>.</summary>
    public string RoleClaim { get; set; } = "roles";

    /// <summary>What its roles are called here: <c>value=role</c> each; none: the same.</summary>
    public IList<string> Roles { get; } = [];

    /// <summary>The claim that holds the employee number. Default <c>employee_number</c>.</summary>
    public string EmployeeNumberClaim { get; set; } = "employee_number";

    /// <summary>The claim that lists the bargaining units spoken for. Default <c>bargaining_units</c>.</summary>
    public string BargainingUnitsClaim { get; set; } = "bargaining_units";

    /// <summary>What people call it, on the sign-in page; not set: the host of its address.</summary>
    public string? Name { get; set; }

    /// <summary>The pages' client id at this provider, for people who sign in (code flow with PKCE); not set: nobody signs in here.</summary>
    public string ClientId { get; set; } = "";

    /// <summary>The client's secret; not set: a public client. In the environment rather than in a file.</summary>
    public string? ClientSecret { get; set; }

    /// <summary>Scopes to ask for beside <c>openid</c>.</summary>
    public IList<string> Scopes { get; } = [];

    internal IEnumerable<(string Value, Role Role)> RoleMap => Roles.Count == 0
        ? RoleNames.All.Select(role => (RoleNames.Of(role), role))
        : Roles.Select(text => (text[..text.LastIndexOf('=')], RoleNames.Parse(text[(text.LastIndexOf('=') + 1)..])!.Value));
}

internal sealed class AccessOptionsCheck : IValidateOptions<AccessOptions>
{
    public ValidateOptionsResult Validate(string? name, AccessOptions options)
    {
        List<string> failures = [];
        if (!(options.ClockSkewSeconds is >= 0 and <= 300))
        {
            failures.Add(string.Create(CultureInfo.InvariantCulture, $"Ledger:Access:ClockSkewSeconds: {options.ClockSkewSeconds} is not between 0 and 300."));
        }

        for (int i = 0; i < options.Issuers.Count; i++)
        {
            string key = $"Ledger:Access:Issuers:{i}";
            IssuerOptions issuer = options.Issuers[i];
            if (!(Uri.TryCreate(issuer.Authority, UriKind.Absolute, out Uri? authority)
                && (authority.Scheme == Uri.UriSchemeHttps || (authority.Scheme == Uri.UriSchemeHttp && authority.IsLoopback))))
            {
                failures.Add($"{key}:Authority: '{issuer.Authority}' is not an https address (http only on loopback).");
            }

            if (options.Issuers.Take(i).Any(other => string.Equals(other.Authority.TrimEnd('/'), issuer.Authority.TrimEnd('/'), StringComparison.Ordinal)))
            {
                failures.Add($"{key}:Authority: '{issuer.Authority}' is configured before; only the first would be used.");
            }

            if (string.IsNullOrWhiteSpace(issuer.Audience))
            {
                failures.Add($"{key}:Audience: name the audience of the provider's tokens for the ledger; without it any token of that provider would do.");
            }

            if (issuer.ClientSecret is { Length: > 0 } && issuer.ClientId.Length == 0)
            {
                failures.Add($"{key}:ClientSecret: there is no {key}:ClientId for it.");
            }

            if (issuer.Organisation is { } organisation && !ResourceNames.IsOrganisation(organisation))
            {
                failures.Add($"{key}:Organisation: '{organisation}' must be 1 to 40 lower-case letters, digits and hyphens, beginning with a letter.");
            }

            for (int n = 0; n < issuer.Roles.Count; n++)
            {
                int equals = issuer.Roles[n].LastIndexOf('=');
                if (equals < 1 || RoleNames.Parse(issuer.Roles[n][(equals + 1)..]) is null)
                {
                    failures.Add($"{key}:Roles:{n}: '{issuer.Roles[n]}' is not value=role; roles are {string.Join(", ", RoleNames.All.Select(RoleNames.Of))}.");
                }
            }
        }

        failures.AddRange(options.ProducerCertificates.SelectMany((producers, i) => producers.Faults($"Ledger:Access:ProducerCertificates:{i}")));
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
