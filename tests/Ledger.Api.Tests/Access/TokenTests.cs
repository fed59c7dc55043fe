using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Google.Rpc;
using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Tests;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace Ledger.Api.Tests.Access;

/// <summary>Tokens that must not hold, against a running edge: every one ends with UNAUTHENTICATED and says why.</summary>
public sealed class TokenTests(SignInLedger ledger) : IClassFixture<SignInLedger>
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    /// <summary>A key that nobody publishes.</summary>
    private static readonly TestKey Stranger = TestKey.New("key-1");

    /// <summary>What is wrong, how it is made, and as what it is refused.</summary>
    private static readonly Dictionary<string, (Func<SignInLedger, string> Make, TokenFault Fault)> Refused = new(StringComparer.Ordinal)
    {
        ["nothing"] = (_ => "", TokenFault.Malformed),
        ["no token at all"] = (_ => "abc", TokenFault.Malformed),
        ["parts that are no base64url"] = (l => $"{l.Plain.Token().Split('.')[0]}.a.b", TokenFault.Malformed),
        ["dots alone"] = (_ => "..", TokenFault.Malformed),
        ["five parts"] = (l => $"{l.Plain.Token()}.a.b", TokenFault.Malformed),
        ["expired beyond the skew"] = (l => l.Plain.Token(c => c["exp"] = l.Plain.At(-32 * Second)), TokenFault.Expired),
        ["expired yesterday"] = (l => l.Plain.Token(c => { c["nbf"] = l.Plain.At(-90_000 * Second); c["exp"] = l.Plain.At(-86_400 * Second); }), TokenFault.Expired),
        ["without an expiry"] = (l => l.Plain.Token(c => c.Remove("exp")), TokenFault.Malformed),
        ["not yet valid"] = (l => l.Plain.Token(c => c["nbf"] = l.Plain.At(40 * Second)), TokenFault.NotYetValid),
        ["another audience"] = (l => l.Plain.Token(c => c["aud"] = "https://payroll.example"), TokenFault.WrongAudience),
        ["the audience in capitals"] = (l => l.Plain.Token(c => c["aud"] = TestIssuer.Audience.ToUpperInvariant()), TokenFault.WrongAudience),
        ["a longer audience"] = (l => l.Plain.Token(c => c["aud"] = $"{TestIssuer.Audience}.evil.example"), TokenFault.WrongAudience),
        ["other audiences"] = (l => l.Plain.Token(c => c["aud"] = new JsonArray("a", "b")), TokenFault.WrongAudience),
        ["the audience of local tokens"] = (l => l.Plain.Token(c => c["aud"] = LocalIssuer.Audience), TokenFault.WrongAudience),
        ["no audience"] = (l => l.Plain.Token(c => c.Remove("aud")), TokenFault.WrongAudience),
        ["an unknown issuer"] = (l => l.Plain.Token(c => c["iss"] = "https://login.evil.example"), TokenFault.UnknownIssuer),
        ["an issuer below a known one"] = (l => l.Plain.Token(c => c["iss"] = $"{l.Plain.Address}/realm"), TokenFault.UnknownIssuer),
        ["no issuer"] = (l => l.Plain.Token(c => c.Remove("iss")), TokenFault.UnknownIssuer),
        ["the name of the local issuer"] = (l => l.Plain.Token(c => { c["iss"] = LocalIssuer.Name; c["aud"] = LocalIssuer.Audience; }), TokenFault.WrongSignature),
        ["another issuer's name"] = (l => l.Plain.Token(c => c["iss"] = l.Fixed.Address), TokenFault.WrongSignature),
        ["another issuer's name and key id"] =
            (l => l.Plain.Token(c => c["iss"] = l.Nested.Address, h => h["kid"] = l.Nested.Key.Id), TokenFault.WrongSignature),
        ["a wrong key with the right id"] = (l => l.Plain.Token(signedBy: Stranger), TokenFault.WrongSignature),
        ["an unknown key"] = (l => l.Plain.Token(header: h => h["kid"] = "key-of-nobody", signedBy: Stranger), TokenFault.WrongSignature),
        ["a wrong key and no id"] = (l => l.Plain.Token(header: h => h.Remove("kid"), signedBy: Stranger), TokenFault.WrongSignature),
        ["a key that it brings along"] = (l => l.Plain.Token(header: h => { h["jwk"] = Stranger.Published(); h["kid"] = Stranger.Id; }, signedBy: Stranger), TokenFault.WrongSignature),
        ["no signature, two parts"] = (l => l.Plain.Unsigned(header: h => h["alg"] = "none"), TokenFault.Malformed),
        ["no signature"] = (l => $"{l.Plain.Unsigned(header: h => h["alg"] = "none")}.", TokenFault.WrongSignature),
        ["no signature, in other letters"] = (l => $"{l.Plain.Unsigned(header: h => h["alg"] = "nOnE")}.", TokenFault.WrongSignature),
        ["no signature, but an algorithm"] = (l => $"{l.Plain.Unsigned()}.", TokenFault.WrongSignature),
        ["an algorithm of none and a signature"] = (l => l.Plain.Token(header: h => h["alg"] = "none"), TokenFault.WrongSignature),
        ["an algorithm in small letters"] = (l => l.Plain.Token(header: h => h["alg"] = "rs256"), TokenFault.WrongSignature),
        ["another token's signature"] = (l => $"{l.Plain.Unsigned(c => c["sub"] = "boss")}.{l.Plain.Token().Split('.')[2]}", TokenFault.WrongSignature),
        ["the type of a refresh token"] = (l => l.Plain.Token(header: h => h["typ"] = "refresh+jwt"), TokenFault.Malformed),
        ["the type of a logout token"] = (l => l.Plain.Token(header: h => h["typ"] = "logout+jwt"), TokenFault.Malformed),
        ["no type"] = (l => l.Plain.Token(header: h => h.Remove("typ")), TokenFault.Malformed),
        ["an id token (OpenID Connect)"] = (l => l.Plain.Token(c => c["at_hash"] = "77QmUPtjPfzWtF2AnpK9RQ", h => h["typ"] = "JWT"), TokenFault.Malformed),
        ["an id token (code flow)"] = (l => l.Plain.Token(c => c["c_hash"] = "77QmUPtjPfzWtF2AnpK9RQ", h => h["typ"] = "JWT"), TokenFault.Malformed),
        ["an id token (Keycloak)"] = (l => l.Plain.Token(c => c["typ"] = "ID", h => h["typ"] = "JWT"), TokenFault.Malformed),
        ["a refresh token (Keycloak)"] = (l => l.Plain.Token(c => c["typ"] = "Refresh", h => h["typ"] = "JWT"), TokenFault.Malformed),
        ["no subject"] = (l => l.Plain.Token(c => c.Remove("sub")), TokenFault.Malformed),
        ["an empty subject"] = (l => l.Plain.Token(c => c["sub"] = ""), TokenFault.Malformed),
        ["a subject of 256 characters"] = (l => l.Plain.Token(c => c["sub"] = new string('s', 256)), TokenFault.Malformed),
        ["a number for subject"] = (l => l.Plain.Token(c => c["sub"] = 7), TokenFault.Malformed),
        ["a list for subject"] = (l => l.Plain.Token(c => c["sub"] = new JsonArray("somebody")), TokenFault.Malformed),
        ["over the limit"] = (l => l.Plain.Token(c => c["padding"] = new string('x', 16 * 1024)), TokenFault.Malformed),
        ["more roles than a token has room for"] = (l => l.Plain.Token(c => c["roles"] = Roles(3_500)), TokenFault.Malformed),
        ["broken text in the subject"] = (l => l.Plain.TokenOf(Claims(l, """
            "sub":"\ud800","roles":["hr"]
            """)), TokenFault.Malformed),
        ["broken text in the roles"] = (l => l.Plain.TokenOf(Claims(l, """
            "sub":"s","roles":["\udc00","hr"]
            """)), TokenFault.Malformed),
        ["claims that are a list"] = (l => l.Plain.TokenOf("[1]"), TokenFault.Malformed),
        ["claims that are no JSON"] = (l => l.Plain.TokenOf("{\"sub\":"), TokenFault.Malformed),
        ["no claims"] = (l => l.Plain.TokenOf(""), TokenFault.Malformed),
        ["claims a thousand deep"] = (l => l.Plain.TokenOf(Claims(l, $"\"sub\":\"s\",\"roles\":{new string('[', 1000)}{new string(']', 1000)}")), TokenFault.Malformed),
    };

    /// <summary>Encodings of a public key that a library might take for a shared secret.</summary>
    private static readonly Dictionary<string, Func<RSA, byte[]>> PublicKeys = new(StringComparer.Ordinal)
    {
        ["SPKI"] = k => k.ExportSubjectPublicKeyInfo(),
        ["SPKI in PEM"] = k => Encoding.ASCII.GetBytes(k.ExportSubjectPublicKeyInfoPem()),
        ["SPKI in PEM with LF"] = k => Encoding.ASCII.GetBytes(k.ExportSubjectPublicKeyInfoPem() + "\n"),
        ["PKCS #1"] = k => k.ExportRSAPublicKey(),
        ["PKCS #1 in PEM"] = k => Encoding.ASCII.GetBytes(k.ExportRSAPublicKeyPem()),
        ["modulus"] = k => k.ExportParameters(false).Modulus!,
        ["modulus in base64"] = k => Encoding.ASCII.GetBytes(Base64UrlEncoder.Encode(k.ExportParameters(false).Modulus)),
        ["exponent"] = k => k.ExportParameters(false).Exponent!,
        ["JWK"] = k => Encoding.ASCII.GetBytes(new TestKey("key-1", k).Published().ToJsonString()),
        ["nothing"] = _ => [],
    };

    public static TheoryData<string> RefusedNames => [.. Refused.Keys];

    public static TheoryData<string, string> PublicKeyNames
    {
        get
        {
            TheoryData<string, string> names = [];
            foreach (string encoding in PublicKeys.Keys)
            {
                names.Add(encoding, "HS256");
                names.Add(encoding, "HS512");
            }

            return names;
        }
    }

    [Fact]
    public async Task Token_ThatHolds_IsTaken()
    {
        V1.Caller caller = await ledger.CallerAsync(ledger.Plain.Token());

        caller.Roles.Should().Equal("hr");
        caller.Organisation.Should().Be("main");
        caller.Worker.Should().BeEmpty();
        caller.Person.Should().MatchRegex("^[0-9a-f]{32}$");
    }

    [Fact]
    public async Task Call_WithoutAToken_IsRefused()
    {
        V1.AccessService.AccessServiceClient nobody = new(ledger.Ledger.Nobody);

        (await FluentActions.Awaiting(() => nobody.GetCallerAsync(new V1.GetCallerRequest()).ResponseAsync).Should().ThrowAsync<RpcException>())
            .Which.StatusCode.Should().Be(StatusCode.Unauthenticated);
    }

    [Theory, MemberData(nameof(RefusedNames))]
    public async Task Token_ThatDoesNotHold_IsRefusedSayingWhy(string what)
    {
        (Func<SignInLedger, string> make, TokenFault fault) = Refused[what];

        await RefusedAsync(make(ledger), fault);
    }

    [Theory, MemberData(nameof(PublicKeyNames))]
    public async Task Token_SignedWithThePublicKeyAsASecret_IsRefused(string encoding, string algorithm)
    {
        byte[] secret = PublicKeys[encoding](ledger.Plain.Key.Rsa);
        string signed = ledger.Plain.Unsigned(header: h => h["alg"] = algorithm);
        byte[] text = Encoding.ASCII.GetBytes(signed);
        byte[] mac = algorithm == "HS256" ? HMACSHA256.HashData(secret, text) : HMACSHA512.HashData(secret, text);

        await RefusedAsync($"{signed}.{Base64UrlEncoder.Encode(mac)}", TokenFault.WrongSignature);
    }

    [Theory, InlineData("typ", "JWT"), InlineData("typ", "application/at+jwt")]
    public async Task Token_InAnotherUsualForm_Holds(string member, string value) =>
        (await ledger.CallerAsync(ledger.Plain.Token(header: h => h[member] = value))).Roles.Should().Equal("hr");

    [Fact]
    public async Task Token_WithAThousandRoles_Holds() =>
        (await ledger.CallerAsync(ledger.Plain.Token(c => c["roles"] = Roles(1_000)))).Roles.Should().Equal("hr");

    [Fact]
    public async Task Token_WithTenThousandRoles_IsMoreThanAHeaderHolds()
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/v1/caller");
        request.Headers.Add("Authorization", $"Bearer {ledger.Plain.Token(c => c["roles"] = Roles(10_000))}");

        (await ledger.Http.SendAsync(request)).StatusCode.Should().Be(System.Net.HttpStatusCode.RequestHeaderFieldsTooLarge);
    }

    [Fact]
    public async Task Token_WithinTheSkew_Holds()
    {
        (await ledger.CallerAsync(ledger.Plain.Token(c => c["exp"] = ledger.Plain.At(-20 * Second)))).Roles.Should().Equal("hr");
        (await ledger.CallerAsync(ledger.Plain.Token(c => c["nbf"] = ledger.Plain.At(20 * Second)))).Roles.Should().Equal("hr");
    }

    [Fact]
    public async Task Token_OfWhichACharacterChanged_IsRefused()
    {
        string token = ledger.Plain.Token();
        // The last character of a signature has two bits that count: its other letters spell the same bytes.
        for (int at = 0; at < token.Length - 1; at += 5)
        {
            char other = token[at] switch { 'A' => 'Q', '.' => 'A', _ => 'A' };
            string changed = $"{token[..at]}{other}{token[(at + 1)..]}";
            RpcException refused = await RefusedAsync(changed);
            refused.StatusCode.Should().Be(StatusCode.Unauthenticated, "character {0} of {1}, {2}", at, token.Length, refused.Status.Detail);
        }
    }

    [Fact]
    public async Task LocalToken_OfWhichACharacterChanged_IsRefused()
    {
        string token = Tokens.Of(ledger.Ledger.Issuer, Tokens.Usual());
        (await ledger.CallerAsync(token)).Organisation.Should().Be("main");
        for (int at = 0; at < token.Length - 1; at++)
        {
            string changed = $"{token[..at]}{(token[at] == 'A' ? 'Q' : 'A')}{token[(at + 1)..]}";
            (await RefusedAsync(changed)).StatusCode.Should().Be(StatusCode.Unauthenticated, "character {0} of {1}", at, token.Length);
        }
    }

    [Fact]
    public async Task LocalToken_OfAnotherKey_IsRefused()
    {
        using LocalIssuer other = LocalIssuer.FromKey(LocalIssuer.NewKey());

        await RefusedAsync(Tokens.Of(other, Tokens.Holder()), TokenFault.WrongSignature);
    }

    [Fact]
    public async Task Token_ThatHeld_IsRefusedWhenItsTimeIsOver()
    {
        string token = ledger.Plain.Token(c => c["exp"] = ledger.Plain.At(5 * Second));
        await ledger.CallerAsync(token);

        ledger.Clock.Advance(40 * Second);

        await RefusedAsync(token, TokenFault.Expired);
    }

    private async Task RefusedAsync(string token, TokenFault fault)
    {
        RpcException refused = await RefusedAsync(token);
        refused.StatusCode.Should().Be(StatusCode.Unauthenticated, refused.Status.Detail);
        refused.GetRpcStatus()!.GetDetail<ErrorInfo>().Reason.Should().Be("UNAUTHENTICATED");
        refused.Status.Detail.Should().Be($"Nobody has said who calls: {TokenSentences.English(fault)}");
        if (token.Length > 20)
        {
            refused.GetRpcStatus()!.ToString().Should().NotContain(token[^20..]);
        }
    }

    private async Task<RpcException> RefusedAsync(string token) =>
        (await FluentActions.Awaiting(() => ledger.CallerAsync(token)).Should().ThrowAsync<RpcException>()).Which;

    /// <summary>So many roles that mean nothing here, and HR.</summary>
    private static JsonArray Roles(int count) => [.. Enumerable.Repeat(0, count).Select(_ => JsonValue.Create("h")), JsonValue.Create("hr")];

    private static string Claims(SignInLedger l, string rest) => $$"""
        {"iss":"{{l.Plain.Address}}","aud":"{{TestIssuer.Audience}}","exp":{{l.Plain.At(TimeSpan.FromMinutes(5))}},"organisation":"main",{{rest}}}
        """;
}
