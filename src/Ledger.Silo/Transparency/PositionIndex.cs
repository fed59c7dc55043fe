using System.Buffers.Binary;
using Ledger.EventStore;
using Microsoft.Win32.SafeHandles;

namespace Ledger.Silo.Transparency;

/// <summary>
/// Where in the store each leaf's event is: leaves stand in store order, so the leaf of a position is found by halving. Made from the store
/// and thrown away at will; not published.
/// </summary>
/// <remarks>
/// <code>
/// record i, at byte 16 · i:  commit position, 8 bytes big-endian ‖ prepare position, 8 bytes big-endian
/// </code>
/// </remarks>
internal sealed class PositionIndex : IDisposable
{
    private const int RecordLength = 16;
    private const int Buffered = 1024;

    private readonly SafeFileHandle file;
    private readonly byte[] buffer = new byte[Buffered * RecordLength];
    private int buffered;
    private ulong written;

    private PositionIndex(SafeFileHandle file) => this.file = file;

    /// <summary>Number of leaves known to the file.</summary>
    public ulong Count => (ulong)RandomAccess.GetLength(file) / RecordLength;

    /// <summary>Whether the file knows the first <paramref name="size"/> leaves.</summary>
    public static bool Covers(string path, ulong size)
    {
        using PositionIndex? index = TryOpen(path);
        return (index?.Count ?? 0) >= size;
    }

    public static PositionIndex OpenForWriting(string path, ulong size)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        PositionIndex index = new(File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite)) { written = size };
        return index;
    }

    /// <summary>Opens it for finding, or nothing if there is none yet.</summary>
    public static PositionIndex? TryOpen(string path) =>
        File.Exists(path) ? new PositionIndex(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)) : null;

    /// <summary>Adds the position of the next leaf.</summary>
    public void Add(StorePosition position)
    {
        Span<byte> record = buffer.AsSpan(buffered * RecordLength, RecordLength);
        BinaryPrimitives.WriteUInt64BigEndian(record, position.Commit);
        BinaryPrimitives.WriteUInt64BigEndian(record[8..], position.Prepare);
        if (++buffered == Buffered)
        {
            Write();
        }
    }

    /// <summary>Makes what was added durable.</summary>
    public void Sync()
    {
        Write();
        RandomAccess.FlushToDisk(file);
    }

    /// <summary>The last leaf, among the first <paramref name="size"/>, whose event is at the position or before it.</summary>
    public ulong? Find(StorePosition position, ulong size)
    {
        // Invariant: all below `low` are at or before the position, all from `high` on after it.
        ulong low = 0;
        ulong high = Math.Min(size, Count);
        while (low < high)
        {
            ulong middle = low + (high - low) / 2;
            if (At(middle) <= position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low == 0 ? null : low - 1;
    }

    public void Dispose() => file.Dispose();

    private StorePosition At(ulong leaf)
    {
        Span<byte> record = stackalloc byte[RecordLength];
        return RandomAccess.Read(file, record, (long)leaf * RecordLength) == RecordLength
            ? new StorePosition(BinaryPrimitives.ReadUInt64BigEndian(record), BinaryPrimitives.ReadUInt64BigEndian(record[8..]))
            : throw new InvalidDataException("The index of positions is shorter than it was.");
    }

    private void Write()
    {
        RandomAccess.Write(file, buffer.AsSpan(0, buffered * RecordLength), (long)written * RecordLength);
        written += (ulong)buffered;
        buffered = 0;
    }
}
