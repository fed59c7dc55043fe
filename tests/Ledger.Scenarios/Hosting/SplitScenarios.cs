using Grpc.Core;
using Ledger.Scenarios.Decisions;
using Ledger.Tests;
using Ledger.V1;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Hosting;

/// <summary>The same binary as two processes: an edge without a store, and a silo without an edge.</summary>
public class SplitScenarios(ITestOutputHelper output)
{
    [Fact]
    public async Task ApiAlone_SiloKilledAndStartedAgain_TellsCallersToRetryAndRecovers()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        LedgerSetup siloSetup = new() { DataDirectory = data.Of("silo"), Only = "silo" };
        LedgerProcess silo = LedgerProcess.Start(siloSetup);
        await using LedgerProcess api = await LedgerProcess.StartAsync(new()
        {
            DataDirectory = data.Of("api"),
            KeysDirectory = siloSetup.Keys,
            Only = "api",
            SiloGatewayPort = siloSetup.GatewayPort,
        });
        Receipt before = await api.Decisions.RecordDecisionAsync(new DecisionBuilder(seed.NewId(), "E-1").Request());
        (await api.TrailAsync("E-1")).Should().ContainSingle().Which.Receipt.Should().Be(before);

        await silo.KillAsync();
        await silo.DisposeAsync();
        await Eventually.HoldsAsync(async () => await api.IsReadyAsync() is false, "the edge says that it is not ready");
        DecisionBuilder during = new(seed.NewId(), "E-1");
        Refused refused = await Refused.ByAsync(() => api.Decisions.RecordDecisionAsync(during.Request()).ResponseAsync);
        refused.Status.Should().Be(StatusCode.Unavailable);
        refused.Reason.Should().Be("SERVICE_UNAVAILABLE");
        refused.RetryAfter.Should().BePositive();

        await using LedgerProcess back = LedgerProcess.Start(siloSetup);
        long started = TimeProvider.System.GetTimestamp();
        await api.BecomesReadyAsync();
        output.WriteLine($"Ready {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s after the silo was started again.");
        Receipt after = await api.Decisions.RecordDecisionAsync(during.Request());
        (await api.TrailAsync("E-1")).Select(d => d.Receipt).Should().Equal(after, before);
        Directory.Exists(data.Of("api")).Should().BeFalse("an edge keeps nothing");
    }
}
