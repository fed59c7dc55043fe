using System.Globalization;
using Grpc.Core;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.V1;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Store;

/// <summary>Two servers that know nothing of each other, one store, one set of keys: the store alone keeps them from recording twice.</summary>
public class TwoSilosScenarios(ITestOutputHelper output)
{
    [Fact]
    public async Task SameDecision_SentToTwoServersAtOnce_IsRecordedOnceWithOneReceipt()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        await using Pair pair = await Pair.StartAsync(data);
        for (int round = 0; round < 20; round++)
        {
            // A few workers, a few decisions for each: both servers meet every conflict there is.
            Random random = seed.Next();
            Decision[] decisions = [.. Enumerable.Range(0, 30).Select(i => new DecisionBuilder(Seed.NewId(random), Number(i % 3)).Build())];
            Receipt[][] receipts = await Task.WhenAll(
                Task.WhenAll(decisions.Select(d => RecordAsync(pair.One, d))),
                Task.WhenAll(decisions.Select(d => RecordAsync(pair.Two, d))));
            receipts[0].Should().Equal(receipts[1], "both give the first receipt");
        }

        for (int worker = 0; worker < 3; worker++)
        {
            List<RecordedDecision> one = await pair.One.TrailAsync(Number(worker));
            one.Should().HaveCount(200);
            one.Select(d => d.Decision.DecisionId).Should().OnlyHaveUniqueItems();
            (await pair.Two.TrailAsync(Number(worker))).Should().Equal(one);
        }
    }

    [Fact]
    public async Task DifferentDecisionsOfOneWorker_SentToTwoServersAtOnce_AreAllRecorded()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        await using Pair pair = await Pair.StartAsync(data);
        Receipt[][] receipts = await Task.WhenAll(new[] { pair.One, pair.Two }.Select(async server =>
        {
            Random random = seed.Next();
            List<Receipt> own = [];
            for (int i = 0; i < 20; i++)
            {
                own.AddRange(await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => RecordAsync(server, new DecisionBuilder(Seed.NewId(random), "E-7").Build()))));
            }

            return own.ToArray();
        }));
        List<RecordedDecision> trail = await pair.One.TrailAsync("E-7");
        trail.Select(d => d.Receipt.Revision).Should().Equal(Enumerable.Range(0, 200).Reverse().Select(r => (long)r));
        trail.Select(d => d.Receipt).Should().Equal(receipts.SelectMany(r => r).OrderByDescending(r => r.Revision));
    }

    private static string Number(int worker) => string.Create(CultureInfo.InvariantCulture, $"E-{worker}");

    /// <summary>Records as a producer does: a conflict that outlasts the server's tries is told as UNAVAILABLE and repeated.</summary>
    private static async Task<Receipt> RecordAsync(LedgerProcess server, Decision decision)
    {
        while (true)
        {
            try
            {
                return await server.Decisions.RecordDecisionAsync(new RecordDecisionRequest { Parent = DecisionBuilder.Organisation, Decision = decision });
            }
            catch (RpcException e) when (e.StatusCode is StatusCode.Unavailable or StatusCode.ResourceExhausted)
            {
                Refused.Of(e).RetryAfter.Should().NotBeNull();
            }
        }
    }

    private sealed record Pair(StoreProcess Store, LedgerProcess One, LedgerProcess Two) : IAsyncDisposable
    {
        public static async Task<Pair> StartAsync(TemporaryDirectory data)
        {
            int port = Ports.Take();
            StoreProcess store = await StoreProcess.StartAsync(data.Of("store"), port);

            // At the same time, on an empty key directory: they must agree on one key.
            LedgerProcess[] servers = await Task.WhenAll(new[] { "one", "two" }.Select(name => LedgerProcess.StartAsync(new()
            {
                DataDirectory = data.Of(name),
                KeysDirectory = data.Of("keys"),
                Store = StoreProcess.Address(port),
            })));
            return new Pair(store, servers[0], servers[1]);
        }

        public async ValueTask DisposeAsync()
        {
            await One.DisposeAsync();
            await Two.DisposeAsync();
            await Store.DisposeAsync();
        }
    }
}
