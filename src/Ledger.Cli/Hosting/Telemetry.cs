using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Ledger.Cli.Hosting;

/// <summary>
/// Traces, metrics and logs by OTLP, to wherever the standard variables <c>OTEL_EXPORTER_OTLP_…</c> point; nothing at all is collected for
/// a signal that has no endpoint.
/// </summary>
internal static class Telemetry
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <returns>Whether traces are collected.</returns>
    public static bool AddLedgerTelemetry(this IHostApplicationBuilder builder)
    {
        bool traces = HasEndpoint(builder.Configuration, "TRACES");
        bool metrics = HasEndpoint(builder.Configuration, "METRICS");
        bool logs = HasEndpoint(builder.Configuration, "LOGS");
        if (!traces && !metrics && !logs)
        {
            return false;
        }

        OpenTelemetryBuilder telemetry = builder.Services.AddOpenTelemetry().ConfigureResource(Describe);
        if (traces)
        {
            telemetry.WithTracing(tracing => tracing
                .AddSource("Ledger", "Microsoft.Orleans.Runtime", "Microsoft.Orleans.Application")
                .AddAspNetCoreInstrumentation()
                .AddOtlpExporter());
        }

        if (metrics)
        {
            telemetry.WithMetrics(meters => meters
                .AddMeter("Ledger", "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
                .AddAspNetCoreInstrumentation()
                .AddRuntimeInstrumentation()
                .AddOtlpExporter());
        }

        if (logs)
        {
            builder.Logging.AddOpenTelemetry(logging =>
            {
                logging.SetResourceBuilder(Described());
                logging.IncludeScopes = true;
                logging.IncludeFormattedMessage = true;
                logging.AddOtlpExporter();
            });
        }

        return traces;
    }

    private static bool HasEndpoint(IConfiguration configuration, string signal) =>
        !string.Equals(configuration["OTEL_SDK_DISABLED"], "true", StringComparison.OrdinalIgnoreCase)
        && (!string.IsNullOrEmpty(configuration[Endpoint]) || !string.IsNullOrEmpty(configuration[$"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"]));

    // The variables come last: an operator's own service name wins.
    private static void Describe(ResourceBuilder resource) =>
        resource.AddService("ledger", serviceVersion: typeof(Telemetry).Assembly.GetName().Version?.ToString(3)).AddEnvironmentVariableDetector();

    private static ResourceBuilder Described()
    {
        ResourceBuilder resource = ResourceBuilder.CreateDefault();
        Describe(resource);
        return resource;
    }
}
