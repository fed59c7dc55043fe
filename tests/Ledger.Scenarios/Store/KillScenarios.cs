using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.Tests;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Store;

/// <summary>kill -9 at any moment: nothing acknowledged is missing, nothing is there twice, and nobody repairs anything.</summary>
public class KillScenarios(ITestOutputHelper output)
{
    private const int StoreKills = 6;

    private static readonly int Kills = Seed.Kills(20);

    [Fact]
    public async Task Server_KilledAgainAndAgainUnderLoad_HasEveryAcknowledgedDecisionOnce()
    {
        Seed seed = new(output);
        Random random = seed.Next();
        using TemporaryDirectory data = new();
        LedgerSetup setup = new() { DataDirectory = data.Path };
        using GrpcChannel channel = LedgerProcess.Channel(setup);
        CallInvoker calls = LedgerProcess.Calls(channel, setup);
        Producers producers = new(() => calls, seed, workers: 20);
        producers.Start(singles: 8, batches: 2);
        int duringStart = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            await using LedgerProcess server = LedgerProcess.Start(setup);

            // Two of five die while they start or have just begun to answer, the others under full load.
            if (random.Next(5) < 2)
            {
                duringStart++;
                await AliveForAsync(server, TimeSpan.FromMilliseconds(random.Next(1500)));
            }
            else
            {
                await server.BecomesReadyAsync();
                int acknowledged = producers.Count + 1 + random.Next(300);
                await Eventually.HoldsAsync(() => Task.FromResult(producers.Count >= acknowledged || producers.Failed), "producers get on");
                await AliveForAsync(server, TimeSpan.FromMilliseconds(random.Next(20)));
            }

            await server.KillAsync();
        }

        await using LedgerProcess last = await LedgerProcess.StartAsync(setup);
        await producers.FinishAsync();
        output.WriteLine($"{Kills} kills, {duringStart} of them during start; {producers.Count} acknowledged; failed calls: {producers.Failures}");
        await producers.AllAreRecordedOnceAsync(last);
    }

    [Fact]
    public async Task StoreBehindItsProtocol_KilledUnderLoad_HasEveryAcknowledgedDecisionOnce()
    {
        Seed seed = new(output);
        Random random = seed.Next();
        using TemporaryDirectory data = new();
        int port = Ports.Take();
        await using LedgerProcess server = LedgerProcess.Start(new() { DataDirectory = data.Of("server"), Store = StoreProcess.Address(port) });
        Producers producers = new(() => server.Grpc, seed, workers: 10);
        producers.Start(singles: 6, batches: 1);
        for (int kill = 0; kill < StoreKills; kill++)
        {
            await using StoreProcess store = await StoreProcess.StartAsync(data.Of("store"), port);
            int acknowledged = producers.Count + 1 + random.Next(300);
            await Eventually.HoldsAsync(() => Task.FromResult(producers.Count >= acknowledged || producers.Failed), "producers get on");
            await store.KillAsync();
        }

        await using StoreProcess last = await StoreProcess.StartAsync(data.Of("store"), port);
        await server.BecomesReadyAsync();
        await producers.FinishAsync();
        output.WriteLine($"{StoreKills} kills; {producers.Count} acknowledged; failed calls: {producers.Failures}");
        await producers.AllAreRecordedOnceAsync(server);
    }

    private static async Task AliveForAsync(LedgerProcess server, TimeSpan time)
    {
        long started = Stopwatch.GetTimestamp();
        await Eventually.HoldsAsync(() => Task.FromResult(Stopwatch.GetElapsedTime(started) >= time), "the moment has come");
        server.Process.HasExited.Should().BeFalse("it starts without help:\n{0}", server.Process.Output);
    }
}
