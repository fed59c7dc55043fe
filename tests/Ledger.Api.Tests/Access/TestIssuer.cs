using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;

namespace Ledger.Api.Tests.Access;

/// <summary>A signing key as a provider publishes it.</summary>
internal sealed record TestKey(string Id, RSA Rsa)
{
    public static TestKey New(string id) => new(id, RSA.Create(2048));

    public JsonObject Published()
    {
        RSAParameters key = Rsa.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["alg"] = "RS256",
            ["kid"] = Id,
            ["n"] = Base64UrlEncoder.Encode(key.Modulus),
            ["e"] = Base64UrlEncoder.Encode(key.Exponent),
        };
    }

    public byte[] Sign(byte[] text) => Rsa.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
}

/// <summary>An identity provider that publishes what it is told to and signs anything, well-formed or not: for tokens that no real one would make.</summary>
internal sealed class TestIssuer : IAsyncDisposable
{
    public const string Audience = "https://ledger.example";

    private readonly TimeProvider time;
    private WebApplication? app;

    public TestIssuer(TimeProvider time, int port)
    {
        this.time = time;
        Address = $"http://127.0.0.1:{port}";
        Published = [Key];
    }

    public string Address { get; }

    public TestKey Key { get; set; } = TestKey.New("key-1");

    /// <summary>What anybody who asks for its keys is given.</summary>
    public IReadOnlyList<TestKey> Published { get; set; }

    public async Task StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Address);
        app = builder.Build();
        app.MapGet("/.well-known/openid-configuration", () => Json(new JsonObject { ["issuer"] = Address, ["jwks_uri"] = $"{Address}/keys" }));
        app.MapGet("/keys", () => Json(new JsonObject { ["keys"] = new JsonArray([.. Published.Select(key => key.Published())]) }));
        await app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await app.DisposeAsync();
        }
    }

    /// <summary>A token for HR of <c>main</c> that holds for ten minutes, changed where a test says.</summary>
    public string Token(Action<JsonObject>? claims = null, Action<JsonObject>? header = null, TestKey? signedBy = null)
    {
        string signed = Unsigned(claims, header);
        return $"{signed}.{Base64UrlEncoder.Encode((signedBy ?? Key).Sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <summary>Header and claims, in front of the signature.</summary>
    public string Unsigned(Action<JsonObject>? claims = null, Action<JsonObject>? header = null)
    {
        JsonObject head = new() { ["alg"] = "RS256", ["typ"] = "at+jwt", ["kid"] = Key.Id };
        header?.Invoke(head);
        JsonObject body = new()
        {
            ["iss"] = Address,
            ["aud"] = Audience,
            ["sub"] = "somebody",
            ["organisation"] = "main",
            ["roles"] = new JsonArray("hr"),
            ["nbf"] = At(TimeSpan.FromMinutes(-5)),
            ["exp"] = At(TimeSpan.FromMinutes(10)),
        };
        claims?.Invoke(body);
        return $"{Base64UrlEncoder.Encode(head.ToJsonString())}.{Base64UrlEncoder.Encode(body.ToJsonString())}";
    }

    /// <summary>Signs claims given as text, which need not be JSON.</summary>
    public string TokenOf(string claims)
    {
        string signed = $"{Base64UrlEncoder.Encode(new JsonObject { ["alg"] = "RS256", ["typ"] = "at+jwt", ["kid"] = Key.Id }.ToJsonString())}.{Base64UrlEncoder.Encode(claims)}";
        return $"{signed}.{Base64UrlEncoder.Encode(Key.Sign(Encoding.ASCII.GetBytes(signed)))}";
    }

    /// <summary>Seconds since 1970 at so much from now.</summary>
    public long At(TimeSpan fromNow) => (time.GetUtcNow() + fromNow).ToUnixTimeSeconds();

    private static IResult Json(JsonObject value) => Results.Text(value.ToJsonString(), "application/json");
}
