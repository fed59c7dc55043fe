using System.Text.Encodings.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Ledger.Cli.Hosting;

/// <summary>Logs go to the error stream, structured and with trace ids, so that the output stays what was asked for.</summary>
internal static class Logs
{
    // Speak often and say little that an operator can act on.
    private static readonly string[] Talkative =
        ["Orleans", "Microsoft.Orleans", "Microsoft.AspNetCore", "Microsoft.Hosting.Lifetime", "Grpc", "System.Net.Http"];

    public static void AddLedgerLogs(this IHostApplicationBuilder builder, LogLevel level, bool terminal)
    {
        builder.Logging.ClearProviders();
        builder.Logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.TraceId | ActivityTrackingOptions.SpanId);
        builder.Logging.SetMinimumLevel(level);
        foreach (string category in Talkative)
        {
            builder.Logging.AddFilter(category, level < LogLevel.Warning ? LogLevel.Warning : LogLevel.Error);
        }

        // Complains at every start of a setting that is ours on purpose, and of every turn over a second on a busy machine.
        builder.Logging.AddFilter("Orleans.Runtime.Silo", LogLevel.Error);
        builder.Logging.AddFilter("Orleans.Runtime.Scheduler", LogLevel.Error);
        builder.Logging.AddFilter("Polly", LogLevel.Error);

        // Its first turn takes the machine's uptime for a stall.
        builder.Logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);

        // A warning of Kestrel says that configured addresses override others; there are no others.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Logging.AddConsole(options =>
        {
            options.LogToStandardErrorThreshold = LogLevel.Trace;
            options.FormatterName = SystemdHelpers.IsSystemdService() ? ConsoleFormatterNames.Systemd
                : terminal ? ConsoleFormatterNames.Simple : ConsoleFormatterNames.Json;
        });
        builder.Services.Configure<SimpleConsoleFormatterOptions>(options =>
        {
            options.SingleLine = true;
            options.TimestampFormat = "HH:mm:ss ";
        });
        builder.Services.Configure<JsonConsoleFormatterOptions>(options =>
        {
            options.IncludeScopes = true;
            options.UseUtcTimestamp = true;
            options.TimestampFormat = "O";
            options.JsonWriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        });
        builder.Services.Configure<ConsoleFormatterOptions>(options => options.IncludeScopes = true);
    }
}
