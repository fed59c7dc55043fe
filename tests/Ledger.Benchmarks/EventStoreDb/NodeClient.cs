using System.Diagnostics;
using System.Text.Json;
using Ledger.Benchmarks.Decisions;

namespace Ledger.Benchmarks.EventStoreDb;

/// <summary>The official Node client as a baseline: what a program written for EventStoreDB gets out of the same server.</summary>
internal sealed class NodeClient(string store, string directory, int streams)
{
    /// <summary>Directory whose <c>node_modules</c> holds <c>@eventstore/db-client</c>.</summary>
    public static string? Installed => Environment.GetEnvironmentVariable("LEDGER_NODE_CLIENT") is { } given
        && Directory.Exists(Path.Combine(given, "node_modules", "@eventstore", "db-client")) ? given : null;

    private string SampleFile => Path.Combine(directory, "sample.json");

    public async Task WriteSampleAsync(StoredSample sample, CancellationToken cancellationToken)
    {
        using var data = JsonDocument.Parse(sample.TypicalData);
        using var metadata = JsonDocument.Parse(sample.TypicalMetadata);
        await File.WriteAllTextAsync(SampleFile, JsonSerializer.Serialize(new { data, metadata }), cancellationToken);
    }

    /// <summary>Events a second.</summary>
    public async Task<double> RateAsync(TimeSpan window, int eventsOfAppend, int outstanding)
    {
        var start = new ProcessStartInfo("node") { RedirectStandardOutput = true, UseShellExecute = false };
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "EventStoreDb", "append-rate.mjs"), store, Text(window.TotalSeconds),
            Text(eventsOfAppend), Text(outstanding), Text(streams), SampleFile,
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? double.Parse(output, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException("The Node client failed; its words are above.");
    }

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
