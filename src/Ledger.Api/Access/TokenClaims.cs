using System.Text.Json;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Ledger.Api.Access;

/// <summary>Turns the claims of a token that holds into who calls, as the configuration maps them.</summary>
internal static class TokenClaims
{
    // What Keycloak calls its other tokens, which bear the same type as one for access.
    private static readonly string[] OtherKinds = ["ID", "Refresh", "Offline", "Logout"];

    /// <summary>Who calls; nothing if the token names no subject, or is not one for access.</summary>
    /// <exception cref="JsonException">The claims are no JSON.</exception>
    /// <exception cref="InvalidOperationException">They are no object, or a text in them is none.</exception>
    public static Caller? Read(JsonWebToken token, string issuer, IssuerOptions options)
    {
        using JsonDocument payload = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedPayload));
        JsonElement claims = payload.RootElement;
        // RFC 7519 §4.1.2: a text. A number would be the same person as its digits.
        if (IsOfAnotherKind(claims) || !claims.TryGetProperty("sub", out JsonElement sub) || sub.ValueKind != JsonValueKind.String
            || sub.GetString() is not { Length: > 0 and <= Limits.Subject } subject)
        {
            return null;
        }

        string[] said = [.. Words(claims, options.RoleClaim)];
        Role[] roles = [.. options.RoleMap.Where(map => said.Contains(map.Value, StringComparer.Ordinal)).Select(map => map.Role).Distinct()];
        string organisation = options.Organisation ?? (Words(claims, options.OrganisationClaim) is [var named] ? named : "");
        string? number = Words(claims, options.EmployeeNumberClaim) is [var one] && EmployeeNumberIsWellFormed(one) ? one : null;
        return new Caller(
            roles,
            ResourceNames.IsOrganisation(organisation) ? organisation : "",
            $"{issuer}\n{subject}",
            number,
            [.. Words(claims, options.BargainingUnitsClaim)],
            new DateTimeOffset(token.ValidTo, TimeSpan.Zero),
            string.Equals(issuer, LocalIssuer.Name, StringComparison.Ordinal)
                && claims.TryGetProperty(LocalIssuer.DirectoryClaim, out JsonElement holds) && holds.ValueKind == JsonValueKind.True);
    }

    /// <summary>Words in the claim of roles that are no role here.</summary>
    public static IReadOnlyList<string> Unmapped(JsonWebToken token, IssuerOptions options)
    {
        using JsonDocument payload = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedPayload));
        return [.. Words(payload.RootElement, options.RoleClaim).Except(options.RoleMap.Select(map => map.Value), StringComparer.Ordinal)];
    }

    // An identity token says who signed in, to the application where they did (OpenID Connect Core 1.0 §3.1.3.6, §3.3.2.11), and lies about in browsers.
    private static bool IsOfAnotherKind(JsonElement claims) =>
        claims.TryGetProperty("at_hash", out _) || claims.TryGetProperty("c_hash", out _)
        || (claims.TryGetProperty("typ", out JsonElement kind) && kind.ValueKind == JsonValueKind.String
            && OtherKinds.Contains(kind.GetString(), StringComparer.OrdinalIgnoreCase));

    /// <summary>The words of a claim: a list's, or one text's; scopes (RFC 8693 §4.2) are words with spaces between.</summary>
    private static IReadOnlyList<string> Words(JsonElement claims, string path)
    {
        if (claims.TryGetProperty(path, out JsonElement claim))
        {
            return claim.ValueKind switch
            {
                JsonValueKind.Array => [.. claim.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.String).Select(e => e.GetString()!)],
                JsonValueKind.String when path is "scope" or "scp" => claim.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries),
                JsonValueKind.String => [claim.GetString()!],
                JsonValueKind.Number => [claim.GetRawText()],
                _ => [],
            };
        }

        // realm_access.roles: the claim is a member of another.
        int dot = path.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && claims.TryGetProperty(path[..dot], out JsonElement inner) && inner.ValueKind == JsonValueKind.Object
            ? Words(inner, path[(dot + 1)..])
            : [];
    }

    private static bool EmployeeNumberIsWellFormed(string number)
    {
        Violations violations = new(DateTimeOffset.UnixEpoch);
        DecisionCheck.EmployeeNumber(violations, number, "employee_number");
        return violations.None;
    }
}
