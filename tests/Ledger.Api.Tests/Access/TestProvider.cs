using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Ledger.Api.Tests.Access;

/// <summary>
/// An OpenID provider as anybody runs one (OpenIddict), with one client of its own that records and one that people sign in to. Whoever comes to its
/// page is the worker OIDC-1, without a password.
/// </summary>
internal sealed class TestProvider(int port) : IAsyncDisposable
{
    public const string Producer = "roster", Secret = "a secret between two machines", Portal = "portal", Callback = "http://127.0.0.1/signed-in", Number = "OIDC-1";

    private WebApplication? app;

    public string Address { get; } = $"http://127.0.0.1:{port}/";

    public async Task StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Address);
        builder.Services.AddOpenIddict().AddServer(Configure);
        app = builder.Build();
        app.UseAuthentication();
        await app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await app.DisposeAsync();
        }
    }

    /// <summary>Signs with a new key from now on; publishes the old one beside it, or no more.</summary>
    public void Rotate(string id, bool withdraw)
    {
        List<SigningCredentials> credentials = app!.Services.GetRequiredService<IOptionsMonitor<OpenIddictServerOptions>>().CurrentValue.SigningCredentials;
        if (withdraw)
        {
            credentials.Clear();
        }

        credentials.Insert(0, new SigningCredentials(Key(id), SecurityAlgorithms.RsaSha256));
    }

    private static RsaSecurityKey Key(string id) => new(RSA.Create(2048)) { KeyId = id };

    private void Configure(OpenIddictServerBuilder server)
    {
        // Without a database: what it would look up there, the handlers below say.
        server.EnableDegradedMode().SetIssuer(new Uri(Address));
        server.SetAuthorizationEndpointUris("authorize").SetTokenEndpointUris("token");
        server.AllowClientCredentialsFlow().AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
        server.AddSigningKey(Key("first")).AddEphemeralEncryptionKey().DisableAccessTokenEncryption();
        server.UseAspNetCore().DisableTransportSecurityRequirement();
        server.AddEventHandler<ValidateAuthorizationRequestContext>(handler => handler.UseInlineHandler(context =>
        {
            if (context.ClientId != Portal || (context.RedirectUri != Callback && !context.RedirectUri!.EndsWith("/sign-in-return-0", StringComparison.Ordinal)))
            {
                context.Reject(Errors.InvalidClient);
            }

            return default;
        }));
        server.AddEventHandler<ValidateTokenRequestContext>(handler => handler.UseInlineHandler(context =>
        {
            if (!(context.ClientId == Portal || (context.ClientId == Producer && context.ClientSecret == Secret)))
            {
                context.Reject(Errors.InvalidClient);
            }

            return default;
        }));
        server.AddEventHandler<HandleAuthorizationRequestContext>(handler => handler.UseInlineHandler(context =>
        {
            context.SignIn(Person("w-77", "worker", Number));
            return default;
        }));
        server.AddEventHandler<HandleTokenRequestContext>(handler => handler.UseInlineHandler(context =>
        {
            // A code brings along whom it was made for.
            if (context.Request.IsClientCredentialsGrantType())
            {
                context.SignIn(Person(Producer, "producer", null));
            }

            return default;
        }));
    }

    private static ClaimsPrincipal Person(string subject, string role, string? number)
    {
        ClaimsIdentity identity = new("test", Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, subject).SetClaim("organisation", "main").SetClaim("roles", role);
        if (number is not null)
        {
            identity.SetClaim("employee_number", number).SetScopes(Scopes.OpenId);
        }

        identity.SetResources(TestIssuer.Audience).SetDestinations(_ => [Destinations.AccessToken]);
        return new ClaimsPrincipal(identity);
    }
}
