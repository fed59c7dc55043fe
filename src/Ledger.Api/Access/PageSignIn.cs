using Ledger.Api.Hosting.Pages;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Ledger.Api.Access;

/// <summary>How people come to a session: at their provider, by the authorization code flow with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636).</summary>
internal static class PageSignIn
{
    /// <summary>Where providers send people back to; the number of the provider follows.</summary>
    public const string Return = "/sign-in-return-";

    /// <summary>Name of a provider's scheme.</summary>
    public static string SchemeOf(int provider) => $"provider-{provider}";

    public static void Add(WebApplicationBuilder builder)
    {
        AccessOptions options = new();
        builder.Configuration.GetSection(AccessOptions.Section).Bind(options);
        AuthenticationBuilder authentication = builder.Services.AddAuthentication().AddCookie(PageSession.Scheme);
        builder.Services.AddOptions<CookieAuthenticationOptions>(PageSession.Scheme).Configure<PageCookies>((cookie, cookies) =>
        {
            cookie.Cookie = cookies.Builder("session");
            cookie.ExpireTimeSpan = PageSession.Idle;
            cookie.SlidingExpiration = true;
            // Every few minutes is often enough; the framework would wait until half the time has gone.
            cookie.Events.OnCheckSlidingExpiration = context =>
            {
                context.ShouldRenew = context.ElapsedTime > PageSession.RenewAfter;
                return Task.CompletedTask;
            };
        });
        builder.Services.AddAntiforgery();
        builder.Services.AddOptions<AntiforgeryOptions>().Configure<PageCookies>((forgery, cookies) =>
        {
            forgery.Cookie = cookies.Builder("form");
            forgery.SuppressXFrameOptionsHeader = true;
        });
        for (int i = 0; i < options.Issuers.Count; i++)
        {
            if (options.Issuers[i].ClientId.Length > 0)
            {
                AddProvider(builder, authentication, i, options.Issuers[i]);
            }
        }
    }

    private static void AddProvider(WebApplicationBuilder builder, AuthenticationBuilder authentication, int number, IssuerOptions issuer)
    {
        string scheme = SchemeOf(number);
        authentication.AddOpenIdConnect(scheme, oidc =>
        {
            oidc.SignInScheme = PageSession.Scheme;
            oidc.Authority = issuer.Authority;
            // The options' check has let http through on loopback only.
            oidc.RequireHttpsMetadata = false;
            oidc.ClientId = issuer.ClientId;
            oidc.ClientSecret = issuer.ClientSecret;
            oidc.ResponseType = OpenIdConnectResponseType.Code;
            oidc.ResponseMode = OpenIdConnectResponseMode.Query;
            oidc.UsePkce = true;
            oidc.MapInboundClaims = false;
            oidc.SaveTokens = false;
            oidc.GetClaimsFromUserInfoEndpoint = false;
            oidc.CallbackPath = $"{Return}{number}";
            oidc.BackchannelTimeout = Hosting.Limits.ProviderPatience;
            oidc.Scope.Clear();
            oidc.Scope.Add("openid");
            foreach (string wanted in issuer.Scopes)
            {
                oidc.Scope.Add(wanted);
            }

            oidc.Events.OnTokenValidated = TakeTokenAsync;
            oidc.Events.OnRemoteFailure = FailAsync;
        });
        builder.Services.AddOptions<OpenIdConnectOptions>(scheme).Configure<PageCookies>((oidc, cookies) =>
        {
            foreach (CookieBuilder cookie in (CookieBuilder[])[oidc.NonceCookie, oidc.CorrelationCookie])
            {
                cookie.SameSite = SameSiteMode.Lax;
                cookie.SecurePolicy = cookies.Secure ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
            }
        });
    }

    /// <summary>The identity token said who came; what they may is in the access token, which is read like every other caller's.</summary>
    private static async Task TakeTokenAsync(TokenValidatedContext context)
    {
        string token = context.TokenEndpointResponse?.AccessToken ?? "";
        TokenVerdict verdict = await context.HttpContext.RequestServices.GetRequiredService<TokenReader>().ReadAsync(token);
        if (verdict.Caller is not { } caller)
        {
            context.Fail($"{verdict.Fault}");
            return;
        }

        context.Principal = PageSession.PrincipalOf(token, caller);
        context.Properties!.IsPersistent = false;
        Log(context.HttpContext).LogInformation("A sign-in by {Way} succeeded, as {Roles}.", context.Scheme.Name, string.Join(", ", caller.Roles.Select(RoleNames.Of)));
    }

    private static Task FailAsync(RemoteFailureContext context)
    {
        // What the provider said stands in the exception; it may hold what somebody typed, so its kind alone is written.
        Log(context.HttpContext).LogWarning("A sign-in by {Way} failed: {Fault}.", context.Scheme.Name, context.Failure?.GetType().Name);
        bool french = context.Properties?.RedirectUri?.StartsWith("/en", StringComparison.Ordinal) != true;
        context.Response.Redirect($"{SiteMap.SignIn.Url(french)}?{SignInPages.Failed}=1");
        context.HandleResponse();
        return Task.CompletedTask;
    }

    private static ILogger<PageSession> Log(HttpContext http) => http.RequestServices.GetRequiredService<ILogger<PageSession>>();
}
