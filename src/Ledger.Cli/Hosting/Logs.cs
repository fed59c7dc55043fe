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
        });
        builder.Services.Configure<ConsoleFormatterOptions>(options => options.IncludeScopes = true);
    }
}
