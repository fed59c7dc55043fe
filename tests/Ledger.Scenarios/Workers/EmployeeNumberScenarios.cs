using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Ledger.Scenarios.Access;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.Scenarios.Telemetry;
using Ledger.V1;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Workers;

/// <summary>An employee number goes in and is nowhere afterwards: not in the store, not in a log line, not in telemetry.</summary>
public class EmployeeNumberScenarios(ITestOutputHelper output)
{
    private const string Canary = "CANARY7731X";

    [Fact]
    public async Task EmployeeNumber_AfterEveryKindOfCallWithEverythingLogged_IsNowhere()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        using TemporaryDirectory logs = new();
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        Dictionary<string, string> variables = receiver.Variables;
        foreach (string category in new[] { "Default", "Orleans", "Microsoft.Orleans", "Microsoft.AspNetCore", "Grpc", "Ledger", "System.Net.Http" })
        {
            variables[$"Logging__LogLevel__{category}"] = "Trace";
        }

        LedgerSetup setup = new() { DataDirectory = data.Path, LogFile = logs.Of("server.log"), Variables = variables };
        await using (LedgerProcess server = await LedgerProcess.StartAsync(setup))
        {
            await CallInEveryWayAsync(server, seed);
            await server.StopAsync();
        }

        new FileInfo(logs.Of("server.log")).Length.Should().BeGreaterThan(100_000, "everything is logged");
        receiver.Received.Select(r => r.Signal).Should().Contain(["traces", "metrics", "logs"]);
        IEnumerable<string> files = Directory.EnumerateFiles(data.Path, "*", SearchOption.AllDirectories).Concat(Directory.EnumerateFiles(logs.Path));
        Haystack.Find([Canary], files, receiver.Received).Should().BeEmpty();
    }

    private static async Task CallInEveryWayAsync(LedgerProcess server, Seed seed)
    {
        DecisionBuilder decision = new DecisionBuilder(seed.NewId(), Canary).With(d => d.Automation.Review.ReviewerEmployeeNumber = Canary);
        await server.Decisions.RecordDecisionAsync(decision.Request());
        await server.Decisions.RecordDecisionAsync(decision.Request());
        await Refused.ByAsync(() => server.Decisions.RecordDecisionAsync(decision.With(d => d.Kind = "other").Request()).ResponseAsync);
        await Refused.ByAsync(() => server.Decisions.RecordDecisionAsync(new DecisionBuilder(seed.NewId(), Canary).With(d => d.Kind = "").Request()).ResponseAsync);
        await Refused.ByAsync(() => server.Decisions.RecordDecisionAsync(new DecisionBuilder(seed.NewId(), Canary + " é").Request()).ResponseAsync);
        await Refused.ByAsync(() => server.Workers.LookupWorkerAsync(new() { Parent = DecisionBuilder.Organisation, EmployeeNumber = Canary + "/" }).ResponseAsync);
        await Refused.ByAsync(() => server.Workers.LookupWorkerAsync(new() { Parent = "organisations/other", EmployeeNumber = Canary }).ResponseAsync);
        (await server.TrailAsync(Canary)).Should().ContainSingle();

        using (AsyncDuplexStreamingCall<RecordDecisionsRequest, RecordDecisionsResponse> call = server.Decisions.RecordDecisions())
        {
            RecordDecisionsRequest batch = new() { Parent = DecisionBuilder.Organisation };
            batch.Decisions.Add(new DecisionBuilder(seed.NewId(), Canary).Build());
            batch.Decisions.Add(new DecisionBuilder(seed.NewId(), Canary).With(d => d.Times = null).Build());
            await call.RequestStream.WriteAsync(batch);
            await call.RequestStream.CompleteAsync();
            (await call.ResponseStream.MoveNext(CancellationToken.None)).Should().BeTrue();
        }

        string json = JsonFormatter.Default.Format(new DecisionBuilder(seed.NewId(), Canary).Build());
        foreach (string body in new[]
        {
            json,
            json[..(json.IndexOf(Canary, StringComparison.Ordinal) + Canary.Length + 3)],
            json.Replace($"\"{Canary}\"", Canary, StringComparison.Ordinal),
            json.Replace("\"SCHEDULING\"", $"\"{Canary}\"", StringComparison.Ordinal),
        })
        {
            using StringContent content = new(body, Encoding.UTF8, "application/json");
            using HttpResponseMessage answer = await server.Http.PostAsync("/v1/organisations/main/decisions:record", content);
            ((int)answer.StatusCode).Should().BeLessThan(500);
        }
    }
}
