using System.Diagnostics;
using System.Text;

namespace Ledger.Scenarios.Hosting;

/// <summary>A process of ours: its output is kept for whoever asks what went wrong.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(30);

    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly TaskCompletionSource firstLine = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(string assembly, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string? log)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = Path.GetTempPath() };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, assembly));
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["DOTNET_TieredPGO"] = "0";
        process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Keep(line.Data, log, isOutput: true);
        process.ErrorDataReceived += (_, line) => Keep(line.Data, log, isOutput: false);
    }

    public int Id => process.Id;

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    /// <summary>Ends with the first line on the output stream.</summary>
    public Task FirstLine => firstLine.Task;

    /// <summary>Everything it said.</summary>
    public string Output
    {
        get
        {
            lock (output)
            {
                return output.ToString();
            }
        }
    }

    /// <summary>Resident memory in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            string line = File.ReadLines($"/proc/{process.Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
            return long.Parse(line.AsSpan(6, line.Length - 8), System.Globalization.CultureInfo.InvariantCulture) * 1024;
        }
    }

    public static ChildProcess Start(
        string assembly, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? log = null)
    {
        ChildProcess child = new(assembly, arguments, environment ?? new Dictionary<string, string>(StringComparer.Ordinal), log);
        child.process.Start();
        child.process.BeginOutputReadLine();
        child.process.BeginErrorReadLine();
        return child;
    }

    /// <summary>SIGKILL, as the kernel or a power cut would: no handler runs.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, and waits until it is gone.</summary>
    public async Task StopAsync()
    {
        if (process.HasExited)
        {
            return;
        }

        using (Process kill = Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        using CancellationTokenSource limit = new(StopWithin);
        await process.WaitForExitAsync(limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await KillAsync();
        }

        process.Dispose();
    }

    private void Keep(string? line, string? log, bool isOutput)
    {
        if (line is null)
        {
            return;
        }

        lock (output)
        {
            if (log is not null)
            {
                File.AppendAllText(log, line + "\n");
            }
            else
            {
                output.AppendLine(line);
            }
        }

        if (isOutput)
        {
            firstLine.TrySetResult();
        }
    }
}
