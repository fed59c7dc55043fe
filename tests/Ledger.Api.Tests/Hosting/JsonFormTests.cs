using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Ledger.Api.Hosting;
using Ledger.Api.Tests.Decisions;
using Ledger.V1;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Ledger.Api.Tests.Hosting;

[Collection(nameof(RunningLedger))]
public sealed class JsonFormTests(RunningLedger ledger)
{
    private const string Record = "/v1/organisations/main/decisions:record";

    public static Decision Now(int number, Action<Decision>? change = null) => DecisionBuilder.Smallest(d =>
    {
        d.DecisionId = $"00000000-0000-4000-8000-{number:x12}";
        d.Times.DecidedAt = new Timestamp { Seconds = 1_770_000_000 };
        change?.Invoke(d);
    });

    [Fact]
    public async Task Decision_Posted_ComesBackByNameAndInTheTrail()
    {
        JsonElement receipt = await OkAsync(await PostAsync(Record, JsonFormatter.Default.Format(Now(1, d => d.Subject.EmployeeNumber = "J-1"))));
        string name = receipt.GetProperty("name").GetString()!;

        JsonElement one = await OkAsync(await ledger.Http.GetAsync($"/v1/{name}"));
        one.GetProperty("decision").GetProperty("kind").GetString().Should().Be("shift_moved");
        one.GetProperty("receipt").GetRawText().Should().Be(receipt.GetRawText());
        JsonElement trail = await OkAsync(await ledger.Http.GetAsync($"/v1/{name[..name.LastIndexOf("/decisions", StringComparison.Ordinal)]}/decisions?pageSize=5&adverse=true"));
        trail.GetProperty("decisions").GetArrayLength().Should().Be(1);
    }

    [Fact]
    public async Task Decision_PostedTwice_GivesTheFirstReceipt()
    {
        string json = JsonFormatter.Default.Format(Now(2));
        string first = await (await PostAsync(Record, json)).Content.ReadAsStringAsync();

        (await (await PostAsync(Record, json)).Content.ReadAsStringAsync()).Should().Be(first);
    }

    [Fact]
    public async Task Decision_InProtoNaming_IsAccepted() => await OkAsync(await PostAsync(
        Record, new JsonFormatter(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true)).Format(Now(3))));

    [Fact]
    public async Task Decision_WithAMisspeltMember_IsRefusedInBothLanguages()
    {
        string json = JsonFormatter.Default.Format(Now(4)).Replace("\"kind\"", "\"knid\"", StringComparison.Ordinal);

        JsonElement french = await ProblemAsync(await PostAsync(Record, json), HttpStatusCode.BadRequest, "UNKNOWN_FIELD");
        french.GetProperty("violations")[0].GetProperty("field").GetString().Should().Be("decision.knid");
        french.GetProperty("title").GetString().Should().Contain("n’est pas un champ");
        JsonElement english = await ProblemAsync(await PostAsync(Record, json, "en"), HttpStatusCode.BadRequest, "UNKNOWN_FIELD");
        english.GetProperty("title").GetString().Should().Contain("is not a field");
    }

    [Theory]
    [InlineData("{", "UNREADABLE")]
    [InlineData("", "UNREADABLE")]
    [InlineData("""{"kind":7}""", "MALFORMED")]
    [InlineData("""{"kind":"\ud800"}""", "MALFORMED")]
    [InlineData("""{"category":"NONE"}""", "UNKNOWN")]
    [InlineData("""{"kind":"a","kind":"b"}""", "DUPLICATE")]
    [InlineData("{}", "MISSING")]
    public async Task Body_ThatIsWrong_IsAClearBadRequest(string json, string code) =>
        await ProblemAsync(await PostAsync(Record, json), HttpStatusCode.BadRequest, code);

    [Fact]
    public async Task Body_OfNoJson_IsRefused()
    {
        using StringContent body = new("a=b", Encoding.UTF8, "application/x-www-form-urlencoded");
        using HttpResponseMessage response = await ledger.Http.PostAsync(Record, body);

        ((int)response.StatusCode).Should().BeOneOf(400, 415);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Body_LargerThanAMessage_IsTooLarge(bool chunked)
    {
        byte[] bytes = Encoding.UTF8.GetBytes($$"""{"kind":"{{new string('x', Limits.MessageBytes)}}"}""");
        using HttpRequestMessage request = new(HttpMethod.Post, Record) { Content = new ByteArrayContent(bytes) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TransferEncodingChunked = chunked;

        using HttpResponseMessage response = await ledger.Http.SendAsync(request);

        JsonElement problem = await ProblemAsync(response, HttpStatusCode.RequestEntityTooLarge, "OVER_LIMIT");
        problem.GetProperty("title").GetString().Should().StartWith("La demande");
    }

    [Fact]
    public async Task Decision_WithMistakes_NamesEveryField()
    {
        JsonElement problem = await ProblemAsync(
            await PostAsync(Record, JsonFormatter.Default.Format(Now(5, d => { d.Kind = ""; d.Times.TimeZone = "Nowhere"; }))), HttpStatusCode.BadRequest, "MISSING");

        problem.GetProperty("violations").EnumerateArray().Select(v => v.GetProperty("field").GetString()).Should().Equal("decision.kind", "decision.times.time_zone");
    }

    [Fact]
    public async Task Decision_RepeatedWithOtherContent_IsAConflict()
    {
        await OkAsync(await PostAsync(Record, JsonFormatter.Default.Format(Now(6))));

        JsonElement problem = await ProblemAsync(
            await PostAsync(Record, JsonFormatter.Default.Format(Now(6, d => d.Adverse = false))), HttpStatusCode.Conflict, "ALREADY_RECORDED_DIFFERENTLY");
        problem.GetProperty("violations")[0].GetProperty("field").GetString().Should().Be("decision.adverse");
    }

    [Theory]
    [InlineData("/v1/organisations/main/workers/00000000000000000000000000000000/decisions/00000000-0000-4000-8000-000000000001", "NOT_FOUND", 404)]
    [InlineData("/v1/organisations/main/workers/x/decisions/00000000-0000-4000-8000-000000000001", "MALFORMED", 400)]
    [InlineData("/v1/organisations/main/workers/x/decisions", "MALFORMED", 400)]
    [InlineData("/v1/organisations/main/workers/00000000000000000000000000000000/decisions?pageSize=501", "OUT_OF_RANGE", 400)]
    [InlineData("/v1/organisations/main/workers/00000000000000000000000000000000/decisions?pageToken=!!!", "INVALID_PAGE_TOKEN", 400)]
    [InlineData("/v1/organisations/main/workers/00000000000000000000000000000000/decisions?pageSize=x", "UNREADABLE", 400)]
    [InlineData("/v1/organisations/main/workers/00000000000000000000000000000000/decisions?category=NONE", "UNREADABLE", 400)]
    [InlineData("/v1/organisations/main/workers/00000000000000000000000000000000/decisions?advers=true", "UNKNOWN_FIELD", 400)]
    [InlineData("/v1/nothing/here", "NOT_FOUND", 404)]
    public async Task Request_ThatCannotBeAnswered_SaysWhy(string address, string code, int status) =>
        await ProblemAsync(await ledger.Http.GetAsync(address), (HttpStatusCode)status, code);

    [Fact]
    public async Task Organisation_ThatIsNotServed_IsNotFound() => await ProblemAsync(
        await PostAsync("/v1/organisations/elsewhere/decisions:record", JsonFormatter.Default.Format(Now(7))), HttpStatusCode.NotFound, "UNKNOWN_ORGANISATION");

    [Fact]
    public async Task Worker_LookedUp_HasTheNameOfItsDecisions()
    {
        JsonElement receipt = await OkAsync(await PostAsync(Record, JsonFormatter.Default.Format(Now(8, d => d.Subject.EmployeeNumber = "J-8"))));
        JsonElement worker = await OkAsync(await PostAsync("/v1/organisations/main/workers:lookup", """{"employeeNumber":"J-8"}"""));

        receipt.GetProperty("name").GetString().Should().StartWith(worker.GetProperty("name").GetString());
        await ProblemAsync(await PostAsync("/v1/organisations/main/workers:lookup", """{"employee":"J-8"}"""), HttpStatusCode.BadRequest, "UNKNOWN_FIELD");
    }

    [Fact]
    public async Task Overload_IsSaidWithARetryAfter()
    {
        IntakeGate gate = ledger.Services.GetRequiredService<IntakeGate>();
        gate.TryEnter(Limits.DecisionsInFlight).Should().BeNull();
        try
        {
            using HttpResponseMessage response = await PostAsync(Record, JsonFormatter.Default.Format(Now(9)));
            response.Headers.RetryAfter!.Delta.Should().BePositive();
            await ProblemAsync(response, HttpStatusCode.TooManyRequests, "OVERLOADED");
        }
        finally
        {
            gate.Leave(Limits.DecisionsInFlight);
        }

        await OkAsync(await PostAsync(Record, JsonFormatter.Default.Format(Now(9))));
    }

    private async Task<HttpResponseMessage> PostAsync(string address, string json, string? language = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, address) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        if (language is not null)
        {
            request.Headers.AcceptLanguage.ParseAdd(language);
        }

        return await ledger.Http.SendAsync(request);
    }

    private static async Task<JsonElement> OkAsync(HttpResponseMessage response)
    {
        string body = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(HttpStatusCode.OK, body);
        return JsonDocument.Parse(body).RootElement;
    }

    private static async Task<JsonElement> ProblemAsync(HttpResponseMessage response, HttpStatusCode status, string code)
    {
        string body = await response.Content.ReadAsStringAsync();
        response.StatusCode.Should().Be(status, body);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
        JsonElement problem = JsonDocument.Parse(body).RootElement;
        problem.GetProperty("code").GetString().Should().Be(code, body);
        problem.GetProperty("status").GetInt32().Should().Be((int)status);
        return problem;
    }
}
