using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Tests;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Ledger.Api.Tests.Access;

/// <summary>How a token travels, what the JSON form answers, and that a token is found nowhere afterwards.</summary>
public sealed class TokenTransportTests(SignInLedger ledger) : IClassFixture<SignInLedger>
{
    private const string Caller = "/v1/caller", Refused = "/v1/organisations/main/refusedAttempts";

    [Theory, InlineData("Bearer"), InlineData("bearer"), InlineData("BEARER")]
    public async Task Scheme_InAnyLetterCase_IsTaken(string scheme)
    {
        using HttpResponseMessage response = await GetAsync(Caller, null, $"{scheme} {ledger.Plain.Token()}");
        response.StatusCode.Should().Be(HttpStatusCode.OK);
        V1.AccessService.AccessServiceClient client = new(ledger.Ledger.Nobody);
        (await client.GetCallerAsync(new V1.GetCallerRequest(), new Metadata { { "authorization", $"{scheme} {ledger.Plain.Token()}" } })).Organisation.Should().Be("main");
    }

    [Theory, InlineData("Basic {0}"), InlineData("{0}"), InlineData("Token {0}"), InlineData("Bearer"), InlineData("Bearer{0}"), InlineData("DPoP {0}"), InlineData("Basic x, Bearer {0}")]
    public async Task Scheme_ThatIsAnother_IsNoToken(string form)
    {
        using HttpResponseMessage response = await GetAsync(Caller, "en", form.Replace("{0}", ledger.Plain.Token(), StringComparison.Ordinal));
        await ProblemAsync(response, HttpStatusCode.Unauthorized, "UNAUTHENTICATED", "the call carries no token");
    }

    [Fact]
    public async Task Tokens_InTwoHeaders_AreRefused()
    {
        using HttpResponseMessage response = await GetAsync(Caller, "en", $"Bearer {ledger.Plain.Token()}", $"Bearer {ledger.Plain.Token(c => c["roles"] = "auditor")}");
        await ProblemAsync(response, HttpStatusCode.Unauthorized, "UNAUTHENTICATED", "the token is not one for access");
        Metadata twice = new() { { "authorization", $"Bearer {ledger.Plain.Token()}" }, { "authorization", $"Bearer {ledger.Plain.Token()}" } };
        (await FluentActions.Awaiting(() => new V1.AccessService.AccessServiceClient(ledger.Ledger.Nobody).GetCallerAsync(new V1.GetCallerRequest(), twice).ResponseAsync)
            .Should().ThrowAsync<RpcException>()).Which.StatusCode.Should().Be(StatusCode.Unauthenticated);
    }

    [Theory, InlineData("access_token"), InlineData("token"), InlineData("authorization")]
    public async Task Token_InTheAddress_DoesNotCount(string parameter)
    {
        string token = ledger.Plain.Token();
        string signature = token.Split('.')[2];
        using HttpResponseMessage response = await GetAsync($"{Caller}?{parameter}={token}", "en");

        response.IsSuccessStatusCode.Should().BeFalse();
        (await response.Content.ReadAsStringAsync()).Should().NotContain(signature);
        // What ASP.NET Core writes of an address, below a warning, is not logged by the product (Ledger.Cli/Hosting/Logs.cs).
        ledger.Log.Lines.Where(l => l.Level >= LogLevel.Warning || !l.Category.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal))
            .Should().NotContain(l => l.Text.Contains(signature, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Token_InTheBody_DoesNotCount()
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/v1/organisations/main/workers:lookup")
        {
            Content = new FormUrlEncodedContent(new Dictionary<string, string>(StringComparer.Ordinal) { ["access_token"] = ledger.Plain.Token() }),
        };
        (await NobodyAsync(request)).IsSuccessStatusCode.Should().BeFalse();
    }

    [Theory, InlineData("fr", "On ne sait pas qui appelle"), InlineData("en", "Nobody has said who calls")]
    public async Task Call_WithoutAToken_IsToldSoInJson(string language, string sentence)
    {
        using HttpResponseMessage response = await GetAsync(Caller, language);

        // RFC 6750 §3.
        response.Headers.WwwAuthenticate.Should().Equal(new AuthenticationHeaderValue("Bearer"));
        response.Content.Headers.ContentLanguage.Should().ContainSingle().Which.Should().StartWith(language);
        await ProblemAsync(response, HttpStatusCode.Unauthorized, "UNAUTHENTICATED", sentence);
    }

    [Theory, InlineData("fr", "Vous n’avez pas le droit de faire cela."), InlineData("en", "You may not do this.")]
    public async Task Call_OfSomebodyWhoMayNot_IsToldSoInJson(string language, string sentence)
    {
        using HttpResponseMessage response = await GetAsync(Refused, language, $"Bearer {ledger.Plain.Token()}");

        response.Headers.WwwAuthenticate.Should().BeEmpty();
        await ProblemAsync(response, HttpStatusCode.Forbidden, "NOT_PERMITTED", sentence);
    }

    [Theory, InlineData("fr"), InlineData("en")]
    public async Task Fault_OfEveryKind_HasItsSentence(string language)
    {
        foreach (TokenFault fault in Enum.GetValues<TokenFault>().Where(fault => fault != TokenFault.ProviderUnreachable))
        {
            TokenSentences.In(language, fault).Should().NotBeNullOrWhiteSpace(fault.ToString());
        }

        using HttpResponseMessage response = await GetAsync(Caller, language, $"Bearer {ledger.Plain.Token(c => c["aud"] = "x")}");
        await ProblemAsync(response, HttpStatusCode.Unauthorized, "UNAUTHENTICATED", TokenSentences.In(language, TokenFault.WrongAudience)!);
    }

    [Fact]
    public async Task Token_RefusedOrTaken_IsInNoLogAndNoAnswer()
    {
        string[] tokens =
        [
            ledger.Plain.Token(), ledger.Plain.Token(c => c["aud"] = "x"), ledger.Plain.Token(c => c["exp"] = 1_000_000_000), ledger.Plain.Token(c => c["iss"] = "https://x.example"),
            ledger.Plain.Token(signedBy: TestKey.New("key-1")), ledger.Plain.Token(header: h => h["kid"] = "other"), ledger.Plain.Token(header: h => h["alg"] = "HS256"),
            ledger.Plain.Token(header: h => h["typ"] = "JOSE"), ledger.Plain.Token(c => c["sub"] = new string('s', 300)), ledger.Plain.TokenOf("[]"), ledger.Plain.TokenOf("{\"sub\":\"canary"),
            ledger.Plain.Token(c => c["roles"] = "none"), Tokens.Of(ledger.Ledger.Issuer, Tokens.Usual()), "not.a.token-but-a-secret-0123456789", "canary-0123456789-canary-0123456789-canary-0123456789",
        ];
        int before = ledger.Log.Lines.Count;
        StringBuilder answers = new();
        foreach (string token in tokens)
        {
            foreach (string address in new[] { Caller, Refused, "/v1/organisations/main/workers/00000000000000000000000000000000/decisions" })
            {
                using HttpResponseMessage response = await GetAsync(address, "en", $"Bearer {token}");
                ((int)response.StatusCode).Should().BeLessThan(500);
                answers.Append(response.Headers).Append(await response.Content.ReadAsStringAsync());
            }

            try
            {
                await ledger.CallerAsync(token);
            }
            catch (RpcException e)
            {
                answers.Append(e.Status.Detail).Append(e.Trailers.Count).AppendJoin(' ', e.Trailers.Select(t => t.IsBinary ? Encoding.UTF8.GetString(t.ValueBytes) : t.Value));
            }
        }

        string log = string.Join('\n', ledger.Log.Lines.Skip(before).Select(l => $"{l.Category}: {l.Text}"));
        log.Should().Contain("Unauthenticated", "the log is read at its finest");
        foreach (string part in tokens.SelectMany(t => t.Split('.')).Where(part => part.Length >= 20).Select(part => part[^20..]).Append(ledger.Plain.Key.Id))
        {
            answers.ToString().Should().NotContain(part);
            log.Split('\n').Where(line => line.Contains(part, StringComparison.Ordinal)).Should().BeEmpty();
        }
    }

    private async Task<HttpResponseMessage> GetAsync(string address, string? language, params string[] authorization)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, address);
        foreach (string header in authorization)
        {
            request.Headers.TryAddWithoutValidation("Authorization", header);
        }

        if (language is not null)
        {
            request.Headers.AcceptLanguage.ParseAdd(language);
        }

        return await NobodyAsync(request);
    }

    /// <summary>Sends it as it is; the ledger's own client adds a token.</summary>
    private async Task<HttpResponseMessage> NobodyAsync(HttpRequestMessage request)
    {
        using HttpClient nobody = new() { BaseAddress = ledger.Http.BaseAddress };
        return await nobody.SendAsync(request);
    }

    private static async Task ProblemAsync(HttpResponseMessage response, HttpStatusCode status, string code, string sentence)
    {
        string body = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(status, body);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        JsonElement problem = JsonDocument.Parse(body).RootElement;
        problem.GetProperty("code").GetString().Should().Be(code);
        problem.GetProperty("status").GetInt32().Should().Be((int)status);
        problem.GetProperty("title").GetString().Should().Contain(sentence);
    }
}
