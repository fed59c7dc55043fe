using System.Runtime.InteropServices;

namespace Ledger.Benchmarks;

/// <summary>What the figures were measured on, in words that name no path.</summary>
internal sealed record Machine(string Cpu, int Cores, string Memory, string System, string Runtime, string FileSystem)
{
    public static Machine Describe(string directory) => new(
        Value("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        Value("/proc/meminfo", "MemTotal") ?? "unknown",
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
        FileSystemOf(directory));

    public override string ToString() => $"{Cpu}, {Cores} cores, {Memory}, {System}, {Runtime}, {FileSystem}";

    private static string FileSystemOf(string directory) => DriveInfo.GetDrives()
        .Where(drive => directory.StartsWith(drive.Name, StringComparison.Ordinal))
        .OrderByDescending(drive => drive.Name.Length)
        .Select(drive => drive.DriveFormat)
        .FirstOrDefault() ?? "unknown";

    private static string? Value(string file, string key) => !File.Exists(file) ? null : File.ReadLines(file)
        .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
        .FirstOrDefault(pair => pair.Length == 2 && string.Equals(pair[0], key, StringComparison.Ordinal))?[1];
}
