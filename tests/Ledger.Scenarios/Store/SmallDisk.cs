using System.Diagnostics;
using Ledger.Scenarios.Hosting;

namespace Ledger.Scenarios.Store;

/// <summary>A disk of a few megabytes that can be filled and freed.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly TemporaryDirectory directory;

    private SmallDisk(TemporaryDirectory directory) => this.directory = directory;

    public string Path => directory.Path;

    private string Ballast => directory.Of("ballast");

    /// <summary>Null where mounting is not allowed.</summary>
    public static async Task<SmallDisk?> MountAsync(int megabytes)
    {
        TemporaryDirectory mountPoint = new();
        if (OperatingSystem.IsLinux() && await RunAsync("mount", "-t", "tmpfs", "-o", $"size={megabytes}m", "tmpfs", mountPoint.Path) == 0)
        {
            return new SmallDisk(mountPoint);
        }

        mountPoint.Dispose();
        return null;
    }

    public void Fill(long leaveBytes)
    {
        using FileStream ballast = new(Ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        long left = new DriveInfo(Path).AvailableFreeSpace - leaveBytes;
        byte[] block = new byte[64 * 1024];
        for (; left > 0; left -= block.Length)
        {
            ballast.Write(block, 0, (int)Math.Min(block.Length, left));
        }
    }

    public void Free() => File.Delete(Ballast);

    public async ValueTask DisposeAsync()
    {
        await RunAsync("umount", "-l", directory.Path);
        directory.Dispose();
    }

    private static async Task<int> RunAsync(string command, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(command, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            await process.WaitForExitAsync();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No such command: the same as not being allowed to.
            return -1;
        }
    }
}
