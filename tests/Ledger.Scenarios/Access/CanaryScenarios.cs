using System.Globalization;
using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.Scenarios.Telemetry;
using Ledger.Tests;
using Ledger.V1;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Access;

/// <summary>What is said about people goes in, is read back by those who may, and is nowhere on a disk or on a line that somebody could take away.</summary>
public class CanaryScenarios(ITestOutputHelper output)
{
    private const int Decisions = 1_000, Workers = 20;

    private static readonly string[] Planted =
    [
        "AVANT-7731", "APRES-7731", "FACTEUR-7731", "VALEUR-7731", "PARAMETRE-7731", "MOTIF-7731", "SOURCE-7731", "BUT-7731", "TACHE-7731", "REVUE-7731",
        "77317.7317", "RAISON-RH-7731", "MANDAT-7731",
    ];

    [Fact]
    public async Task PersonalValues_OfAThousandDecisions_AreNowhereOutsideTheAnswers()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        using TemporaryDirectory logs = new();
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        Dictionary<string, string> variables = receiver.Variables;
        foreach (string category in new[] { "Default", "Orleans", "Microsoft", "Grpc", "Ledger", "System.Net.Http" })
        {
            variables[$"Logging__LogLevel__{category}"] = "Debug";
        }

        LedgerSetup setup = new() { DataDirectory = data.Path, LogFile = logs.Of("server.log"), Variables = variables };
        List<string> secrets = [.. Planted];
        await using (LedgerProcess server = await LedgerProcess.StartAsync(setup))
        {
            await RecordAsync(server, seed);
            secrets.AddRange(await ReadAsync(server));
            await server.StopAsync();
        }

        secrets.AddRange(Directory.EnumerateFiles(setup.Keys, "*.key").Select(file => File.ReadAllText(file).Trim()).Where(text => text.Length > 40));
        IEnumerable<string> files = Directory.EnumerateFiles(data.Path, "*", SearchOption.AllDirectories)
            // A key stands in its own file, and there alone.
            .Where(file => !file.EndsWith(".key", StringComparison.Ordinal)).Concat(Directory.EnumerateFiles(logs.Path));
        new FileInfo(logs.Of("server.log")).Length.Should().BeGreaterThan(100_000, "much is logged");
        receiver.Received.Select(r => r.Signal).Should().Contain(["traces", "metrics", "logs"]);
        Haystack.Find(secrets, files, receiver.Received).Should().BeEmpty();
    }

    private static async Task RecordAsync(LedgerProcess server, Seed seed)
    {
        RecordDecisionsRequest batch = new() { Parent = DecisionBuilder.Organisation };
        batch.Decisions.AddRange(Enumerable.Range(0, Decisions).Select(i => new DecisionBuilder(seed.NewId(), Number(i % Workers)).With(Plant).Build()));
        using AsyncDuplexStreamingCall<RecordDecisionsRequest, RecordDecisionsResponse> call = server.Decisions.RecordDecisions();
        await call.RequestStream.WriteAsync(batch);
        await call.RequestStream.CompleteAsync();
        (await call.ResponseStream.MoveNext(CancellationToken.None)).Should().BeTrue();
        call.ResponseStream.Current.Results.Should().OnlyContain(r => r.Receipt != null);

        // What is refused leaves no more behind than what is taken.
        foreach (Action<Decision> mistake in new Action<Decision>[]
        {
            d => d.Kind = "",
            d => d.Personal.DataUsed[0].Category = DataCategory.EmotionalState,
            d => d.Times.TimeZone = "VALEUR-7731",
            d => d.Personal.Score.Unit = "VALEUR-7731",
            d => d.Personal.Outcome.Code = "MOTIF-7731 BUT-7731",
            d => d.System.SystemId = "SOURCE-7731",
        })
        {
            await Refused.ByAsync(() => server.Decisions.RecordDecisionAsync(new DecisionBuilder(seed.NewId(), Number(0)).With(Plant).With(mistake).Request()).ResponseAsync);
        }

        AccessService.AccessServiceClient auditor = new(server.As(new LocalGrant("main", "auditor", Role.Auditor)));
        await Eventually.HoldsAsync(
            async () => (await auditor.ListRefusedDecisionsAsync(new ListRefusedDecisionsRequest { Parent = DecisionBuilder.Organisation })).Refused.Sum(r => r.Decisions) == 6,
            () => "all that was refused is counted in the store", TimeSpan.FromSeconds(60));
    }

    /// <summary>Everybody who may looks, and says why in words of their own; the tokens they used are secrets too.</summary>
    private static async Task<string[]> ReadAsync(LedgerProcess server)
    {
        string worker = await server.NameOfAsync(Number(0));
        string hr = server.Token(new LocalGrant("main", "hr", Role.Hr));
        DecisionService.DecisionServiceClient byHr = new(server.As(new LocalGrant("main", "hr", Role.Hr)));
        ListDecisionsResponse page = await byHr.ListDecisionsAsync(new ListDecisionsRequest { Parent = worker, Purpose = "RAISON-RH-7731" });
        page.Decisions[0].Decision.Personal.Outcome.After.Text.Should().Be("APRES-7731");
        LocalGrant representative = new("main", "representative", Role.Representative);
        Caller caller = await new AccessService.AccessServiceClient(server.As(representative)).GetCallerAsync(new GetCallerRequest());
        await new WorkerService.WorkerServiceClient(server.As(Tokens.Usual(Number(0)))).GiveMandateAsync(new GiveMandateRequest
        {
            Parent = worker,
            Mandate = new Mandate
            {
                MandateId = "00000000-0000-4000-8000-000000007731",
                Representative = caller.Person,
                Purpose = "MANDAT-7731",
                ExpiresAt = Google.Protobuf.WellKnownTypes.Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddDays(1)),
            },
        });
        page = await new DecisionService.DecisionServiceClient(server.As(representative)).ListDecisionsAsync(new ListDecisionsRequest { Parent = worker });
        page.Views.Should().Contain(v => v.Purpose == "RAISON-RH-7731", "who looked and why is for the worker and whoever acts for them");
        await Refused.ByAsync(() => new DecisionService.DecisionServiceClient(server.As(Tokens.Usual(Number(1)) with { Roles = [Role.Worker] }))
            .ListDecisionsAsync(new ListDecisionsRequest { Parent = worker }).ResponseAsync);
        using (AsyncServerStreamingCall<ExportEvidenceResponse> call = server.Transparency.ExportEvidence(new ExportEvidenceRequest { Parent = await server.NameOfAsync("E-1"), Purpose = "RAISON-RH-7731" }))
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
            }
        }

        return [hr, server.Token(representative)];
    }

    private static void Plant(Decision decision)
    {
        PersonalContent personal = decision.Personal;
        personal.Outcome.Before.Text = "AVANT-7731";
        personal.Outcome.After.Text = "APRES-7731";
        decision.Automation.Review.Changed = true;
        personal.Recommendation = new Outcome { Code = "kept", After = new Value { Text = "VALEUR-7731" } };
        personal.Score = new Quantity { Number = 77317.7317, Unit = "1" };
        personal.Factors[0].Name = "FACTEUR-7731";
        personal.Factors[0].Value = new Value { Text = "VALEUR-7731" };
        personal.Parameters.Add(new Parameter { Name = "PARAMETRE-7731", Value = new Value { Text = "VALEUR-7731" } });
        personal.Reasons[0].Text = "MOTIF-7731";
        personal.DataUsed[0].Source = "SOURCE-7731";
        personal.DataUsed[0].Purpose = "BUT-7731";
        personal.Measures.Add(new WorkMeasure { TaskType = "TACHE-7731" });
        personal.ReviewReason = "REVUE-7731";
    }

    private static string Number(int worker) => string.Create(CultureInfo.InvariantCulture, $"E-{worker}");
}
