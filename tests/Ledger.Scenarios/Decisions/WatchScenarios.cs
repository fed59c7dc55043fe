using Grpc.Core;
using Ledger.Scenarios.Hosting;
using Ledger.V1;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Decisions;

/// <summary>A watcher sees every decision once and in order, over a restart too.</summary>
public class WatchScenarios(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Watch_LiveAndResumedAcrossARestart_HasNoGapAndNoRepeat()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        LedgerSetup setup = new() { DataDirectory = data.Path };
        List<Receipt> recorded = [];
        List<Receipt> seen = [];
        string parent;
        await using (LedgerProcess server = await LedgerProcess.StartAsync(setup))
        {
            parent = await server.NameOfAsync("E-1");
            await RecordAsync(server, 3);
            using CancellationTokenSource patience = new(Patience);
            using AsyncServerStreamingCall<WatchDecisionsResponse> watch = server.Decisions.WatchDecisions(new() { Parent = parent }, cancellationToken: patience.Token);
            await SeeAsync(watch, 3, patience.Token);
            for (int i = 0; i < 10; i++)
            {
                await RecordAsync(server, 1);
                await SeeAsync(watch, 1, patience.Token);
            }

            seen.Should().Equal(recorded);
            await server.KillAsync();
            await FluentActions.Awaiting(() => watch.ResponseStream.MoveNext(patience.Token)).Should().ThrowAsync<RpcException>("a watch that broke does not end as if it were complete");
        }

        await using LedgerProcess again = await LedgerProcess.StartAsync(setup);
        await RecordAsync(again, 600);
        using CancellationTokenSource more = new(Patience);
        using AsyncServerStreamingCall<WatchDecisionsResponse> resumed = again.Decisions.WatchDecisions(
            new() { Parent = parent, AfterRevision = seen[^1].Revision }, cancellationToken: more.Token);
        await SeeAsync(resumed, 600, more.Token);
        await RecordAsync(again, 5);
        await SeeAsync(resumed, 5, more.Token);
        seen.Should().Equal(recorded);

        async Task RecordAsync(LedgerProcess server, int count)
        {
            RecordDecisionsRequest request = new() { Parent = DecisionBuilder.Organisation };
            request.Decisions.AddRange(Enumerable.Range(0, count).Select(_ => new DecisionBuilder(seed.NewId(), "E-1").Build()));
            using AsyncDuplexStreamingCall<RecordDecisionsRequest, RecordDecisionsResponse> call = server.Decisions.RecordDecisions();
            await call.RequestStream.WriteAsync(request);
            await call.RequestStream.CompleteAsync();
            (await call.ResponseStream.MoveNext(CancellationToken.None)).Should().BeTrue();
            recorded.AddRange(call.ResponseStream.Current.Results.Select(r => r.Receipt));
        }

        async Task SeeAsync(AsyncServerStreamingCall<WatchDecisionsResponse> watch, int count, CancellationToken cancellationToken)
        {
            for (int i = 0; i < count; i++)
            {
                (await watch.ResponseStream.MoveNext(cancellationToken)).Should().BeTrue();
                seen.Add(watch.ResponseStream.Current.Decision.Receipt);
            }
        }
    }
}
