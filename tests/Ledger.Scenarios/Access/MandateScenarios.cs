using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.Tests;
using Ledger.V1;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Access;

/// <summary>A worker takes a mandate back at one host, and the representative is out at every other.</summary>
public class MandateScenarios(ITestOutputHelper output)
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Mandate_WithdrawnAtOneHost_EndsCallsAndWatchesAtBothWithinASecond()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        LedgerSetup siloSetup = new() { DataDirectory = data.Of("silo"), Only = "silo" };
        await using LedgerProcess silo = LedgerProcess.Start(siloSetup);
        LedgerProcess[] hosts = await Task.WhenAll(new[] { "one", "two" }.Select(name => LedgerProcess.StartAsync(new()
        {
            DataDirectory = data.Of(name),
            KeysDirectory = siloSetup.Keys,
            Only = "api",
            SiloGatewayPort = siloSetup.GatewayPort,
        })));
        await using LedgerProcess one = hosts[0];
        await using LedgerProcess two = hosts[1];

        await one.Decisions.RecordDecisionAsync(new DecisionBuilder(seed.NewId(), "E-1").Request());
        string worker = await one.NameOfAsync("E-1");
        LocalGrant representative = new("main", "representative", Role.Representative);
        Caller caller = await new AccessService.AccessServiceClient(two.As(representative)).GetCallerAsync(new GetCallerRequest());
        WorkerService.WorkerServiceClient mine = new(one.As(Tokens.Usual("E-1")));
        Mandate mandate = await mine.GiveMandateAsync(new GiveMandateRequest
        {
            Parent = worker,
            Mandate = new Mandate
            {
                MandateId = seed.NewId().ToString(),
                Representative = caller.Person,
                ExpiresAt = Timestamp.FromDateTimeOffset(TimeProvider.System.GetUtcNow().AddDays(1)),
            },
        });

        DecisionService.DecisionServiceClient[] readers = [.. hosts.Select(host => new DecisionService.DecisionServiceClient(host.As(representative)))];
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(60));
        AsyncServerStreamingCall<WatchDecisionsResponse>[] watches =
            [.. readers.Select(reader => reader.WatchDecisions(new WatchDecisionsRequest { Parent = worker }, cancellationToken: patience.Token))];
        foreach (AsyncServerStreamingCall<WatchDecisionsResponse> watch in watches)
        {
            (await watch.ResponseStream.MoveNext(patience.Token)).Should().BeTrue("the mandate lets them see");
        }

        Task<TimeSpan>[] ends = [.. watches.Select(watch => EndAsync(watch, patience.Token))];
        await mine.WithdrawMandateAsync(new WithdrawMandateRequest { Name = mandate.Name });
        long withdrawn = Stopwatch.GetTimestamp();
        foreach (DecisionService.DecisionServiceClient reader in readers)
        {
            (await Refused.ByAsync(() => reader.ListDecisionsAsync(new ListDecisionsRequest { Parent = worker }).ResponseAsync)).Status.Should().Be(StatusCode.PermissionDenied);
        }

        foreach (TimeSpan ended in await Task.WhenAll(ends))
        {
            TimeSpan after = ended - Stopwatch.GetElapsedTime(0, withdrawn);
            output.WriteLine($"a watch ended {after.TotalMilliseconds:0} ms after the mandate was taken back");
            after.Should().BeLessThan(Within);
        }
    }

    /// <summary>When the watch was refused, on the stopwatch.</summary>
    private static async Task<TimeSpan> EndAsync(AsyncServerStreamingCall<WatchDecisionsResponse> watch, CancellationToken cancellationToken)
    {
        try
        {
            while (await watch.ResponseStream.MoveNext(cancellationToken))
            {
            }
        }
        catch (RpcException e)
        {
            e.StatusCode.Should().Be(StatusCode.PermissionDenied);
        }

        return Stopwatch.GetElapsedTime(0);
    }
}
