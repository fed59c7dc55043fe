using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ledger.EventStore;

/// <summary>Files that are whole or not there after a power cut, and directories that only their owner reads.</summary>
public static partial class DurableFiles
{
    private const int ReadOnly = 0;
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a directory, and those above it that are missing, for its owner only, its name durable. One that is there stays as it is.</summary>
    public static void CreateDirectoryForOwner(string path)
    {
        path = Path.GetFullPath(path);
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
            Directory.CreateDirectory(path, Owner | UnixFileMode.UserExecute);
        }

        SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Gives a directory its final name, durably.</summary>
    public static void RenameDirectory(string path, string name)
    {
        Directory.Move(path, name);
        SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(name))!);
    }

    /// <summary>Opens a file that, where it is new, only its owner may read and write.</summary>
    public static FileStream OpenForOwner(string path, FileMode mode)
    {
        FileStreamOptions options = new() { Mode = mode, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Owner;
        }

        return new FileStream(path, options);
    }

    /// <summary>Puts a file in its place in one step: readers see the old one or the new one, also after a power cut.</summary>
    /// <param name="path">Where it goes.</param>
    /// <param name="content">All of it.</param>
    /// <param name="forOwner">Whether only its owner may read it.</param>
    public static void Replace(string path, ReadOnlySpan<byte> content, bool forOwner = false)
    {
        string draft = WriteDraft(path, content, forOwner);
        File.Move(draft, path, overwrite: true);
        SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Writes a file durably beside the place it will have, under a name that no other process uses. Returns that name.</summary>
    public static string WriteDraft(string path, ReadOnlySpan<byte> content, bool forOwner = false)
    {
        // Process numbers would not do: containers that share a disk have the same.
        string draft = $"{path}.{Path.GetRandomFileName()}.new";
        using FileStream file = forOwner ? OpenForOwner(draft, FileMode.Create) : new FileStream(draft, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        file.Write(content);
        file.Flush(flushToDisk: true);
        return draft;
    }

    /// <summary>Makes the names in a directory durable: an fsync of a file does not cover the directory that names it.</summary>
    public static void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using SafeFileHandle handle = new(OpenFile(path, ReadOnly), ownsHandle: true);
        if (handle.IsInvalid)
        {
            throw new IOException($"Cannot open the directory '{path}' (errno {Marshal.GetLastPInvokeError()}).");
        }

        RandomAccess.FlushToDisk(handle);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);
}
