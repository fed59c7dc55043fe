using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Ledger.Api.Hosting.Pages;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ledger.Api.Access;

/// <summary>
/// Somebody's session on the pages: their provider's token in a sealed cookie, read anew on every page, so that a session holds exactly what the token
/// grants and ends with it, or after half an hour without a page.
/// </summary>
internal sealed class PageSession(TokenReader tokens, TimeProvider time, ILogger<PageSession> logger)
{
    public const string Scheme = "ledger-session", TokenClaim = "token";

    /// <summary>How long a session lasts without being used.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(30);

    /// <summary>Finds out who reads.</summary>
    public async Task EnterAsync(PageVisit visit)
    {
        AuthenticateResult found = await visit.Http.AuthenticateAsync(Scheme);
        if (found.Principal?.FindFirst(TokenClaim)?.Value is not { } token)
        {
            return;
        }

        TokenVerdict verdict = await tokens.ReadAsync(token);
        if (verdict.Caller is not { } caller || caller.ExpiresAt <= time.GetUtcNow())
        {
            logger.LogInformation("A session ended: {Fault}.", verdict.Fault ?? TokenFault.Expired);
            await visit.Http.SignOutAsync(Scheme);
            return;
        }

        visit.Http.User = found.Principal;
        visit.Caller = caller;
        DateTimeOffset idle = found.Properties?.ExpiresUtc ?? time.GetUtcNow();
        visit.SessionEnds = idle < caller.ExpiresAt ? idle : caller.ExpiresAt;
    }

    /// <summary>Who a token says one is; nothing if it does not hold.</summary>
    public async Task<Caller?> ReadAsync(string token) => (await tokens.ReadAsync(token)).Caller;

    /// <summary>Begins a session by a token; nothing, or why not.</summary>
    public async Task<TokenFault?> BeginAsync(HttpContext http, string token, string by)
    {
        TokenVerdict verdict = await tokens.ReadAsync(token);
        if (verdict.Caller is not { } caller)
        {
            logger.LogWarning("A sign-in by {Way} failed: {Fault}.", by, verdict.Fault);
            return verdict.Fault;
        }

        await http.SignInAsync(Scheme, PrincipalOf(token, caller), new AuthenticationProperties { IsPersistent = false });
        logger.LogInformation("A sign-in by {Way} succeeded, as {Roles}.", by, string.Join(", ", caller.Roles.Select(RoleNames.Of)));
        return null;
    }

    /// <summary>What the cookie holds.</summary>
    public static ClaimsPrincipal PrincipalOf(string token, Caller caller) => new(new ClaimsIdentity(
        [new Claim(TokenClaim, token), new Claim("sub", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(caller.Account))))], Scheme));
}
