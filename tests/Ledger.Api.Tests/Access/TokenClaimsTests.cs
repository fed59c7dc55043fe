using System.Text.Json.Nodes;
using FluentAssertions;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Ledger.Api.Tests.Hosting;
using Xunit;

namespace Ledger.Api.Tests.Access;

/// <summary>What claims of a token that holds make of its bearer, against a running edge.</summary>
public sealed class TokenClaimsTests(SignInLedger ledger) : IClassFixture<SignInLedger>
{
    private const string Number = "CLAIM-1", Parent = "organisations/main";

    /// <summary>Claims, as JSON, and the roles that they give.</summary>
    public static TheoryData<string, string, string> Roles => new()
    {
        { "plain", """{"roles":["hr","auditor"]}""", "auditor hr" },
        { "plain", """{"roles":"hr"}""", "hr" },
        { "plain", """{"roles":["hr","hr","nonsense",7,null,{"hr":1},["auditor"]]}""", "hr" },
        { "plain", """{"roles":["HR"]}""", "" },
        { "plain", """{"roles":["Hr","hR","hr ", " hr","hr\n","ｈｒ"]}""", "" },
        { "plain", """{"roles":"hr auditor"}""", "" },
        { "plain", """{"roles":["hr auditor"]}""", "" },
        { "plain", """{"roles":7}""", "" },
        { "plain", """{"roles":4}""", "" },
        { "plain", """{"roles":true}""", "" },
        { "plain", """{"roles":{"hr":true}}""", "" },
        { "plain", """{"roles":null}""", "" },
        { "plain", """{"roles":[]}""", "" },
        { "plain", """{"roles":[],"role":"hr","Roles":["hr"],"groups":["hr"]}""", "" },
        { "nested", """{"realm_access":{"roles":["ledger-hr","group=a"]}}""", "auditor hr" },
        { "nested", """{"realm_access":{"roles":"ledger-hr"}}""", "hr" },
        { "nested", """{"realm_access":{"roles":["hr","auditor"]}}""", "" },
        { "nested", """{"realm_access":["ledger-hr"]}""", "" },
        { "nested", """{"realm_access":"ledger-hr"}""", "" },
        { "nested", """{"realm_access":null}""", "" },
        { "nested", """{"realm_access":{"Roles":["ledger-hr"]}}""", "" },
        { "nested", """{"realm_access":{"roles":{"roles":["ledger-hr"]}}}""", "" },
        { "nested", """{"realm_access.roles":["ledger-hr"]}""", "hr" },
        { "scopes", """{"scope":"openid ledger:record  ledger:audit"}""", "auditor producer" },
        { "scopes", """{"scope":"ledger:recorder ledger"}""", "" },
        { "scopes", """{"scope":["ledger:record"]}""", "producer" },
        { "scopes", """{"scope":"ledger:record,ledger:audit"}""", "" },
        { "scopes", """{"scope":"LEDGER:RECORD"}""", "" },
    };

    [Theory, MemberData(nameof(Roles))]
    public async Task Roles_AreThoseThatTheConfigurationMaps(string issuer, string claims, string expected)
    {
        TestIssuer provider = issuer switch { "nested" => ledger.Nested, "scopes" => ledger.Scopes, _ => ledger.Plain };
        string token = provider.Token(With(claims, removed: "roles"));
        if (expected.Length == 0)
        {
            await NotPermittedAsync(token);
        }
        else
        {
            (await ledger.CallerAsync(token)).Roles.Order(StringComparer.Ordinal).Should().Equal(expected.Split(' '));
        }
    }

    [Theory]
    [InlineData("""{"organisation":"MAIN"}""")]
    [InlineData("""{"organisation":"Main"}""")]
    [InlineData("""{"organisation":" main"}""")]
    [InlineData("""{"organisation":"main/"}""")]
    [InlineData("""{"organisation":""}""")]
    [InlineData("""{"organisation":null}""")]
    [InlineData("""{"organisation":["main","elsewhere"]}""")]
    [InlineData("""{"organisation":{"main":true}}""")]
    [InlineData("""{"organisation":"elsewhere"}""")]
    [InlineData("""{"Organisation":"main"}""")]
    public async Task Organisation_ThatIsNotTheOneServed_OpensNothing(string claims)
    {
        string token = ledger.Plain.Token(With(claims, removed: "organisation"));

        await NotPermittedAsync(token);
        V1.WorkerService.WorkerServiceClient workers = new(ledger.With(token));
        await NotPermittedAsync(() => workers.LookupWorkerAsync(new V1.LookupWorkerRequest { Parent = Parent, EmployeeNumber = Number }).ResponseAsync);
    }

    [Fact]
    public async Task Organisation_FixedInTheConfiguration_IsWhatTheTokenIsFor()
    {
        V1.Caller caller = await ledger.CallerAsync(ledger.Fixed.Token(c => c["organisation"] = "elsewhere"));

        caller.Organisation.Should().Be("main");
    }

    [Theory]
    [InlineData("\"CLAIM-1\"", true)]
    [InlineData("[\"CLAIM-1\"]", true)]
    [InlineData("\"claim-1\"", false)]
    [InlineData("\"Claim-1\"", false)]
    [InlineData("\" CLAIM-1\"", false)]
    [InlineData("\"CLAIM-1 \"", false)]
    [InlineData("\"CLAIM-1\\n\"", false)]
    [InlineData("\"CLAIM\\u20101\"", false)]
    [InlineData("\"CLAIM-1\\u0000\"", false)]
    [InlineData("[\"CLAIM-1\",\"CLAIM-2\"]", false)]
    [InlineData("{\"CLAIM-1\":1}", false)]
    [InlineData("\"\"", false)]
    [InlineData("null", false)]
    public async Task EmployeeNumber_ThatIsNotExactlyTheirs_OpensNoRecord(string number, bool opens)
    {
        string record = await RecordOfAsync(Number);
        string token = ledger.Plain.Token(With($$"""{"roles":["worker"],"employee_number":{{number}}}""", removed: "roles"));
        V1.DecisionService.DecisionServiceClient decisions = new(ledger.With(token));

        if (opens)
        {
            (await ledger.CallerAsync(token)).Worker.Should().Be(record);
            (await decisions.ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = record })).Decisions.Should().HaveCount(1);
        }
        else
        {
            (await ledger.CallerAsync(token)).Worker.Should().NotBe(record);
            await NotPermittedAsync(() => decisions.ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = record }).ResponseAsync);
        }
    }

    [Fact]
    public async Task EmployeeNumber_GivenAsANumber_IsItsDigits()
    {
        string record = await RecordOfAsync("70011");
        string token = ledger.Plain.Token(With("""{"roles":["worker"],"employee_number":70011}""", removed: "roles"));

        (await ledger.CallerAsync(token)).Worker.Should().Be(record);
    }

    [Fact]
    public async Task Subject_OfTwoProviders_IsTwoPersons()
    {
        string first = (await ledger.CallerAsync(ledger.Plain.Token())).Person;

        (await ledger.CallerAsync(ledger.Fixed.Token())).Person.Should().NotBe(first);
        (await ledger.CallerAsync(ledger.Plain.Token(c => c["exp"] = ledger.Plain.At(TimeSpan.FromMinutes(7))))).Person.Should().Be(first, "another token of the same account");
        (await ledger.CallerAsync(ledger.Plain.Token(c => c["sub"] = "Somebody"))).Person.Should().NotBe(first);
    }

    [Fact]
    public async Task Directory_ClaimedByAProvider_IsNotHeld()
    {
        string record = await RecordOfAsync(Number);
        string token = ledger.Plain.Token(c => { c["holds_directory"] = true; c["roles"] = "operator"; });

        await NotPermittedAsync(() => new V1.DecisionService.DecisionServiceClient(ledger.With(token)).ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = record }).ResponseAsync);
    }

    [Fact]
    public async Task BargainingUnits_AreListed() =>
        (await ledger.CallerAsync(ledger.Plain.Token(c => c["bargaining_units"] = new JsonArray("local 1", 2, "local 3")))).BargainingUnits.Should().Equal("local 1", "local 3");

    /// <summary>The record of a worker about whom one thing is recorded.</summary>
    private async Task<string> RecordOfAsync(string number)
    {
        V1.DecisionService.DecisionServiceClient producer = new(ledger.With(ledger.Scopes.Token(c => c["scope"] = "ledger:record")));
        V1.Receipt receipt = await producer.RecordDecisionAsync(new V1.RecordDecisionRequest
        {
            Parent = Parent,
            Decision = JsonFormTests.Now(string.Equals(number, Number, StringComparison.Ordinal) ? 9_001 : 9_002, d =>
            {
                d.Subject.EmployeeNumber = number;
                d.Times.DecidedAt = new Timestamp { Seconds = 1_770_000_000 };
            }),
        });
        return receipt.Name[..receipt.Name.IndexOf("/decisions", StringComparison.Ordinal)];
    }

    private static Action<JsonObject> With(string claims, string removed) => token =>
    {
        token.Remove(removed);
        foreach ((string name, JsonNode? value) in JsonNode.Parse(claims)!.AsObject())
        {
            token[name] = value?.DeepClone();
        }
    };

    private Task NotPermittedAsync(string token) => NotPermittedAsync(() => ledger.CallerAsync(token));

    private static async Task NotPermittedAsync<T>(Func<Task<T>> call)
    {
        RpcException refused = (await call.Should().ThrowAsync<RpcException>()).Which;
        refused.StatusCode.Should().Be(StatusCode.PermissionDenied, refused.Status.Detail);
        refused.GetRpcStatus()!.GetDetail<ErrorInfo>().Reason.Should().Be("NOT_PERMITTED");
    }
}
