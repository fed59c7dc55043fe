using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Ledger.Api.Hosting.Pages;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;

namespace Ledger.Api.Access;

/// <summary>
/// Somebody's session on the pages: their provider's token in a sealed cookie, read anew on every page, so that a session holds exactly what the token
/// grants and ends with it, or after half an hour without a page.
/// </summary>
internal sealed class PageSession(TokenReader tokens, Spent spent, TimeProvider time, ILogger<PageSession> logger)
{
    public const string Scheme = "ledger-session", TokenClaim = "token", IdClaim = "sid";

    /// <summary>How long a session lasts without being used.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(30);

    /// <summary>A page later than this after the last renewal renews the session.</summary>
    public static readonly TimeSpan RenewAfter = TimeSpan.FromMinutes(5);

    /// <summary>Finds out who reads.</summary>
    public async Task EnterAsync(PageVisit visit)
    {
        AuthenticateResult found = await visit.Http.AuthenticateAsync(Scheme);
        if (found.Principal?.FindFirst(TokenClaim)?.Value is not { } token || found.Principal.FindFirst(IdClaim)?.Value is not { } id)
        {
            return;
        }

        TokenVerdict verdict = await tokens.ReadAsync(token);
        DateTimeOffset now = time.GetUtcNow();
        if (verdict.Caller is not { } caller || caller.ExpiresAt <= now || spent.Has(id))
        {
            logger.LogInformation("A session ended: {Fault}.", verdict.Fault ?? TokenFault.Expired);
            await visit.Http.SignOutAsync(Scheme);
            return;
        }

        visit.Http.User = found.Principal;
        visit.Caller = caller;
        // The answer to this very request may renew it.
        bool renewed = now - (found.Properties?.IssuedUtc ?? now) > RenewAfter;
        visit.SessionEnds = Earlier(renewed ? now + Idle : found.Properties?.ExpiresUtc ?? now, caller.ExpiresAt);
    }

    /// <summary>Begins the time without a page anew.</summary>
    public static async Task StayAsync(PageVisit visit)
    {
        await visit.Http.SignInAsync(Scheme, visit.Http.User, new AuthenticationProperties { IsPersistent = false });
        visit.SessionEnds = Earlier(visit.Now + Idle, visit.Caller!.ExpiresAt);
    }

    /// <summary>Ends a session for good: a copy of its cookie opens nothing here any more.</summary>
    public async Task EndAsync(PageVisit visit)
    {
        if (visit.Caller is { } caller && visit.Http.User.FindFirst(IdClaim)?.Value is { } id)
        {
            spent.Spend(id, visit.Now, caller.ExpiresAt);
            logger.LogInformation("A session ended: signed out.");
        }

        await visit.Http.SignOutAsync(Scheme);
    }

    /// <summary>Begins a session by a ready link, and says whose; nothing if its token does not hold or it was used before.</summary>
    public async Task<Caller?> BeginByLinkAsync(PageVisit visit, string token)
    {
        string link = Digest(token);
        if (spent.Has(link))
        {
            logger.LogWarning("A sign-in by {Way} failed: {Fault}.", "link", "used before");
            return null;
        }

        TokenVerdict verdict = await tokens.ReadAsync(token);
        if (verdict.Caller is not { } caller)
        {
            logger.LogWarning("A sign-in by {Way} failed: {Fault}.", "link", verdict.Fault);
            return null;
        }

        await visit.Http.SignInAsync(Scheme, PrincipalOf(token, caller), new AuthenticationProperties { IsPersistent = false });
        logger.LogInformation("A sign-in by {Way} succeeded, as {Roles}.", "link", string.Join(", ", caller.Roles.Select(RoleNames.Of)));
        spent.Spend(link, visit.Now + Spent.LinkGrace, caller.ExpiresAt);
        return caller;
    }

    /// <summary>What the cookie holds.</summary>
    public static ClaimsPrincipal PrincipalOf(string token, Caller caller) => new(new ClaimsIdentity(
        [new Claim(TokenClaim, token), new Claim("sub", Digest(caller.Account)), new Claim(IdClaim, RandomNumberGenerator.GetHexString(32, lowercase: true))], Scheme));

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;
}
