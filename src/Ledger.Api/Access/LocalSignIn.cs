using Ledger.Api.Hosting.Pages;

namespace Ledger.Api.Access;

/// <summary>Ready links into a session, for a demo.</summary>
public static class LocalSignIn
{
    /// <summary>Path and query of a link that signs somebody in by a token of this machine.</summary>
    /// <param name="french">Whether they read French.</param>
    /// <param name="token">The token.</param>
    public static string Path(bool french, string token) => $"{SiteMap.SignInByLink.Url(french)}?{SignInPages.Token}={token}";
}
