using Ledger.Benchmarks.Decisions;
using Ledger.V1;

namespace Ledger.Benchmarks.Transparency;

/// <summary>Far more producers than the server can take: the log must not fall behind by more than is allowed; intake gives way instead.</summary>
internal sealed class LogUnderOverload : Benchmark
{
    // Each keeps as many batches unanswered as a stream may: ten times what saturates the server.
    private const int Streams = 40;
    private const int Unanswered = 4;
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(30);

    private static readonly RowDefinition Overload = new(
        "log.overload", "largest delay until published while 40 streams offer ten times the peak (10 min with --window 120); 10 s are allowed", "s", Target.ValueBelow(10, "s"));

    public override IReadOnlyList<RowDefinition> Rows => [Overload];

    public override async Task<IReadOnlyList<Row>> RunAsync(Bench bench, IReadOnlyList<RowDefinition> wanted, CancellationToken cancellationToken)
    {
        await using var server = await LedgerServer.StartAsync(bench.NewDirectory("overload"), store: null, cancellationToken);
        var load = new RecordLoad(server, bench, Streams, RecordSingle.Workers, RecordSingle.Channels);
        var window = bench.Window * bench.Rounds;
        window = window < Least ? Least : window;
        var overload = load.OverloadAsync(window, Unanswered);
        var (largest, breaches) = await WatchAsync(server, overload);
        var (recorded, refused) = await overload;
        return [Overload.Of(largest, note: string.Create(
            CultureInfo.InvariantCulture, $"{breaches} looks above 10 s in {window.TotalSeconds:N0} s; {recorded:N0} recorded, {refused:N0} asked to wait"))];
    }

    /// <summary>Sends one decision after the other that waits for its checkpoint; the longest wait is the delay.</summary>
    private static async Task<(double Largest, int Breaches)> WatchAsync(LedgerServer server, Task until)
    {
        var client = new TransparencyService.TransparencyServiceClient(server.NewCalls());
        var decisions = new SampleDecisions(1, 1, TimeProvider.System.GetUtcNow());
        var recorder = server.NewClient();
        double largest = 0;
        var breaches = 0;
        while (!until.IsCompleted)
        {
            var started = System.Diagnostics.Stopwatch.GetTimestamp();
            try
            {
                var receipt = await recorder.RecordDecisionAsync(new RecordDecisionRequest { Parent = SampleDecisions.Organisation, Decision = decisions.Next() });
                started = System.Diagnostics.Stopwatch.GetTimestamp();
                await client.GetCheckpointAsync(new GetCheckpointRequest { Parent = SampleDecisions.Organisation, Covering = receipt.Position });
            }
            catch (Grpc.Core.RpcException e) when (e.StatusCode is Grpc.Core.StatusCode.ResourceExhausted)
            {
                // Asked to wait before it was recorded: nothing is late.
                await Task.Delay(100);
                continue;
            }
            catch (Grpc.Core.RpcException e) when (e.StatusCode is Grpc.Core.StatusCode.Unavailable)
            {
                breaches++;
            }

            largest = Math.Max(largest, System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        return (largest, breaches);
    }
}
