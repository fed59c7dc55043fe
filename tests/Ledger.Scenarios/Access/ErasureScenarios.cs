using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.Scenarios.Transparency;
using Ledger.Tests;
using Ledger.V1;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Access;

/// <summary>A person is erased; yesterday's keys come back, and the person does not.</summary>
public class ErasureScenarios(ITestOutputHelper output)
{
    private const string Word = "SEULEMENT-7731";

    [Fact]
    public async Task ErasedPerson_AfterYesterdaysKeysAreRestored_StaysErasedAndTheLogVerifies()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        using TemporaryDirectory kept = new();
        LedgerSetup setup = new() { DataDirectory = data.Of("data") };
        string evidence = kept.Of("before.evidence");
        Receipt receipt;
        RecordedDecision otherBefore;
        string name;
        await using (LedgerProcess server = await LedgerProcess.StartAsync(setup))
        {
            receipt = await server.Decisions.RecordDecisionAsync(Decision(seed, "E-1"));
            await server.Decisions.RecordDecisionAsync(Decision(seed, "E-2"));
            name = await server.NameOfAsync("E-1");
            otherBefore = (await server.TrailAsync("E-2")).Single();
            await ExportAsync(server, name, evidence);
            await server.StopAsync();
        }

        Copy(setup.Keys, kept.Of("keys"));
        await using (LedgerProcess server = await LedgerProcess.StartAsync(setup))
        {
            await EraseAsync(server, name);
            await StaysErasedAsync(server, receipt);
            await server.StopAsync();
        }

        Directory.Delete(setup.Keys, recursive: true);
        Copy(kept.Of("keys"), setup.Keys);
        await using (LedgerProcess server = await LedgerProcess.StartAsync(setup))
        {
            await StaysErasedAsync(server, receipt);
            (await server.TrailAsync("E-2")).Single().Should().Be(otherBefore, "nobody else is touched");
            await ExportAsync(server, name, kept.Of("after.evidence"));
            await server.StopAsync();
        }

        File.ReadAllText(evidence).Should().Contain("disclosure ");
        File.ReadAllText(kept.Of("after.evidence")).Should().NotContain("disclosure ");
        foreach (string[] arguments in new[] { new[] { "verify", evidence }, ["verify", kept.Of("after.evidence")], ["verify", "--data", setup.DataDirectory] })
        {
            Said said = await CommandLine.RunAsync(arguments);
            said.Code.Should().Be(0, "{0}", said);
        }
    }

    private static async Task EraseAsync(LedgerProcess server, string name)
    {
        const string id = "00000000-0000-4000-8000-00000000e4a5";
        WorkerService.WorkerServiceClient one = new(server.As(new LocalGrant("main", "hr one", Role.Hr)));
        WorkerService.WorkerServiceClient two = new(server.As(new LocalGrant("main", "hr two", Role.Hr)));
        await one.RequestErasureAsync(new RequestErasureRequest { Parent = name, ErasureId = id, Reason = ErasureReason.PersonAsked, Ground = "demande 12" });
        (await two.ConfirmErasureAsync(new ConfirmErasureRequest { Parent = name, ErasureId = id })).ErasedAt.Should().NotBeNull();
    }

    private static async Task StaysErasedAsync(LedgerProcess server, Receipt receipt)
    {
        RecordedDecision erased = (await server.TrailAsync("E-1")).Single(d => d.Receipt.DecisionId == receipt.DecisionId);
        erased.Erased.Should().BeTrue();
        erased.Decision.Personal.Should().BeNull();
        erased.Decision.Kind.Should().Be("shift_moved", "that something was decided stands");
        erased.Receipt.Should().Be(receipt);
        RecordedDecision one = await server.DecisionsOf("E-1").GetDecisionAsync(new GetDecisionRequest { Name = receipt.Name });
        one.ToString().Should().NotContain(Word);
    }

    private static async Task ExportAsync(LedgerProcess server, string name, string path)
    {
        await using FileStream file = File.Create(path);
        TransparencyService.TransparencyServiceClient mine = new(server.As(Tokens.Usual("E-1")));
        using AsyncServerStreamingCall<ExportEvidenceResponse> call = mine.ExportEvidence(new ExportEvidenceRequest { Parent = name });
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            call.ResponseStream.Current.Content.WriteTo(file);
        }
    }

    private static RecordDecisionRequest Decision(Seed seed, string number) =>
        new DecisionBuilder(seed.NewId(), number).With(d => d.Personal.Outcome.After.Text = Word).Request();

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }
}
