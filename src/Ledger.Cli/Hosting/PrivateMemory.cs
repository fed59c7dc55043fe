using System.Runtime.InteropServices;

namespace Ledger.Cli.Hosting;

/// <summary>
/// Keeps what a process holds in memory (keys, tokens, opened decisions) out of core files: a crash would put them on a disk in the clear, and whoever
/// collects crash files would have them. On Linux; elsewhere it is the operator's to switch off.
/// </summary>
internal static class PrivateMemory
{
    // prctl(2): such a process leaves no core file, and no other process of its user can look into it (ptrace(2)).
    private const int SetDumpable = 4;

    public static void Keep()
    {
        if (OperatingSystem.IsLinux() && Control(SetDumpable, 0, 0, 0, 0) != 0)
        {
            throw new InvalidOperationException($"prctl: error {Marshal.GetLastPInvokeError()}.");
        }
    }

    [DllImport("libc", EntryPoint = "prctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int option, nuint first, nuint second, nuint third, nuint fourth);
}
