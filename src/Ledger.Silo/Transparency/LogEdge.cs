using Ledger.EventStore;
using Ledger.Verification;

namespace Ledger.Silo.Transparency;

/// <summary>
/// Where a log goes on: the right edge of its tree, read again from the tiles and held against the last checkpoint in the store. What does not
/// match is never signed over.
/// </summary>
/// <param name="Tree">The tree at the last checkpoint.</param>
/// <param name="UnfinishedBundle">Entries of the bundle that is not full.</param>
/// <param name="Position">Position of the last leaf's event.</param>
internal sealed record LogEdge(TreeBuilder Tree, IReadOnlyList<ReadOnlyMemory<byte>> UnfinishedBundle, StorePosition Position)
{
    /// <summary>An edge to begin from the first event.</summary>
    public static LogEdge Empty() => new(new TreeBuilder(), [], StorePosition.Start);

    /// <summary>Reads the edge, or nothing when there are no tiles at all, or no positions: then they are made again from the store.</summary>
    /// <param name="places">Where the files are.</param>
    /// <param name="keys">The log's keys.</param>
    /// <param name="publishedNote">
    /// The published checkpoint, read before <paramref name="last"/>: read after it, one that another activation has signed meanwhile would look
    /// as if the store were an old one.
    /// </param>
    /// <param name="last">The last checkpoint in the store.</param>
    /// <exception cref="LogStoppedException">Tiles, published checkpoint and store do not belong together.</exception>
    public static LogEdge? Read(LogPlaces places, LogKeys keys, byte[]? publishedNote, SignedTree? last)
    {
        Checkpoint? published = CheckPublished(places.Tiles, publishedNote, keys);
        if (last is null)
        {
            return published is null
                ? Empty()
                : throw new LogStoppedException(
                    $"{places.Tiles.Directory} has a published checkpoint of size {published.Head.Size}, but the store has none. The store is not the one that the log was made from, or lost its end. Restore the newest backup of the store.");
        }

        if (published is not null && published.Head.Size > last.Head.Size)
        {
            throw new LogStoppedException(
                $"The log has published a checkpoint of size {published.Head.Size}, but the last one in the store has size {last.Head.Size}: the store is older than what others have seen, as after an old backup was restored. Writing on would rewrite history. Restore the newest backup of the store.");
        }

        // Tiles of which some are there are evidence: they are never written over from a store that may have been edited.
        if (places.Tiles.IsEmpty || !PositionIndex.Covers(places.PositionsPath, last.Head.Size))
        {
            return null;
        }

        if (!TreeBuilder.TryResume(last.Head.Size, tile => places.Tiles.Read(tile), out TreeBuilder tree, out TileId wrong))
        {
            throw new LogStoppedException(
                $"Tile {wrong.Path} in {places.Tiles.Directory} is missing or malformed. To have all tiles made again from the store, move that folder away and start again.");
        }

        if (tree.Root() != last.Head.Root)
        {
            throw new LogStoppedException(
                $"The tiles in {places.Tiles.Directory} make a tree of size {last.Head.Size} with root {tree.Root()}, but the last checkpoint in the store, signed, says {last.Head.Root}. One of {string.Join(", ", TreeBuilder.EdgeTiles(last.Head.Size).Select(t => t.Path))} was changed, or the checkpoint. Run `ledger verify --data` to find the event.");
        }

        CheckGrowth(places.Tiles, published, last);
        return new LogEdge(tree, UnfinishedEntries(places.Tiles, last.Head.Size), last.Position);
    }

    private static Checkpoint? CheckPublished(TileFolder tiles, byte[]? bytes, LogKeys keys)
    {
        if (bytes is null)
        {
            return null;
        }

        return Note.TryParse(bytes, out Note? note)
            && note.Verify([.. keys.Verifiers], out _) == NoteVerdict.Verified
            && Checkpoint.TryParse(note.Text.Span, out Checkpoint? checkpoint)
            ? checkpoint
            : throw new LogStoppedException(
                $"{Path.Combine(tiles.Directory, "checkpoint")} is not signed by a key of this log. It was changed, or belongs to another log. Move it away only if you know why.");
    }

    private static void CheckGrowth(TileFolder tiles, Checkpoint? published, SignedTree last)
    {
        if (published is null)
        {
            return;
        }

        TreeHash[] proof = [];
        bool grown = published.Head.Size == last.Head.Size
            ? published.Head == last.Head
            : published.Head.Size == 0
                || (ConsistencyProof.TryProve(published.Head.Size, last.Head.Size, tile => tiles.Read(tile), out proof)
                    && ConsistencyProof.Check(published.Head, last.Head, proof));
        if (!grown)
        {
            throw new LogStoppedException(
                $"The published checkpoint of size {published.Head.Size} is not the beginning of the tree of size {last.Head.Size} in the store: two histories were signed. Keep both, and see docs/operator.md, \"When the log stops\".");
        }
    }

    private static ReadOnlyMemory<byte>[] UnfinishedEntries(TileFolder tiles, ulong size)
    {
        if (TileId.At(TileId.EntriesLevel, size / TileId.FullWidth, size) is not { } id)
        {
            return [];
        }

        if (tiles.Read(id) is not { } bytes || !EntryBundle.TryParse(bytes, id.Width, out EntryBundle bundle))
        {
            throw new LogStoppedException(
                $"{id.Path} in {tiles.Directory} is missing or malformed. To have all tiles made again from the store, move that folder away and start again.");
        }

        // The tile is good, the root has said so. Entries go on into the full bundle, so they must be its leaves.
        ReadOnlySpan<byte> leaves = tiles.Read(id with { Level = 0 });
        ReadOnlyMemory<byte>[] entries = new ReadOnlyMemory<byte>[bundle.Count];
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = bundle[i];
            if (MerkleTree.HashLeaf(entries[i].Span) != new TreeHash(leaves.Slice(i * TreeHash.Length, TreeHash.Length)))
            {
                throw new LogStoppedException(
                    $"Entry {i} of {id.Path} in {tiles.Directory} is not the leaf that tile {(id with { Level = 0 }).Path} has for it: the entry was changed. To have all tiles made again from the store, move that folder away and start again.");
            }
        }

        return entries;
    }
}
