using SQLitePCL;

namespace Ledger.EventStore.Embedded;

/// <summary>SQLite refused; <see cref="Code"/> is its extended result code.</summary>
internal sealed class SqliteFault(int code, string message) : Exception($"{message} (SQLite {code & 0xFF}/{code >> 8})")
{
    /// <summary>The shared memory of the WAL could not grow, which happens when the disk is full.</summary>
    private const int SharedMemorySize = raw.SQLITE_IOERR | (19 << 8);

    public int Code { get; } = code;

    /// <summary>No room.</summary>
    public bool IsFull => (Code & 0xFF) == raw.SQLITE_FULL || Code == SharedMemorySize;

    /// <summary>The last frame, which makes a commit, was not written: the commit can never be found. A failed fsync is no such proof.</summary>
    public bool LeavesNoCommit => (Code & 0xFF) == raw.SQLITE_FULL;
}
