using System.Diagnostics;
using Grpc.Core;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.Tests;
using Ledger.V1;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Store;

/// <summary>The store is down or full: callers are told to retry, nothing acknowledged is lost, and the service comes back by itself.</summary>
public class OutageScenarios(ITestOutputHelper output)
{
    [Fact]
    public async Task Store_StoppedAndStartedAgain_TellsCallersToRetryAndRecovers()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        int port = Ports.Take();
        StoreProcess store = await StoreProcess.StartAsync(data.Of("store"), port);
        await using LedgerProcess server = await LedgerProcess.StartAsync(new() { DataDirectory = data.Of("server"), Store = StoreProcess.Address(port) });
        Receipt before = await server.Decisions.RecordDecisionAsync(new DecisionBuilder(seed.NewId(), "E-1").Request());

        await store.DisposeAsync();
        DecisionBuilder during = new(seed.NewId(), "E-1");
        Refused refused = await Refused.ByAsync(() => server.Decisions.RecordDecisionAsync(during.Request()).ResponseAsync);
        refused.Status.Should().Be(StatusCode.Unavailable);
        refused.Reason.Should().Be("STORE_UNAVAILABLE");
        refused.RetryAfter.Should().BePositive();
        (await Refused.ByAsync(() => server.TrailAsync("E-1"))).Status.Should().Be(StatusCode.Unavailable, "an error is never shown as an empty trail");
        (await server.IsReadyAsync()).Should().BeFalse();
        using (HttpResponseMessage live = await server.Http.GetAsync("/health/live"))
        {
            live.IsSuccessStatusCode.Should().BeTrue("a server whose store is down must not be restarted");
        }

        store = await StoreProcess.StartAsync(data.Of("store"), port);
        long back = Stopwatch.GetTimestamp();
        await server.BecomesReadyAsync();
        output.WriteLine($"Ready {Stopwatch.GetElapsedTime(back).TotalMilliseconds:0} ms after the store.");
        Receipt after = await server.Decisions.RecordDecisionAsync(during.Request());
        (await server.TrailAsync("E-1")).Select(d => d.Receipt).Should().Equal(after, before);
        await store.DisposeAsync();
    }

    [Fact]
    public async Task Server_StartedBeforeItsStore_WaitsForIt()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        int port = Ports.Take();
        await using LedgerProcess server = LedgerProcess.Start(new() { DataDirectory = data.Of("server"), Store = StoreProcess.Address(port) });
        await Eventually.HoldsAsync(async () => await server.IsReadyAsync() is false, "it answers that it is not ready");
        Refused refused = await Refused.ByAsync(() => server.Decisions.RecordDecisionAsync(new DecisionBuilder(seed.NewId(), "E-1").Request()).ResponseAsync);
        refused.Status.Should().Be(StatusCode.Unavailable);
        refused.RetryAfter.Should().BePositive();

        await using StoreProcess store = await StoreProcess.StartAsync(data.Of("store"), port);
        await server.BecomesReadyAsync();
        await server.Decisions.RecordDecisionAsync(new DecisionBuilder(seed.NewId(), "E-1").Request());
    }

    [SkippableFact]
    public async Task Disk_FullAndFreedAgain_TellsCallersToRetryAndRecovers()
    {
        Seed seed = new(output);
        await using SmallDisk? disk = await SmallDisk.MountAsync(megabytes: 24);
        Skip.If(disk is null, "Mounting a small tmpfs needs root.");
        LedgerSetup setup = new() { DataDirectory = Path.Combine(disk.Path, "data") };
        await using LedgerProcess server = await LedgerProcess.StartAsync(setup);
        List<Receipt> acknowledged = [await server.Decisions.RecordDecisionAsync(new DecisionBuilder(seed.NewId(), "E-1").Request())];
        disk.Fill(leaveBytes: 512 * 1024);

        Decision? refusedOne = null;
        List<Refused> refusals = [];
        while (refusals.Count < 50)
        {
            DecisionBuilder decision = new(seed.NewId(), "E-1");
            try
            {
                acknowledged.Add(await server.Decisions.RecordDecisionAsync(decision.Request()));
            }
            catch (RpcException e)
            {
                refusals.Add(Refused.Of(e));
                refusedOne ??= decision.Build();
            }
        }

        output.WriteLine($"{acknowledged.Count} acknowledged; refusals: {string.Join(", ", refusals.GroupBy(r => (r.Status, r.Reason)).Select(g => $"{g.Key} {g.Count()}"))}");
        refusals.Should().OnlyContain(r => r.Status == StatusCode.ResourceExhausted || r.Status == StatusCode.Unavailable);
        refusals.Should().OnlyContain(r => r.RetryAfter > TimeSpan.Zero && r.Reason != null);
        (await server.TrailAsync("E-1")).Select(d => d.Receipt).Reverse().Should().Equal(acknowledged, "what is full can still be read");

        disk.Free();
        Receipt? after = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    after = await server.Decisions.RecordDecisionAsync(new RecordDecisionRequest { Parent = DecisionBuilder.Organisation, Decision = refusedOne });
                    return true;
                }
                catch (RpcException e) when (Refused.Of(e).RetryAfter is not null)
                {
                    return false;
                }
            },
            "it records again");
        acknowledged.Add(after!);
        await server.BecomesReadyAsync();
        await server.KillAsync();

        await using LedgerProcess again = await LedgerProcess.StartAsync(setup);
        (await again.TrailAsync("E-1")).Select(d => d.Receipt).Reverse().Should().Equal(acknowledged);
    }
}
