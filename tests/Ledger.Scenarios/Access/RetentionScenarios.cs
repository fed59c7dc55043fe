using System.Text.Json;
using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.Scenarios.Transparency;
using Ledger.Tests;
using Ledger.V1;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Access;

/// <summary>The time of a class is over: what its decisions said about people goes, and nothing else does.</summary>
public class RetentionScenarios(ITestOutputHelper output)
{
    private const string Goes = "DETRUIT-7731", Stays = "CONSERVE-7731";

    [Fact]
    public async Task Class_WhoseTimeIsOver_IsForgottenForAllButThoseOnHold_AndTheLogVerifies()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        using TemporaryDirectory kept = new();
        string schedule = kept.Of("schedule.json"), config = kept.Of("ledger.json");
        File.WriteAllText(schedule, """{ "schema": "ledger.retention/1", "rules": [{ "class": "evaluation", "months": 12, "from": "2026-01-01", "source": "calendrier, règle 5" }] }""");
        File.WriteAllText(config, JsonSerializer.Serialize(new { Ledger = new { Retention = new { File = schedule } } }));
        LedgerSetup setup = new() { DataDirectory = data.Of("data"), Variables = new Dictionary<string, string>(StringComparer.Ordinal) { ["Ledger__Retention__File"] = schedule } };
        string before = kept.Of("before.evidence"), after = kept.Of("after.evidence");
        await using (LedgerProcess server = await LedgerProcess.StartAsync(setup))
        {
            await server.Decisions.RecordDecisionAsync(Decision(seed, "E-1", Category.Evaluation, Goes));
            await server.Decisions.RecordDecisionAsync(Decision(seed, "E-1", Category.Scheduling, Stays));
            await server.Decisions.RecordDecisionAsync(Decision(seed, "E-2", Category.Evaluation, Goes));
            WorkerService.WorkerServiceClient hr = new(server.As(new LocalGrant("main", "hr one", Role.Hr)));
            await hr.PlaceHoldAsync(new PlaceHoldRequest { Parent = await server.NameOfAsync("E-2"), HoldId = seed.NewId().ToString(), Reason = HoldReason.Dispute });
            await ExportAsync(server, "E-1", before);
            Said beside = await RunAsync("--json");
            beside.Code.Should().Be(0, "a running server has the embedded store, and is asked: {0}", beside);
            beside.Json.GetProperty("ending").GetArrayLength().Should().Be(0, "its clock counts");
            beside.Json.GetProperty("staying").EnumerateArray().Select(s => s.GetProperty("class").GetString()).Should().Equal("evaluation", "scheduling");
            await server.StopAsync();
        }

        Copy(setup.Keys, kept.Of("keys"));
        Said dry = await RunAsync("--json");
        dry.Code.Should().Be(0, "{0}", dry);
        JsonElement ending = dry.Json.GetProperty("ending").EnumerateArray().Single();
        (ending.GetProperty("class").GetString(), ending.GetProperty("decisions").GetInt32(), ending.GetProperty("workers").GetInt32(), ending.GetProperty("workersOnHold").GetInt32())
            .Should().Be(("evaluation", 2, 2, 1));
        dry.Json.GetProperty("staying")[0].GetProperty("class").GetString().Should().Be("scheduling");

        Said applied = await RunAsync("--apply");
        applied.Code.Should().Be(0, "{0}", applied);
        applied.Out.Should().Contain("evaluation").And.Contain("calendrier, règle 5").And.NotContain("E-1");
        await ForgottenAsync(setup, after);

        Directory.Delete(setup.Keys, recursive: true);
        Copy(kept.Of("keys"), setup.Keys);
        await ForgottenAsync(setup, after);

        Haystack.Find([Goes], Directory.EnumerateFiles(data.Path, "*", SearchOption.AllDirectories)).Should().BeEmpty();
        File.ReadAllText(before).Split('\n').Count(l => l.StartsWith("disclosure ", StringComparison.Ordinal))
            .Should().BeGreaterThan(File.ReadAllText(after).Split('\n').Count(l => l.StartsWith("disclosure ", StringComparison.Ordinal)));
        foreach (string[] arguments in new[] { new[] { "verify", before }, ["verify", after], ["verify", "--data", setup.DataDirectory] })
        {
            Said said = await CommandLine.RunAsync(arguments);
            said.Code.Should().Be(0, "{0}", said);
        }

        Task<Said> RunAsync(string flag) =>
            CommandLine.RunAtAsync(new InTwoYears(), "retention", "--data", setup.DataDirectory, "--config", config, flag);
    }

    private static async Task ForgottenAsync(LedgerSetup setup, string evidence) => await TrailsAsync(setup, async server =>
    {
        IReadOnlyList<RecordedDecision> mine = [.. await server.TrailAsync("E-1")];
        RecordedDecision ended = mine.Single(d => d.Decision.Category == Category.Evaluation);
        (ended.RetentionEnded, ended.Erased).Should().Be((true, false));
        ended.Decision.Personal.Should().BeNull();
        ended.Decision.Kind.Should().Be("shift_moved", "that something was decided stands");
        mine.Single(d => d.Decision.Category == Category.Scheduling).Decision.Personal.Outcome.After.Text.Should().Be(Stays);
        (await server.TrailAsync("E-2")).Single().Decision.Personal.Outcome.After.Text.Should().Be(Goes, "a hold keeps it");
        await ExportAsync(server, "E-1", evidence);
    });

    private static async Task TrailsAsync(LedgerSetup setup, Func<LedgerProcess, Task> look)
    {
        await using LedgerProcess server = await LedgerProcess.StartAsync(setup);
        await look(server);
        await server.StopAsync();
    }

    private static async Task ExportAsync(LedgerProcess server, string number, string path)
    {
        await using FileStream file = File.Create(path);
        TransparencyService.TransparencyServiceClient mine = new(server.As(Tokens.Usual(number)));
        using AsyncServerStreamingCall<ExportEvidenceResponse> call = mine.ExportEvidence(new ExportEvidenceRequest { Parent = await server.NameOfAsync(number) });
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            call.ResponseStream.Current.Content.WriteTo(file);
        }
    }

    private static RecordDecisionRequest Decision(Seed seed, string number, Category category, string word) =>
        new DecisionBuilder(seed.NewId(), number).With(d =>
        {
            d.Category = category;
            d.Personal.Outcome.After.Text = word;
        }).Request();

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    private sealed class InTwoYears : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddYears(2);
    }
}
