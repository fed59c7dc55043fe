using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Ledger.Scenarios.Telemetry;

/// <summary>A collector that keeps what it is sent: OTLP over HTTP in protobuf.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly ConcurrentQueue<(string Signal, byte[] Body)> received = new();

    private OtlpReceiver(WebApplication application) => this.application = application;

    public Dictionary<string, string> Variables => new(StringComparer.Ordinal)
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = application.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single(),
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        ["OTEL_BLRP_SCHEDULE_DELAY"] = "100",
        ["OTEL_METRIC_EXPORT_INTERVAL"] = "500",
    };

    public IEnumerable<(string Signal, byte[] Body)> Received => received;

    /// <summary>Every span so far.</summary>
    public IReadOnlyList<Span> Spans => [.. received.Where(r => string.Equals(r.Signal, "traces", StringComparison.Ordinal)).SelectMany(r => SpansOf(r.Body))];

    public static async Task<OtlpReceiver> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        WebApplication collector = builder.Build();
        OtlpReceiver receiver = new(collector);
        collector.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            using MemoryStream body = new();
            await request.Body.CopyToAsync(body);
            receiver.received.Enqueue((signal, body.ToArray()));
            return Results.Bytes([], "application/x-protobuf");
        });
        await collector.StartAsync();
        return receiver;
    }

    public async ValueTask DisposeAsync() => await application.DisposeAsync();

    // opentelemetry/proto/collector/trace/v1: request 1 resource_spans, 2 scope_spans, 2 spans; of a span 1 trace_id, 2 span_id, 4 parent_span_id, 5 name.
    private static IEnumerable<Span> SpansOf(byte[] request) =>
        from resource in Fields(request, 1) from scope in Fields(resource, 2) from span in Fields(scope, 2) select ToSpan(span);

    private static Span ToSpan(byte[] span) => new(
        Convert.ToHexStringLower(Fields(span, 1).Single()),
        Convert.ToHexStringLower(Fields(span, 2).Single()),
        Convert.ToHexStringLower(Fields(span, 4).SingleOrDefault() ?? []),
        System.Text.Encoding.UTF8.GetString(Fields(span, 5).SingleOrDefault() ?? []));

    private static List<byte[]> Fields(byte[] message, int number)
    {
        List<byte[]> found = [];
        CodedInputStream input = new(message);
        while (input.ReadTag() is var tag and not 0)
        {
            if (WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited && WireFormat.GetTagFieldNumber(tag) == number)
            {
                found.Add(input.ReadBytes().ToByteArray());
            }
            else
            {
                input.SkipLastField();
            }
        }

        return found;
    }
}

internal sealed record Span(string TraceId, string SpanId, string ParentId, string Name);
