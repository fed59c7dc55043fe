using Ledger.Contracts.Transparency;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Verification;

namespace Ledger.Silo.Transparency;

/// <summary>A published checkpoint and the proofs that lead to it, out of the tiles; each tile is read once.</summary>
internal sealed class PublishedTree
{
    private readonly TileFolder tiles;
    private readonly byte[] note;
    private readonly Dictionary<TileId, ReadOnlyMemory<byte>?> read = [];

    private PublishedTree(TileFolder tiles, byte[] note, TreeHead head)
    {
        this.tiles = tiles;
        this.note = note;
        Head = head;
    }

    public TreeHead Head { get; }

    /// <summary>The newest one, or nothing before the first.</summary>
    public static PublishedTree? Read(LogPlaces places) => Parse(places.Tiles, places.Tiles.ReadCheckpoint());

    /// <summary>That of a checkpoint published before.</summary>
    public static PublishedTree? Of(LogPlaces places, byte[] checkpoint) => Parse(places.Tiles, checkpoint);

    /// <summary>The newest one that a witness has signed too.</summary>
    public static PublishedTree? ReadCosigned(LogPlaces places) => Parse(places.Tiles, places.Tiles.ReadCosigned());

    public ProvenLeaf Prove(ulong index) => InclusionProof.TryProve(index, Head.Size, Tile, out TreeHash[] proof)
        ? new ProvenLeaf(index, Leaf(index).ToArray(), Array.ConvertAll(proof, h => h.ToArray()), note)
        : throw Missing();

    /// <summary>Proofs of the events, in order, up to the first that the tree does not hold.</summary>
    public ProvenEvents Prove(RecordedLeaf[] events, PositionIndex positions)
    {
        List<ProvenLeaf> leaves = new(events.Length);
        foreach (RecordedLeaf @event in events)
        {
            if (Find(@event, positions) is not { } index)
            {
                break;
            }

            leaves.Add(Prove(index));
        }

        return new ProvenEvents([.. leaves], note);
    }

    public byte[][] ProveConsistency(ulong first, ulong second) => ConsistencyProof.TryProve(first, second, Tile, out TreeHash[] proof)
        ? Array.ConvertAll(proof, h => h.ToArray())
        : throw Missing();

    /// <summary>
    /// The leaf of an event: a receipt tells where the append that holds it ended, and an append has so many events at most; its hash tells
    /// which of them it is.
    /// </summary>
    private ulong? Find(RecordedLeaf @event, PositionIndex positions)
    {
        if (positions.Find(new StorePosition(@event.Commit, @event.Prepare), Head.Size) is not { } last)
        {
            return null;
        }

        TreeHash wanted = new(@event.LeafHash);
        ulong first = last - Math.Min(last, Limits.AppendEvents - 1);
        for (ulong index = last; ; index--)
        {
            if (Leaf(index) == wanted)
            {
                return index;
            }

            if (index == first)
            {
                return null;
            }
        }
    }

    private TreeHash Leaf(ulong index) =>
        TileId.At(0, index / TileId.FullWidth, Head.Size) is { } id && Tile(id) is { } tile
            ? new TreeHash(tile.Span.Slice((int)(index % TileId.FullWidth) * TreeHash.Length, TreeHash.Length))
            : throw Missing();

    private ReadOnlyMemory<byte>? Tile(TileId id)
    {
        if (!read.TryGetValue(id, out ReadOnlyMemory<byte>? tile))
        {
            tile = tiles.Read(id) is { } bytes ? bytes : null;
            read.Add(id, tile);
        }

        return tile;
    }

    private InvalidDataException Missing() => new($"A tile of the published tree is missing from {tiles.Directory}.");

    private static PublishedTree? Parse(TileFolder tiles, byte[]? bytes) =>
        bytes is not null && Note.TryParse(bytes, out Note? note) && Checkpoint.TryParse(note.Text.Span, out Checkpoint? checkpoint)
            ? new PublishedTree(tiles, bytes, checkpoint.Head)
            : null;
}
