using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Reflection.V1Alpha;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.Tests;
using Ledger.V1;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Requests;

/// <summary>What answers beside gRPC: the JSON form, health and reflection.</summary>
public sealed class JsonScenarios(ITestOutputHelper output) : IAsyncLifetime
{
    private readonly TemporaryDirectory data = new();
    private LedgerProcess server = null!;

    public async Task InitializeAsync() => server = await LedgerProcess.StartAsync(new() { DataDirectory = data.Path });

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        data.Dispose();
    }

    [Fact]
    public async Task JsonForm_RecordsAndListsAndRefuses_AsGrpcDoes()
    {
        Seed seed = new(output);
        DecisionBuilder decision = new(seed.NewId(), "E-1");
        Receipt receipt = Receipt.Parser.ParseJson(await OkAsync(PostAsync("/v1/organisations/main/decisions:record", JsonFormatter.Default.Format(decision.Build()))));
        receipt.Should().Be(await server.Decisions.RecordDecisionAsync(decision.Request()));

        string parent = Worker.Parser.ParseJson(await OkAsync(PostAsync("/v1/organisations/main/workers:lookup", """{"employeeNumber":"E-1"}"""))).Name;
        ListDecisionsResponse trail = ListDecisionsResponse.Parser.ParseJson(await OkAsync(server.Http.GetAsync($"/v1/{parent}/decisions?pageSize=10&adverse=true&category=SCHEDULING")));
        trail.Decisions.Should().ContainSingle().Which.Receipt.Should().Be(receipt);
        RecordedDecision one = RecordedDecision.Parser.ParseJson(await OkAsync(server.Http.GetAsync($"/v1/{receipt.Name}")));
        one.Should().Be(trail.Decisions[0]);

        string incomplete = JsonFormatter.Default.Format(new DecisionBuilder(seed.NewId(), "E-1").With(d => d.Times.TimeZone = "").Build());
        foreach ((string language, string locale, string sentence) in new[] { ("fr", "fr-CA", "Il manque decision.times.time_zone."), ("en", "en-CA", "decision.times.time_zone") })
        {
            using HttpResponseMessage answer = await PostAsync("/v1/organisations/main/decisions:record", incomplete, language);
            answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
            answer.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
            answer.Content.Headers.ContentLanguage.Should().Equal(locale);
            using JsonDocument problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            problem.RootElement.GetProperty("code").GetString().Should().Be("MISSING");
            problem.RootElement.GetProperty("title").GetString().Should().Contain(sentence);
            problem.RootElement.GetProperty("violations")[0].GetProperty("field").GetString().Should().Be("decision.times.time_zone");
        }

        using HttpResponseMessage absent = await server.Http.GetAsync($"/v1/{receipt.Name[..^1]}{(receipt.Name[^1] == '0' ? '1' : '0')}");
        absent.StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Health_OfAReadyServer_IsGoodInBothForms()
    {
        foreach (string path in new[] { "/health/live", "/health/ready" })
        {
            using HttpResponseMessage answer = await server.Http.GetAsync(path);
            answer.StatusCode.Should().Be(HttpStatusCode.OK);
        }

        // The gRPC form is published by a background round of checks: it follows, it does not lead.
        Health.HealthClient health = new(server.Grpc);
        await Eventually.HoldsAsync(
            async () => (await health.CheckAsync(new HealthCheckRequest())).Status == HealthCheckResponse.Types.ServingStatus.Serving, "gRPC health is SERVING");
    }

    [Fact]
    public async Task Reflection_Asked_ListsTheServices()
    {
        ServerReflection.ServerReflectionClient reflection = new(server.Grpc);
        using AsyncDuplexStreamingCall<ServerReflectionRequest, ServerReflectionResponse> call = reflection.ServerReflectionInfo();
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { ListServices = "" });
        await call.RequestStream.CompleteAsync();
        (await call.ResponseStream.MoveNext(CancellationToken.None)).Should().BeTrue();
        call.ResponseStream.Current.ListServicesResponse.Service.Select(s => s.Name)
            .Should().Contain(["ledger.v1.DecisionService", "ledger.v1.WorkerService", "grpc.health.v1.Health"]);
    }

    private static async Task<string> OkAsync(Task<HttpResponseMessage> call)
    {
        using HttpResponseMessage answer = await call;
        string body = await answer.Content.ReadAsStringAsync();
        answer.StatusCode.Should().Be(HttpStatusCode.OK, "{0}", body);
        return body;
    }

    private async Task<HttpResponseMessage> PostAsync(string path, string json, string language = "fr")
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.AcceptLanguage.Add(new StringWithQualityHeaderValue(language));
        return await server.Http.SendAsync(request);
    }
}
