using System.Text.Json;
using Grpc.Core;
using Ledger.EventStore;
using Ledger.EventStore.Embedded;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Telemetry;

/// <summary>One trace from the producer's call to the store, and from the stored event back to it.</summary>
public class TraceScenarios(ITestOutputHelper output)
{
    [Fact]
    public async Task Call_WithTraceContext_IsOneTraceFromServerThroughGrainsToStoreAndInTheEvent()
    {
        Seed seed = new(output);
        string trace = seed.NewId().ToString("N");
        string caller = seed.NewId().ToString("N")[..16];
        using TemporaryDirectory data = new();
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        string worker;
        await using (LedgerProcess server = await LedgerProcess.StartAsync(new() { DataDirectory = data.Path, Variables = receiver.Variables }))
        {
            await server.Decisions.RecordDecisionAsync(
                new DecisionBuilder(seed.NewId(), "E-1").Request(), new Metadata { { "traceparent", $"00-{trace}-{caller}-01" } });
            worker = (await server.NameOfAsync("E-1")).Split('/')[^1];
            await Eventually.HoldsAsync(() => Task.FromResult(InTrace().Any(s => s.ParentId == caller)), "the spans of the call are exported");
            await server.StopAsync();
        }

        IReadOnlyList<Span> spans = InTrace();
        output.WriteLine(string.Join("\n", spans));
        spans.Select(s => s.Name).Should().Contain(["intake", "store append"]);
        Span[] path = Path(spans, spans.Single(s => s.Name == "store append"));
        path[^1].ParentId.Should().Be(caller, "the append descends from the producer's call");
        path.Select(s => s.Name).Should().Contain("intake");
        path.Should().Contain(s => s.Name.Contains("IWorker", StringComparison.Ordinal), "it goes through the worker's grain");

        await using EmbeddedEventStore store = EmbeddedEventStore.Open(new() { Directory = data.Path }, TimeProvider.System, NullLogger.Instance);
        await foreach (RecordedEvent stored in store.ReadStreamAsync($"worker-main-{worker}", ReadDirection.Forwards, 0, 1, CancellationToken.None))
        {
            using JsonDocument metadata = JsonDocument.Parse(stored.Metadata);
            metadata.RootElement.GetProperty("traceparent").GetString().Should().StartWith($"00-{trace}-");
            metadata.RootElement.GetProperty("$correlationId").GetString().Should().Be(trace);
        }

        IReadOnlyList<Span> InTrace() => [.. receiver.Spans.Where(s => s.TraceId == trace)];
    }

    private static Span[] Path(IReadOnlyList<Span> spans, Span from)
    {
        List<Span> path = [from];
        while (spans.SingleOrDefault(s => s.SpanId == path[^1].ParentId) is { } parent)
        {
            path.Add(parent);
        }

        return [.. path];
    }
}
