using System.Runtime.InteropServices;

namespace Ledger.EventStore.Embedded;

/// <summary>The directory of the store, held by one process at a time.</summary>
internal sealed partial class StoreDirectory : IDisposable
{
    private const int ReadOnlyDirectory = 0;
    private readonly string _path;
    private readonly FileStream _lock;

    private StoreDirectory(string path, FileStream @lock)
    {
        _path = path;
        _lock = @lock;
    }

    public string DatabasePath => Path.Combine(_path, "events.db");

    public static StoreDirectory Take(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        path = Path.GetFullPath(path);
        Directory.CreateDirectory(path);
        try
        {
            // A lock of the operating system, so a killed process leaves nothing to clean up.
            var @lock = new FileStream(Path.Combine(path, "events.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new StoreDirectory(path, @lock);
        }
        catch (IOException e)
        {
            throw new EventStoreUnavailableException(
                $"The event store in '{path}' is open in another process (its events.lock is held). Stop that process, or use another directory.",
                TimeSpan.FromSeconds(5),
                e);
        }
    }

    /// <summary>Makes the names of new files durable: an fsync of a file does not cover the directory that names it.</summary>
    public void Sync()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        foreach (var path in new[] { _path, Path.GetDirectoryName(_path) ?? _path })
        {
            var descriptor = OpenFile(path, ReadOnlyDirectory);
            if (descriptor < 0)
            {
                throw new IOException($"Cannot open the directory '{path}' (errno {Marshal.GetLastPInvokeError()}).");
            }

            var failed = SyncFile(descriptor) != 0;
            var error = Marshal.GetLastPInvokeError();
            _ = CloseFile(descriptor);
            if (failed)
            {
                throw new IOException($"Cannot sync the directory '{path}' (errno {error}).");
            }
        }
    }

    public void Dispose() => _lock.Dispose();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SyncFile(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseFile(int descriptor);
}
