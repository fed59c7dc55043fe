using System.Diagnostics;
using System.Text.Json;

namespace Ledger.Benchmarks.Transparency;

/// <summary><c>ledger verify</c> as a process of its own; what it verifies must be sound.</summary>
/// <param name="Verdict">Its answer.</param>
/// <param name="Took">From start to end, the start of the runtime included.</param>
/// <param name="PeakMiB">Its largest resident memory.</param>
internal sealed record VerifyProcess(JsonElement Verdict, TimeSpan Took, double PeakMiB)
{
    public static async Task<VerifyProcess> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        string[] all = [Path.Combine(AppContext.BaseDirectory, "ledger.dll"), "verify", .. arguments, "--json"];
        Array.ForEach(all, start.ArgumentList.Add);
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var said = process.StandardOutput.ReadToEndAsync(cancellationToken);
        double peak = 0;
        while (!process.HasExited)
        {
            peak = Math.Max(peak, PeakOf(process));
            await Task.Delay(20, cancellationToken);
        }

        var took = Stopwatch.GetElapsedTime(started);
        var verdict = JsonDocument.Parse(await said).RootElement;
        return process.ExitCode == 0
            ? new VerifyProcess(verdict, took, peak)
            : throw new InvalidOperationException($"Not found sound: {verdict}");
    }

    private static double PeakOf(Process process)
    {
        try
        {
            return LedgerServer.MemoryOf(process.Id).Peak;
        }
        catch (IOException)
        {
            // It has just ended.
            return 0;
        }
    }
}
