using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Api.Tests.Hosting;
using Ledger.Tests;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace Ledger.Api.Tests.Access;

/// <summary>A ledger against a real OpenID provider, as an employer would run them.</summary>
public sealed class ProviderTests : IAsyncLifetime
{
    private const string Parent = "organisations/main";

    private readonly MovedClock clock = new();
    private readonly TestProvider provider = new(Ports.Free(1)[0]);
    private readonly HttpClient browser = new(new HttpClientHandler { AllowAutoRedirect = false });
    private readonly RunningLedger ledger;

    public ProviderTests() => ledger = new RunningLedger(builder =>
    {
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Ledger:Access:Issuers:0:Authority"] = provider.Address,
            ["Ledger:Access:Issuers:0:Audience"] = TestIssuer.Audience,
            ["Ledger:Access:Issuers:0:ClientId"] = TestProvider.Portal,
        });
        builder.Services.AddSingleton<TimeProvider>(clock);
    });

    public Task InitializeAsync() => ledger.InitializeAsync();

    public async Task DisposeAsync()
    {
        browser.Dispose();
        await ledger.DisposeAsync();
        await provider.DisposeAsync();
    }

    [Fact]
    public async Task ProducerAndWorker_SignedIn_RecordAndReadTheirOwn()
    {
        await provider.StartAsync();

        // Client credentials (RFC 6749 §4.4): a machine records.
        string machine = await ClientTokenAsync();
        new JsonWebToken(machine).Typ.Should().Be("at+jwt", "it is signed, and readable here");
        V1.Receipt receipt = await RecordAsync(machine);
        // Code flow with PKCE (RFC 7636): a person reads.
        (string access, string identity) = await SignInAsync();
        V1.Caller caller = await CallerAsync(access);
        caller.Roles.Should().Equal("worker");
        receipt.Name.Should().StartWith($"{caller.Worker}/decisions/");
        (await new V1.DecisionService.DecisionServiceClient(With(access)).ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = caller.Worker }))
            .Decisions.Should().ContainSingle().Which.Receipt.Name.Should().Be(receipt.Name);

        // Each only in their own role, and none by a token that is for something else.
        await RefusedAsync(() => RecordAsync(access), StatusCode.PermissionDenied);
        await RefusedAsync(() => CallerAsync(identity), StatusCode.Unauthenticated);
        await RefusedAsync(() => CallerAsync(Tokens.Of(ledger.Issuer, Tokens.Holder())), StatusCode.Unauthenticated);
    }

    [Fact]
    public async Task Person_WhoSignsInOnAPage_ComesBackToIt_AndLeavesForGood()
    {
        await provider.StartAsync();
        await RecordAsync(await ClientTokenAsync());
        using HttpClient person = new(new HttpClientHandler { CookieContainer = new CookieContainer() }) { BaseAddress = ledger.Http.BaseAddress };

        string asked = await person.GetStringAsync(new Uri("/en/my-decisions?du=2020-01-01", UriKind.Relative));
        asked.Should().Contain("Sign in to see this page");
        string link = WebUtility.HtmlDecode(asked[asked.IndexOf("/en/sign-in/0", StringComparison.Ordinal)..].Split('"')[0]);
        HttpResponseMessage page = await person.GetAsync(new Uri(link, UriKind.Relative));
        page.RequestMessage!.RequestUri!.PathAndQuery.Should().Be("/en/my-decisions?du=2020-01-01", "it is where they wanted to go");
        string mine = await page.Content.ReadAsStringAsync();
        mine.Should().Contain("See this decision");
        page.Headers.CacheControl!.NoStore.Should().BeTrue();

        // What the token does not grant the session does not; it ends with the token.
        (await person.GetAsync(new Uri("/en/hr", UriKind.Relative))).StatusCode.Should().Be(HttpStatusCode.Forbidden);
        string form = mine[mine.IndexOf("__RequestVerificationToken", StringComparison.Ordinal)..];
        string token = WebUtility.HtmlDecode(form[(form.IndexOf("value=\"", StringComparison.Ordinal) + 7)..].Split('"')[0]);
        (await person.PostAsync(new Uri("/en/my-representative/give", UriKind.Relative), new FormUrlEncodedContent([])))
            .StatusCode.Should().Be(HttpStatusCode.BadRequest, "a form of another site has no token");
        await person.PostAsync(new Uri("/en/sign-out", UriKind.Relative), new FormUrlEncodedContent([new("__RequestVerificationToken", token)]));
        (await person.GetStringAsync(new Uri("/en/my-decisions", UriKind.Relative))).Should().Contain("Sign in to see this page");

        (await person.GetStringAsync(new Uri(link, UriKind.Relative))).Should().Contain("See this decision", "they may come again");
        clock.Advance(PageSession.Idle + TimeSpan.FromMinutes(1));
        (await person.GetStringAsync(new Uri("/en/my-decisions", UriKind.Relative))).Should().Contain("Sign in to see this page", "half an hour without a page ends it");
    }

    [Fact]
    public async Task Key_NewAtTheProvider_IsTakenAndAWithdrawnOneIsNot()
    {
        await provider.StartAsync();
        string first = await ClientTokenAsync();
        await CallerAsync(first);

        // Side by side at first, as providers do.
        provider.Rotate("second", withdraw: false);
        string second = await ClientTokenAsync();
        new JsonWebToken(second).Kid.Should().Be("second");
        await TakenInTimeAsync(second);
        clock.Advance(TimeSpan.FromSeconds(61));
        await CallerAsync(first);

        provider.Rotate("third", withdraw: true);
        await TakenInTimeAsync(await ClientTokenAsync());
        clock.Advance(TimeSpan.FromSeconds(61));

        foreach (string old in new[] { first, second })
        {
            (await RefusedAsync(() => CallerAsync(old), StatusCode.Unauthenticated)).Status.Detail.Should().Contain(TokenSentences.English(TokenFault.WrongSignature));
        }
    }

    [Fact]
    public async Task Token_OfWhichTheTimeIsOver_IsRevoked()
    {
        await provider.StartAsync();
        string token = await ClientTokenAsync();
        await CallerAsync(token);

        clock.Advance(new JsonWebToken(token).ValidTo - TimeProvider.System.GetUtcNow().UtcDateTime + TimeSpan.FromSeconds(32));

        (await RefusedAsync(() => CallerAsync(token), StatusCode.Unauthenticated)).Status.Detail.Should().Contain(TokenSentences.English(TokenFault.Expired));
    }

    [Fact]
    public async Task Provider_ThatIsDownAtFirst_IsWaitedFor()
    {
        // Nobody listens there, so somebody else's token that looks like one of the provider's must do.
        TestIssuer lookalike = new(clock, 1);
        string early = lookalike.Token(c => c["iss"] = provider.Address);
        RpcException refused = await RefusedAsync(() => CallerAsync(early), StatusCode.Unavailable);
        refused.GetRpcStatus()!.GetDetail<ErrorInfo>().Reason.Should().Be("SERVICE_UNAVAILABLE");
        refused.GetRpcStatus()!.GetDetail<RetryInfo>().RetryDelay.ToTimeSpan().Should().BePositive();

        await provider.StartAsync();

        await TakenInTimeAsync(await ClientTokenAsync());
        await RefusedAsync(() => CallerAsync(early), StatusCode.Unauthenticated);
    }

    [Fact]
    public async Task Provider_ThatNeverAnswers_HoldsNobodyForEver()
    {
        using TcpListener silent = new(IPAddress.Loopback, new Uri(provider.Address).Port);
        silent.Start();

        await RefusedAsync(() => CallerAsync(new TestIssuer(clock, 1).Token(c => c["iss"] = provider.Address)), StatusCode.Unavailable);
    }

    [Fact]
    public async Task Provider_ThatGoesDownLater_IsNotNeededForKnownKeys()
    {
        await provider.StartAsync();
        string[] tokens = [await ClientTokenAsync(), await ClientTokenAsync()];
        await CallerAsync(tokens[0]);
        await provider.DisposeAsync();

        (await CallerAsync(tokens[1])).Roles.Should().Equal("producer");
        clock.Advance(TimeSpan.FromMinutes(2));
        (await CallerAsync(tokens[0])).Roles.Should().Equal("producer");
    }

    private CallInvoker With(string token) => ledger.Nobody.With(() => token);

    private async Task<V1.Caller> CallerAsync(string token) =>
        await new V1.AccessService.AccessServiceClient(With(token)).GetCallerAsync(new V1.GetCallerRequest(), new Metadata { { "accept-language", "en" } });

    private async Task<V1.Receipt> RecordAsync(string token) => await new V1.DecisionService.DecisionServiceClient(With(token)).RecordDecisionAsync(
        new V1.RecordDecisionRequest
        {
            Parent = Parent,
            Decision = JsonFormTests.Now(1, d =>
            {
                d.Subject.EmployeeNumber = TestProvider.Number;
                d.Times.DecidedAt = new Timestamp { Seconds = 1_770_000_000 };
            }),
        });

    /// <summary>A key is looked for when a token names it, beside the call.</summary>
    private Task TakenInTimeAsync(string token) => Eventually.HoldsAsync(
        async () =>
        {
            try
            {
                await CallerAsync(token);
                return true;
            }
            catch (RpcException e) when (e.StatusCode is StatusCode.Unauthenticated or StatusCode.Unavailable)
            {
                return false;
            }
        },
        "the provider's key is known");

    private static async Task<RpcException> RefusedAsync<T>(Func<Task<T>> call, StatusCode code)
    {
        RpcException refused = (await call.Should().ThrowAsync<RpcException>()).Which;
        refused.StatusCode.Should().Be(code, refused.Status.Detail);
        return refused;
    }

    private async Task<string> ClientTokenAsync() => (await TokenAsync(new(StringComparer.Ordinal)
    {
        ["grant_type"] = "client_credentials",
        ["client_id"] = TestProvider.Producer,
        ["client_secret"] = TestProvider.Secret,
    })).GetProperty("access_token").GetString()!;

    private async Task<(string Access, string Identity)> SignInAsync()
    {
        string verifier = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));
        string page = QueryHelpers.AddQueryString($"{provider.Address}authorize", new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["response_type"] = "code",
            ["client_id"] = TestProvider.Portal,
            ["redirect_uri"] = TestProvider.Callback,
            ["scope"] = "openid",
            ["state"] = "s",
            ["nonce"] = "n",
            ["code_challenge"] = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["code_challenge_method"] = "S256",
        });
        using HttpResponseMessage redirect = await browser.GetAsync(page);
        redirect.StatusCode.Should().Be(HttpStatusCode.Redirect, await redirect.Content.ReadAsStringAsync());
        string code = QueryHelpers.ParseQuery(redirect.Headers.Location!.Query)["code"].ToString();
        JsonElement answer = await TokenAsync(new(StringComparer.Ordinal)
        {
            ["grant_type"] = "authorization_code",
            ["client_id"] = TestProvider.Portal,
            ["redirect_uri"] = TestProvider.Callback,
            ["code"] = code,
            ["code_verifier"] = verifier,
        });
        return (answer.GetProperty("access_token").GetString()!, answer.GetProperty("id_token").GetString()!);
    }

    private async Task<JsonElement> TokenAsync(Dictionary<string, string> form)
    {
        using HttpResponseMessage response = await browser.PostAsync($"{provider.Address}token", new FormUrlEncodedContent(form));
        string body = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(HttpStatusCode.OK, body);
        return JsonDocument.Parse(body).RootElement;
    }
}
