using System.Buffers.Binary;

namespace Ledger.Silo.Workers;

/// <summary>Which decision stands at which revision of a worker's stream: what makes recording happen once.</summary>
/// <remarks>28 bytes a decision while the worker is active; idle workers are put away.</remarks>
internal sealed class RecordedDecisions
{
    private readonly Dictionary<Guid, long> revisions = [];

    /// <summary>Those not yet in a stored segment, in order.</summary>
    private readonly List<(Guid DecisionId, long Revision)> unsaved = [];

    /// <summary>Revisions of other events that a fold needs, not yet in a stored segment, in order.</summary>
    private readonly List<long> unsavedOthers = [];

    public int UnsavedCount => unsaved.Count;

    public bool TryFind(Guid decisionId, out long revision) => revisions.TryGetValue(decisionId, out revision);

    public void Add(Guid decisionId, long revision)
    {
        // The first one stands: a second of the same id can only come from outside this ledger.
        if (revisions.TryAdd(decisionId, revision))
        {
            unsaved.Add((decisionId, revision));
        }
    }

    /// <summary>Remembers that a fold needs the event of this revision, whatever else a segment spares it.</summary>
    public void Keep(long revision) => unsavedOthers.Add(revision);

    /// <summary>Revisions of the other events up to one that a fold needs.</summary>
    public long[] OthersUpTo(long revision) => [.. unsavedOthers.TakeWhile(r => r <= revision)];

    /// <summary>
    /// The first unsaved ones, at most <paramref name="count"/>, as bytes: for each the id (16 bytes, big-endian) and the
    /// revision (8 bytes, big-endian).
    /// </summary>
    public byte[] UnsavedBytes(int count)
    {
        byte[] bytes = new byte[Math.Min(count, unsaved.Count) * EntryLength];
        for (int i = 0; i * EntryLength < bytes.Length; i++)
        {
            Span<byte> entry = bytes.AsSpan(i * EntryLength, EntryLength);
            unsaved[i].DecisionId.TryWriteBytes(entry, bigEndian: true, out _);
            BinaryPrimitives.WriteInt64BigEndian(entry[16..], unsaved[i].Revision);
        }

        return bytes;
    }

    /// <summary>Revision of the last of the first <paramref name="count"/> unsaved ones, or nothing if those are all there are.</summary>
    public long? LastUnsavedRevision(int count) => count < unsaved.Count ? unsaved[count - 1].Revision : null;

    public void MarkSaved(int count, long lastRevision)
    {
        unsaved.RemoveRange(0, Math.Min(count, unsaved.Count));
        unsavedOthers.RemoveAll(r => r <= lastRevision);
    }

    /// <summary>Adds the decisions of a stored segment; nothing is added if the bytes are not one.</summary>
    public bool TryAddSaved(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % EntryLength != 0)
        {
            return false;
        }

        revisions.EnsureCapacity(revisions.Count + bytes.Length / EntryLength);
        for (; !bytes.IsEmpty; bytes = bytes[EntryLength..])
        {
            revisions.TryAdd(new Guid(bytes[..16], bigEndian: true), BinaryPrimitives.ReadInt64BigEndian(bytes[16..]));
        }

        return true;
    }

    private const int EntryLength = 24;
}
