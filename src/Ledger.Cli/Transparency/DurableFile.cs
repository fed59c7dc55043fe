using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Ledger.Cli.Transparency;

/// <summary>
/// Files that are whole and on disk, or not there: written beside their place, flushed, renamed, and the directory that names them
/// flushed too. A power cut at any moment leaves the old file or the new one.
/// </summary>
internal static class DurableFile
{
    private const int ReadOnly = 0;

    /// <summary>A directory for its owner only, its name on disk.</summary>
    public static void CreateDirectory(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Writes or replaces a file. When this returns, the bytes survive a power cut.</summary>
    /// <param name="path">The file.</param>
    /// <param name="bytes">All of it.</param>
    /// <param name="secret">Only the owner may read it.</param>
    // One writer at a time: whoever writes holds the lock of the directory.
    public static void Write(string path, ReadOnlySpan<byte> bytes, bool secret = false)
    {
        string draft = path + ".new";
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite
                | (secret ? UnixFileMode.None : UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        // An old draft could have been made with other rights.
        File.Delete(draft);
        using (FileStream file = new(draft, options))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Gives a directory its final name, on disk.</summary>
    public static void Rename(string directory, string name)
    {
        Directory.Move(directory, name);
        SyncDirectory(Path.GetDirectoryName(name)!);
    }

    private static void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using SafeFileHandle handle = new(Open([.. Encoding.UTF8.GetBytes(path), 0], ReadOnly), ownsHandle: true);
        if (handle.IsInvalid)
        {
            throw new IOException($"{path} (errno {Marshal.GetLastPInvokeError()})");
        }

        RandomAccess.FlushToDisk(handle);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags);
}
