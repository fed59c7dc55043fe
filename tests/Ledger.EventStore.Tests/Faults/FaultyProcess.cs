using System.Diagnostics;

namespace Ledger.EventStore.Tests.Faults;

/// <summary>Ledger.EventStore.Faults in a process of its own, and the compiler of what is preloaded into it.</summary>
internal static class FaultyProcess
{
    private static readonly Lazy<string?> Library = new(Compile);

    /// <summary>failing_io.c compiled, or null: not Linux, or no C compiler.</summary>
    public static string? FailingIo => Library.Value;

    public static Process Start(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Ledger.EventStore.Faults.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static string? Compile()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var library = Path.Combine(AppContext.BaseDirectory, "failing_io.so");
        try
        {
            using var compiler = Process.Start("cc", ["-shared", "-fPIC", "-O1", "-o", library, Path.Combine(AppContext.BaseDirectory, "Faults", "failing_io.c"), "-ldl"]);
            compiler.WaitForExit();
            return compiler.ExitCode == 0 ? library : throw new InvalidOperationException("failing_io.c does not compile.");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
