using System.Diagnostics;
using Ledger.Scenarios.Hosting;
using Ledger.Tests;

namespace Ledger.Scenarios.Access;

/// <summary>A process that crashes takes its keys and tokens with it: no file of its memory stays behind.</summary>
public class CrashScenarios
{
    [SkippableFact]
    public async Task Server_ThatCrashes_LeavesNoCoreFile()
    {
        Skip.IfNot(File.Exists("/proc/sys/kernel/core_pattern"), "not Linux");
        string pattern = await File.ReadAllTextAsync("/proc/sys/kernel/core_pattern");
        Skip.If(pattern[0] is '|' or '/', $"Core files of this machine go elsewhere: {pattern.Trim()}.");
        using TemporaryDirectory data = new();
        using TemporaryDirectory other = new();
        await CrashAsync(other.Path, "sleep 60", ready: _ => Task.CompletedTask);
        Cores(other.Path).Should().NotBeEmpty("an ordinary process leaves one here: otherwise this test could not fail");

        LedgerSetup setup = new() { DataDirectory = data.Of("data") };
        string environment = string.Join(' ', setup.Environment().Select(v => $"{v.Key}={v.Value}"));
        await CrashAsync(
            data.Path,
            $"env {environment} dotnet {Path.Combine(AppContext.BaseDirectory, "ledger.dll")} serve --data {setup.DataDirectory}",
            async process => await process.StandardOutput.ReadLineAsync());
        Cores(data.Path).Should().BeEmpty();
    }

    private static string[] Cores(string directory) => Directory.GetFiles(directory, "core*");

    /// <summary>
    /// Runs a command that may leave core files of any size, and ends it with one: SIGXCPU, whose default that is (signal(7)), and which .NET leaves alone.
    /// </summary>
    private static async Task CrashAsync(string directory, string command, Func<Process, Task> ready)
    {
        ProcessStartInfo start = new("bash", ["-c", $"ulimit -c unlimited && exec {command}"])
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using Process process = Process.Start(start)!;
        await ready(process);
        // The shell has become the command; before that it would be the one that crashes, and leaves a file all the same.
        await Eventually.HoldsAsync(
            async () => !(await File.ReadAllTextAsync($"/proc/{process.Id}/comm")).StartsWith("bash", StringComparison.Ordinal), "the command runs");
        using (Process kill = Process.Start("kill", ["-XCPU", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(128 + 24);
    }
}
