using System.Buffers.Binary;
using System.Collections;

namespace Ledger.Verification;

/// <summary>The entries under one tile of level 0 (c2sp.org/tlog-tiles, "Log entries"), read.</summary>
/// <remarks>
/// <code>
/// uint16, big-endian   length of the entry
/// bytes                the entry
/// …                    up to 256 times
/// </code>
/// </remarks>
public readonly struct EntryBundle : IReadOnlyList<ReadOnlyMemory<byte>>
{
    private readonly ReadOnlyMemory<byte>[]? _entries;

    private EntryBundle(ReadOnlyMemory<byte>[] entries) => _entries = entries;

    /// <summary>Number of entries.</summary>
    public int Count => _entries?.Length ?? 0;

    /// <summary>The entry at a place from 0: a slice of the bundle's bytes.</summary>
    public ReadOnlyMemory<byte> this[int index] => (_entries ?? [])[index];

    /// <summary>The same bundle when it had fewer entries.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is more than there are, or less than 0.</exception>
    public EntryBundle First(int count) => new((_entries ?? []).AsSpan(0, count).ToArray());

    /// <summary>Reads a bundle; false unless it holds exactly <paramref name="width"/> entries (1 to 256) and nothing after them.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, int width, out EntryBundle bundle)
    {
        bundle = default;
        if (width is < 1 or > TileId.FullWidth)
        {
            return false;
        }

        ReadOnlyMemory<byte>[] entries = new ReadOnlyMemory<byte>[width];
        ReadOnlyMemory<byte> rest = bytes;
        for (int i = 0; i < width; i++)
        {
            if (!BinaryPrimitives.TryReadUInt16BigEndian(rest.Span, out ushort length) || rest.Length - sizeof(ushort) < length)
            {
                return false;
            }

            entries[i] = rest.Slice(sizeof(ushort), length);
            rest = rest[(sizeof(ushort) + length)..];
        }

        if (!rest.IsEmpty)
        {
            return false;
        }

        bundle = new EntryBundle(entries);
        return true;
    }

    /// <summary>Enumerates the entries in order.</summary>
    public IEnumerator<ReadOnlyMemory<byte>> GetEnumerator() => ((IEnumerable<ReadOnlyMemory<byte>>)(_entries ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Makes the bundle of one tile of level 0, entry by entry.</summary>
public sealed class EntryBundleBuilder
{
    /// <summary>Greatest length of an entry, bytes.</summary>
    public const int MaxEntryLength = ushort.MaxValue;

    private byte[] _bytes = new byte[4096];
    private int _length;

    /// <summary>Number of entries so far.</summary>
    public int Count { get; private set; }

    /// <summary>Adds an entry.</summary>
    /// <exception cref="ArgumentException">The entry is longer than 65,535 bytes, or the bundle has 256 already.</exception>
    public void Add(ReadOnlySpan<byte> entry)
    {
        if (entry.Length > MaxEntryLength)
        {
            throw new ArgumentException($"An entry has at most {MaxEntryLength} bytes.", nameof(entry));
        }

        if (Count == TileId.FullWidth)
        {
            throw new ArgumentException($"A bundle has at most {TileId.FullWidth} entries.", nameof(entry));
        }

        int length = _length + sizeof(ushort) + entry.Length;
        if (length > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(length, 2 * _bytes.Length));
        }

        BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(_length), (ushort)entry.Length);
        entry.CopyTo(_bytes.AsSpan(_length + sizeof(ushort)));
        _length = length;
        Count++;
    }

    /// <summary>The bundle's bytes.</summary>
    public byte[] ToArray() => _bytes.AsSpan(0, _length).ToArray();

    /// <summary>Begins the next bundle.</summary>
    public void Clear()
    {
        _length = 0;
        Count = 0;
    }
}
