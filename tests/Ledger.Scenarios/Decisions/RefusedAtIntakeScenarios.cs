using System.Text;
using System.Text.Json;
using Ledger.Api.Access;
using Ledger.Scenarios.Hosting;
using Ledger.Scenarios.Transparency;
using Ledger.Tests;
using Ledger.V1;
using Ledger.Verification;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Decisions;

/// <summary>A producer sends what is never accepted; the employer, who runs the store, would rather nobody knew.</summary>
public class RefusedAtIntakeScenarios(ITestOutputHelper output)
{
    [Fact]
    public async Task RefusedDecision_IsProvableFromTheLog_AndCannotBeTakenOutUnseen()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        LedgerSetup setup = new() { DataDirectory = data.Path };
        await using (LedgerProcess server = await LedgerProcess.StartAsync(setup))
        {
            await server.Decisions.RecordDecisionAsync(new DecisionBuilder(seed.NewId(), "E-1").Request());
            (await Refused.ByAsync(() => server.Decisions.RecordDecisionAsync(
                new DecisionBuilder(seed.NewId(), "E-1").With(d => d.Personal.DataUsed[0].Category = DataCategory.UnionActivityPrediction).Request()).ResponseAsync))
                .Reason.Should().Be("PROHIBITED");
            // At once: what is counted is recorded before the process ends.
            await server.StopAsync();
        }

        StoredRow[] leaves = Leaves(setup.DataDirectory);
        StoredRow refused = leaves.Single(row => row.Stream.StartsWith("intake-main-", StringComparison.Ordinal));
        await using (LedgerProcess server = await LedgerProcess.StartAsync(setup))
        {
            AccessService.AccessServiceClient union = new(server.As(new LocalGrant("main", "representative", Role.Representative)));
            RefusedDecisions seen = (await union.ListRefusedDecisionsAsync(new ListRefusedDecisionsRequest { Parent = DecisionBuilder.Organisation, Month = refused.Stream[^6..] }))
                .Refused.Should().ContainSingle().Which;
            (seen.System, seen.Code, seen.DataCategory, seen.Decisions).Should().Be(("horaire-plus", "PROHIBITED", DataCategory.UnionActivityPrediction, 1L));
            await IsProvenAsync(server, refused, (ulong)Array.IndexOf(leaves, refused));
            await server.StopAsync();
        }

        Said sound = await CommandLine.RunAsync("verify", "--data", setup.DataDirectory);
        sound.Code.Should().Be(0, "{0}", sound);
        using (StoreFile file = new(setup.DataDirectory))
        {
            file.Delete(refused.Position);
        }

        Said gone = await CommandLine.RunAsync("verify", "--data", setup.DataDirectory);
        gone.Code.Should().Be(1, "{0}", gone);
        gone.Out.Should().Contain(refused.EventId);
    }

    /// <summary>Holds the event as it is stored against the published checkpoint, as anybody to whom it is shown could.</summary>
    private static async Task IsProvenAsync(LedgerProcess server, StoredRow stored, ulong index)
    {
        // The log was stopped with the process, and signs the leaf soon after it is back.
        await Eventually.HoldsAsync(
            async () => (await server.Transparency.GetCheckpointAsync(new GetCheckpointRequest { Parent = DecisionBuilder.Organisation })).Size > index, "the leaf is published");
        V1.InclusionProof proof = await server.Transparency.GetInclusionProofAsync(new GetInclusionProofRequest { Parent = DecisionBuilder.Organisation, LeafIndex = index });
        using JsonDocument metadata = JsonDocument.Parse(stored.Metadata);
        TreeHash leaf = new(LogEntry.LeafHash(new EventBytes(
            stored.Stream, stored.Revision, new Guid(stored.Id), Encoding.UTF8.GetString(stored.Type), metadata.RootElement.GetProperty("salt").GetBytesFromBase64(),
            metadata.RootElement.GetProperty("dataSalt").GetBytesFromBase64(), stored.Data, stored.Metadata)));
        Note.TryParse(Encoding.UTF8.GetBytes(proof.Checkpoint.Note), out Note? note).Should().BeTrue();
        Verification.Checkpoint.TryParse(note!.Text.Span, out Verification.Checkpoint? checkpoint).Should().BeTrue();
        Verification.InclusionProof.Check(leaf, index, checkpoint!.Head, [.. proof.Hashes.Select(hash => new TreeHash(hash.Span))]).Should().BeTrue();
    }

    private static StoredRow[] Leaves(string data)
    {
        using StoreFile file = new(data);
        return [.. file.Rows().Where(row => LogLeaves.Holds("main", row.Stream))];
    }
}
