using SQLitePCL;

namespace Ledger.EventStore.Embedded;

/// <summary>SQLite refused; <see cref="Code"/> is its extended result code.</summary>
internal sealed class SqliteFault(int code, string message) : Exception($"{message} (SQLite {code & 0xFF}/{code >> 8})")
{
    /// <summary>The shared memory of the WAL could not grow, which happens when the disk is full.</summary>
    private const int SharedMemorySize = raw.SQLITE_IOERR | (19 << 8);

    public int Code { get; } = code;

    /// <summary>No room; a commit that fails so has not written its last frame, so it can never be found written.</summary>
    public bool IsFull => (Code & 0xFF) == raw.SQLITE_FULL || Code == SharedMemorySize;
}
