using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Ledger.Api.Access;

/// <summary>What a token grants at an edge that is configured so, and why not more.</summary>
/// <param name="Fault">Why it does not hold; nothing if it does.</param>
/// <param name="Issuer">Who it says made it.</param>
/// <param name="ExpiresAt">Until when it holds, UTC.</param>
/// <param name="Organisation">The organisation it is for; empty if it names none.</param>
/// <param name="OrganisationClaim">The claim that would name it.</param>
/// <param name="Roles">Roles it grants.</param>
/// <param name="RoleClaim">The claim that holds them.</param>
/// <param name="Unmapped">Words in that claim that are no role here.</param>
/// <param name="HasEmployeeNumber">Whether it has one; never which.</param>
/// <param name="EmployeeNumberClaim">The claim that would hold it.</param>
/// <param name="Opens">Methods that it opens, each with how far: the scope's name.</param>
public sealed record TokenExplanation(
    string? Fault,
    string Issuer,
    DateTimeOffset? ExpiresAt,
    string Organisation,
    string OrganisationClaim,
    IReadOnlyList<string> Roles,
    string RoleClaim,
    IReadOnlyList<string> Unmapped,
    bool HasEmployeeNumber,
    string EmployeeNumberClaim,
    IReadOnlyList<(string Method, string Scope)> Opens);

/// <summary>Explains tokens: the same check as an edge's own, asked from outside.</summary>
public static class TokenCheck
{
    /// <summary>Explains a token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="options">Section <c>Ledger:Access</c>.</param>
    /// <param name="local">The issuer of this machine, if its tokens are taken.</param>
    /// <param name="time">The clock.</param>
    public static async Task<TokenExplanation> ExplainAsync(string token, AccessOptions options, LocalIssuer? local, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        TokenReader reader = new(Options.Create(options), new LocalTokens(options.TakesLocalTokens ? local : null), time);
        TokenVerdict verdict = await reader.ReadAsync(token);
        JsonWebToken? read = new JsonWebTokenHandler().CanReadToken(token) ? TryRead(token) : null;
        string issuer = read?.Issuer ?? "";
        IssuerOptions claims = options.Issuers.FirstOrDefault(i => string.Equals(i.Authority.TrimEnd('/'), issuer.TrimEnd('/'), StringComparison.Ordinal)) ?? new IssuerOptions();
        Caller? caller = verdict.Caller;
        return new TokenExplanation(
            verdict.Fault?.ToString(), issuer, caller?.ExpiresAt, caller?.Organisation ?? "", claims.OrganisationClaim,
            [.. (caller?.Roles ?? []).Select(RoleNames.Of)], claims.RoleClaim, caller is null ? [] : TokenClaims.Unmapped(read!, claims),
            caller?.EmployeeNumber is not null, claims.EmployeeNumberClaim,
            [.. caller is null ? [] : AccessTable.Rows.Where(row => row.Page is null).SelectMany(row => row.Grants.Where(g => Opens(g, caller)).Select(g => (row.Method, g.Scope.ToString())))]);
    }

    private static bool Opens(Grant grant, Caller caller) => caller.Roles.Contains(grant.Role) && grant.Scope switch
    {
        Scope.Anything => true,
        Scope.OwnDirectory => caller.HoldsDirectory,
        Scope.OwnRecord => caller.Organisation.Length > 0 && caller.EmployeeNumber is not null,
        _ => caller.Organisation.Length > 0,
    };

    private static JsonWebToken? TryRead(string token)
    {
        try
        {
            return new JsonWebToken(token);
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException or JsonException or FormatException)
        {
            // The verdict says already that it is none.
            return null;
        }
    }
}
