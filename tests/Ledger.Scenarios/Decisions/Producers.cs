using System.Collections.Concurrent;
using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Ledger.Scenarios.Hosting;
using Ledger.V1;

namespace Ledger.Scenarios.Decisions;

/// <summary>
/// Producers that do as the documentation tells them: they repeat a call until it is acknowledged, and keep the receipt. Now and then they
/// repeat one that is acknowledged, as a producer does that has forgotten.
/// </summary>
internal sealed class Producers(Func<CallInvoker> calls, Seed seed, int workers)
{
    private static readonly TimeSpan BeforeRetry = TimeSpan.FromMilliseconds(25);

    private readonly ConcurrentDictionary<string, Acknowledged> acknowledged = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<string> contradictions = [];
    private readonly ConcurrentDictionary<string, byte> sent = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<StatusCode, int> failures = new();
    private readonly CancellationTokenSource enough = new();
    private Task running = Task.CompletedTask;

    public int Count => acknowledged.Count;

    /// <summary>Every receipt that a producer holds.</summary>
    public IEnumerable<Receipt> Receipts => acknowledged.Values.Select(a => a.Receipt);

    /// <summary>How calls failed on the way, by status.</summary>
    public string Failures => string.Join(", ", failures.OrderBy(f => f.Key).Select(f => $"{f.Key} {f.Value}"));

    public bool Failed => running.IsFaulted;

    public void Start(int singles, int batches) => running = Task.WhenAll(
        [.. Enumerable.Range(0, singles).Select(_ => Task.Run(SinglesAsync)), .. Enumerable.Range(0, batches).Select(_ => Task.Run(BatchesAsync))]);

    /// <summary>Lets each producer finish what it has in hand.</summary>
    public async Task FinishAsync()
    {
        await enough.CancelAsync();
        await running.WaitAsync(TimeSpan.FromSeconds(60));
    }

    /// <summary>Every acknowledged decision is in its worker's trail, once, with the receipt that the producer holds; nothing else is.</summary>
    public async Task AllAreRecordedOnceAsync(LedgerProcess server)
    {
        contradictions.Should().BeEmpty("a repeat gets the first receipt");
        acknowledged.Should().NotBeEmpty();
        Dictionary<string, Receipt> recorded = new(StringComparer.Ordinal);
        for (int worker = 0; worker < workers; worker++)
        {
            List<RecordedDecision> trail = await server.TrailAsync(Number(worker));
            trail.Select(d => d.Receipt.Revision).Should().Equal(Enumerable.Range(0, trail.Count).Select(i => (long)(trail.Count - 1 - i)), "a trail has no gap");
            foreach (RecordedDecision entry in trail)
            {
                recorded.TryAdd(entry.Decision.DecisionId, entry.Receipt).Should().BeTrue("{0} is recorded once", entry.Decision.DecisionId);
            }
        }

        acknowledged.Where(a => !recorded.TryGetValue(a.Key, out Receipt? receipt) || !receipt.Equals(a.Value.Receipt))
            .Select(a => $"acknowledged {a.Value.Receipt}, recorded {recorded.GetValueOrDefault(a.Key)}").Should().BeEmpty();
        recorded.Keys.Except(sent.Keys, StringComparer.Ordinal).Should().BeEmpty();
    }

    private static string Number(int worker) => string.Create(CultureInfo.InvariantCulture, $"E-{worker}");

    private async Task SinglesAsync()
    {
        Random random = seed.Next();
        List<Acknowledged> own = [];
        while (!enough.IsCancellationRequested)
        {
            bool again = own.Count > 0 && random.Next(20) == 0;
            Decision decision = again ? own[random.Next(own.Count)].Decision : NewDecision(random);
            Receipt receipt = await InsistAsync(client => client.RecordDecisionAsync(
                new RecordDecisionRequest { Parent = DecisionBuilder.Organisation, Decision = decision }, deadline: Deadline()).ResponseAsync);
            own.Add(Keep(decision, receipt));
        }
    }

    private async Task BatchesAsync()
    {
        Random random = seed.Next();
        while (!enough.IsCancellationRequested)
        {
            List<Decision> left = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => NewDecision(random))];
            while (left.Count > 0)
            {
                RecordDecisionsRequest request = new() { Parent = DecisionBuilder.Organisation };
                request.Decisions.AddRange(left);
                RecordDecisionsResponse answer = await InsistAsync(client => OneBatchAsync(client, request));
                answer.Results.Count.Should().Be(left.Count);
                List<Decision> again = [];
                for (int i = 0; i < left.Count; i++)
                {
                    if (answer.Results[i].Receipt is { } receipt)
                    {
                        Keep(left[i], receipt);
                    }
                    else
                    {
                        CanBeRepeated((StatusCode)answer.Results[i].Error.Code).Should().BeTrue("{0}", answer.Results[i].Error);
                        again.Add(left[i]);
                    }
                }

                left = again;
            }
        }
    }

    private static async Task<RecordDecisionsResponse> OneBatchAsync(DecisionService.DecisionServiceClient client, RecordDecisionsRequest request)
    {
        using AsyncDuplexStreamingCall<RecordDecisionsRequest, RecordDecisionsResponse> call = client.RecordDecisions(deadline: Deadline());
        await call.RequestStream.WriteAsync(request);
        bool answered = await call.ResponseStream.MoveNext(CancellationToken.None);
        answered.Should().BeTrue();
        RecordDecisionsResponse response = call.ResponseStream.Current;
        await call.RequestStream.CompleteAsync();
        return response;
    }

    private async Task<T> InsistAsync<T>(Func<DecisionService.DecisionServiceClient, Task<T>> call)
    {
        while (true)
        {
            try
            {
                return await call(new DecisionService.DecisionServiceClient(calls()));
            }
            catch (RpcException e) when (CanBeRepeated(e.StatusCode))
            {
                failures.AddOrUpdate(e.StatusCode, 1, (_, n) => n + 1);
                await Task.Delay(BeforeRetry);
            }
        }
    }

    // INTERNAL: what the client library itself says when a connection breaks in the middle of an answer.
    private static bool CanBeRepeated(StatusCode status) =>
        status is StatusCode.Unavailable or StatusCode.ResourceExhausted or StatusCode.DeadlineExceeded or StatusCode.Cancelled or StatusCode.Internal;

    private static DateTime Deadline() => TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(20);

    private Decision NewDecision(Random random)
    {
        Decision decision = new DecisionBuilder(Seed.NewId(random), Number(random.Next(workers))).Build();
        sent.TryAdd(decision.DecisionId, 0);
        return decision;
    }

    private Acknowledged Keep(Decision decision, Receipt receipt)
    {
        Acknowledged first = acknowledged.GetOrAdd(decision.DecisionId, new Acknowledged(decision, receipt));
        if (!first.Receipt.ToByteString().Equals(receipt.ToByteString()))
        {
            contradictions.Add($"{first.Receipt} then {receipt}");
        }

        return first;
    }

    private sealed record Acknowledged(Decision Decision, Receipt Receipt);
}
