using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Ledger.Api.Access;

/// <summary>Why a token does not hold.</summary>
internal enum TokenFault
{
    /// <summary>There is none.</summary>
    Missing,

    /// <summary>It is no signed JWT (RFC 7519), or not one for access.</summary>
    Malformed,

    /// <summary>No provider of that name is believed here.</summary>
    UnknownIssuer,

    /// <summary>It is meant for somebody else.</summary>
    WrongAudience,

    /// <summary>Signed in a way that is not taken, or by a key that the provider does not have.</summary>
    WrongSignature,

    /// <summary>Its time is over.</summary>
    Expired,

    /// <summary>Its time has not begun.</summary>
    NotYetValid,

    /// <summary>Instead of a token there is a certificate, and it is of no producer that is believed here, or not valid now.</summary>
    UnknownCertificate,

    /// <summary>The provider's keys cannot be fetched now.</summary>
    ProviderUnreachable,
}

/// <summary>Who a token says one is, or why it does not hold.</summary>
internal readonly record struct TokenVerdict(Caller? Caller, TokenFault? Fault);

/// <summary>
/// Checks tokens against the providers' published keys (OpenID Connect Discovery 1.0), which are fetched again when a new key appears. A token that
/// held is not checked again for a minute: a signature costs as much as half of recording a decision.
/// </summary>
internal sealed class TokenReader
{
    // A provider that does not answer must not hold callers for the usual 100 seconds.
    private static readonly HttpClient Providers = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Hosting.Limits.ProviderPatience,
        MaxResponseContentBufferSize = Hosting.Limits.MessageBytes,
    };

    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(1);
    private const int MostRemembered = 10_000;

    // Public keys only: a token signed with a shared secret could be made by anyone who knows the "secret" public key.
    private static readonly string[] Algorithms = ["ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
    private static readonly string[] Types = ["at+jwt", "application/at+jwt", "JWT"];

    private readonly JsonWebTokenHandler handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = Hosting.Limits.TokenBytes };
    private readonly List<(string Name, TokenValidationParameters Checks, IssuerOptions Options)> issuers = [];
    private readonly ConcurrentDictionary<Digest, (Caller Caller, DateTimeOffset Until)> remembered = new();
    private readonly TimeProvider time;

    public TokenReader(IOptions<AccessOptions> options, LocalTokens local, TimeProvider time)
    {
        this.time = time;
        TimeSpan skew = TimeSpan.FromSeconds(options.Value.ClockSkewSeconds);
        foreach (IssuerOptions issuer in options.Value.Issuers)
        {
            TokenValidationParameters checks = Checks(issuer.Audience, skew, time);
            checks.ConfigurationManager = Discovery(issuer);
            issuers.Add((issuer.Authority.TrimEnd('/'), checks, issuer));
        }

        if (local.Issuer is { } own)
        {
            TokenValidationParameters checks = Checks(LocalIssuer.Audience, skew, time);
            checks.ValidIssuer = LocalIssuer.Name;
            checks.IssuerSigningKey = own.SecurityKey;
            issuers.Add((LocalIssuer.Name, checks, new IssuerOptions()));
        }
    }

    public ValueTask<TokenVerdict> ReadAsync(string token)
    {
        Digest digest = Digest.Of(token);
        return remembered.TryGetValue(digest, out (Caller Caller, DateTimeOffset Until) known) && time.GetUtcNow() < known.Until
            ? ValueTask.FromResult(new TokenVerdict(known.Caller, null))
            : CheckAsync(token, digest);
    }

    private async ValueTask<TokenVerdict> CheckAsync(string token, Digest digest)
    {
        if (!handler.CanReadToken(token))
        {
            return new TokenVerdict(null, TokenFault.Malformed);
        }

        string issuer;
        try
        {
            issuer = handler.ReadJsonWebToken(token).Issuer.TrimEnd('/');
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException or FormatException)
        {
            return new TokenVerdict(null, TokenFault.Malformed);
        }

        int at = issuers.FindIndex(i => string.Equals(i.Name, issuer, StringComparison.Ordinal));
        if (at < 0)
        {
            return new TokenVerdict(null, TokenFault.UnknownIssuer);
        }

        if (!await IsReachableAsync(issuers[at].Checks))
        {
            return new TokenVerdict(null, TokenFault.ProviderUnreachable);
        }

        TokenValidationResult result = await handler.ValidateTokenAsync(token, issuers[at].Checks);
        if (!result.IsValid)
        {
            return new TokenVerdict(null, FaultOf(result.Exception));
        }

        if (TryReadClaims((JsonWebToken)result.SecurityToken, issuer, issuers[at].Options) is not { } caller)
        {
            return new TokenVerdict(null, TokenFault.Malformed);
        }

        if (remembered.Count >= MostRemembered)
        {
            remembered.Clear();
        }

        DateTimeOffset until = time.GetUtcNow() + Remembered;
        remembered[digest] = (caller, until < caller.ExpiresAt ? until : caller.ExpiresAt);
        return new TokenVerdict(caller, null);
    }

    /// <summary>Whether the provider's keys are there. The library would go on without them, and say that the issuer is unknown.</summary>
    private static async ValueTask<bool> IsReachableAsync(TokenValidationParameters checks)
    {
        if (checks.ConfigurationManager is null)
        {
            return true;
        }

        try
        {
            await checks.ConfigurationManager.GetBaseConfigurationAsync(CancellationToken.None);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static Caller? TryReadClaims(JsonWebToken token, string issuer, IssuerOptions options)
    {
        try
        {
            return TokenClaims.Read(token, issuer, options);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // A provider signed what is no JSON, or text with half a character.
            return null;
        }
    }

    private static TokenValidationParameters Checks(string audience, TimeSpan skew, TimeProvider time) => new()
    {
        ValidAudience = audience,
        ValidAlgorithms = Algorithms,
        ValidTypes = Types,
        ClockSkew = skew,
        RequireSignedTokens = true,
        RequireExpirationTime = true,
        RequireAudience = true,
        // The library looks at the machine's clock, and nothing else here does.
        LifetimeValidator = (from, until, _, _) => HoldsAt(time.GetUtcNow().UtcDateTime, from, until, skew),
    };

    private static bool HoldsAt(DateTime now, DateTime? from, DateTime? until, TimeSpan skew) =>
        until is null ? throw new SecurityTokenNoExpirationException("No exp.")
        : until <= now - skew ? throw new SecurityTokenExpiredException("Expired.")
        : from > now + skew ? throw new SecurityTokenNotYetValidException("Not yet valid.")
        : true;

    private static ConfigurationManager<OpenIdConnectConfiguration> Discovery(IssuerOptions issuer) => new(
        $"{issuer.Authority.TrimEnd('/')}/.well-known/openid-configuration",
        new OpenIdConnectConfigurationRetriever(),
        // The options' check has let http through on loopback only.
        new HttpDocumentRetriever(Providers) { RequireHttps = false })
    {
        // How soon a key that is not known yet leads to another look, at most; and how long a key that was taken back can still be known.
        RefreshInterval = TimeSpan.FromSeconds(1),
        AutomaticRefreshInterval = ConfigurationManager<OpenIdConnectConfiguration>.MinimumAutomaticRefreshInterval,
        // It would go on taking keys for an hour that the provider has taken back.
        UseLastKnownGoodConfiguration = false,
    };

    private static TokenFault FaultOf(Exception fault) => fault switch
    {
        SecurityTokenExpiredException => TokenFault.Expired,
        SecurityTokenNotYetValidException => TokenFault.NotYetValid,
        SecurityTokenInvalidAudienceException => TokenFault.WrongAudience,
        SecurityTokenInvalidIssuerException => TokenFault.UnknownIssuer,
        SecurityTokenInvalidTypeException => TokenFault.Malformed,
        SecurityTokenInvalidAlgorithmException or SecurityTokenInvalidSignatureException => TokenFault.WrongSignature,
        SecurityTokenException or ArgumentException => TokenFault.Malformed,
        _ => TokenFault.ProviderUnreachable,
    };

    /// <summary>SHA-256 of a token: the token itself is kept nowhere.</summary>
    private readonly record struct Digest(UInt128 High, UInt128 Low)
    {
        public static Digest Of(string token)
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(Encoding.UTF8.GetBytes(token), hash);
            return new Digest(
                System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash), System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));
        }
    }
}

/// <summary>The issuer of this machine, if its tokens are taken.</summary>
internal sealed record LocalTokens(LocalIssuer? Issuer);
