using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Ledger.Contracts.Transparency;
using Ledger.EventStore;
using Ledger.EventStore.Embedded;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.Tests;
using Ledger.V1;
using Ledger.Verification;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;
using Checkpoint = Ledger.Verification.Checkpoint;
using ConsistencyProof = Ledger.Verification.ConsistencyProof;
using InclusionProof = Ledger.Verification.InclusionProof;

namespace Ledger.Scenarios.Transparency;

/// <summary>kill -9 at any moment: history never forks, tiles are never torn, and what was acknowledged is proven in the end.</summary>
public class LogKillScenarios(ITestOutputHelper output)
{
    private static readonly int Kills = Seed.Kills(10);

    [Fact]
    public async Task Server_KilledAgainAndAgainWhileItSigns_HasOneHistoryThatHoldsEveryReceipt()
    {
        Seed seed = new(output);
        Random random = seed.Next();
        using TemporaryDirectory data = new();
        LedgerSetup setup = new() { DataDirectory = data.Path, Variables = Variables };
        using GrpcChannel channel = LedgerProcess.Channel(setup);
        CallInvoker calls = LedgerProcess.Calls(channel, setup);
        Producers producers = new(() => calls, seed, workers: 20);
        await using LogWatcher watcher = new(setup);
        long begun = Stopwatch.GetTimestamp();
        producers.Start(singles: 3, batches: 1);
        watcher.Start();
        for (int kill = 0; kill < Kills; kill++)
        {
            await using LedgerProcess server = LedgerProcess.Start(setup);
            if (random.Next(2) == 0)
            {
                // Soon after the first acknowledgement, when the log signs what it finds.
                int acknowledged = producers.Count + 1;
                await Eventually.HoldsAsync(() => Task.FromResult(producers.Count >= acknowledged || producers.Failed || server.Process.HasExited), "producers get on");
                await AliveForAsync(server, TimeSpan.FromMilliseconds(random.Next(200)));
            }
            else
            {
                await AliveForAsync(server, TimeSpan.FromMilliseconds(random.Next(1200)));
            }

            await server.KillAsync();
        }

        output.WriteLine($"{Kills} kills in {Stopwatch.GetElapsedTime(begun).TotalSeconds:0} s");
        await using LedgerProcess last = await LedgerProcess.StartAsync(setup);
        await producers.FinishAsync();
        Receipt[] receipts = [.. producers.Receipts];
        ServedLog log = new(last.Http);
        VerifierKey[] keys = await log.KeysAsync();
        V1.StorePosition newest = receipts.MaxBy(r => r.Position.Commit)!.Position;
        await last.Transparency.GetCheckpointAsync(new GetCheckpointRequest { Parent = DecisionBuilder.Organisation, Covering = newest });
        await watcher.FinishAsync();
        TreeHead head = (await log.CheckpointAsync(keys))!.Head;
        IReadOnlyList<TreeHash> leaves = await log.ReadAllAsync(head);
        AssertProven(receipts, leaves, log, head);
        await last.StopAsync();
        int litter = Directory.EnumerateFiles(data.Of("log"), "*.new", SearchOption.AllDirectories).Count();

        List<TreeHead> signed = await SignedAsync(data.Path, keys);
        signed.Select(s => s.Size).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems("no size is signed twice");
        signed[^1].Should().Be(head, "the last one signed was published");
        watcher.Seen.Except(signed).Should().BeEmpty("nothing was shown that is not in the store");
        foreach (TreeHead earlier in signed.Where(s => s.Size < head.Size))
        {
            ConsistencyProof.TryProve(earlier.Size, head.Size, log.Tile, out TreeHash[] proof).Should().BeTrue();
            ConsistencyProof.Check(earlier, head, proof).Should().BeTrue("the tree of size {0} is the beginning of the last one", earlier.Size);
        }

        output.WriteLine(
            $"{receipts.Length} receipts, {leaves.Count} leaves, {signed.Count} checkpoints signed, {watcher.Seen.Count} of them seen, {watcher.Whole} with whole tiles; {litter} drafts left behind; failed calls: {producers.Failures}; {Stopwatch.GetElapsedTime(begun).TotalSeconds:0} s");
        watcher.Whole.Should().BePositive();
    }

    private static async Task AliveForAsync(LedgerProcess server, TimeSpan time)
    {
        long started = Stopwatch.GetTimestamp();
        await Eventually.HoldsAsync(() => Task.FromResult(Stopwatch.GetElapsedTime(started) >= time), "the moment has come");
        server.Process.HasExited.Should().BeFalse("it starts without help:\n{0}", server.Process.Output);
    }

    private static Dictionary<string, string> Variables => new(StringComparer.Ordinal)
    {
        ["Ledger__Log__IntervalSeconds"] = "0.05",
        // A server that lives for a second gains nothing from code that is compiled twice.
        ["DOTNET_TC_CallCounting"] = "0",
    };

    private static void AssertProven(Receipt[] receipts, IReadOnlyList<TreeHash> leaves, ServedLog log, TreeHead head)
    {
        Dictionary<TreeHash, ulong> places = leaves.Select((leaf, i) => (leaf, i)).ToDictionary(l => l.leaf, l => (ulong)l.i);
        receipts.Should().NotBeEmpty();
        foreach (Receipt receipt in receipts)
        {
            TreeHash leaf = new(receipt.LeafHash.Span);
            places.Should().ContainKey(leaf, "{0} was acknowledged", receipt.Name);
            InclusionProof.TryProve(places[leaf], head.Size, log.Tile, out TreeHash[] proof).Should().BeTrue();
            InclusionProof.Check(leaf, places[leaf], head, proof).Should().BeTrue("{0} is in the signed tree", receipt.Name);
        }
    }

    /// <summary>Every checkpoint that was ever signed, in the order of its stream.</summary>
    private static async Task<List<TreeHead>> SignedAsync(string directory, VerifierKey[] keys)
    {
        await using EmbeddedEventStore store = EmbeddedEventStore.Open(
            new EmbeddedEventStoreOptions { Directory = directory }, TimeProvider.System, NullLogger.Instance);
        List<TreeHead> signed = [];
        await foreach (RecordedEvent stored in store.ReadStreamAsync(
            CheckpointSigned.StreamOf("main"), ReadDirection.Forwards, 0, int.MaxValue, CancellationToken.None))
        {
            CheckpointSigned @event = JsonSerializer.Deserialize(stored.Data.Span, LogJson.Default.CheckpointSigned)!;
            Checkpoint checkpoint = ServedLog.Verified(Encoding.UTF8.GetBytes(@event.Note), keys);
            checkpoint.Head.Size.Should().Be(@event.Size);
            signed.Add(checkpoint.Head);
        }

        return signed;
    }
}
