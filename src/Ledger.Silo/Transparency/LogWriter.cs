using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Verification;

namespace Ledger.Silo.Transparency;

/// <summary>
/// Grows the tree in store order and signs it: tiles are durable before the checkpoint is recorded, and that is recorded before anybody sees
/// it. Killed anywhere, the next one goes on from the last checkpoint in the store.
/// </summary>
internal sealed class LogWriter : IDisposable
{
    private readonly CheckpointStream checkpoints;
    private readonly LogKeys keys;
    private readonly TileFolder tiles;
    private readonly PositionIndex positions;
    private readonly TimeProvider time;
    private readonly DateTimeOffset started;
    private readonly LogProgress progress;
    private readonly TreeBuilder tree;
    private readonly EntryBundleBuilder bundle = new();
    private readonly List<TileId> filled = [];
    private readonly string organisation;
    private ulong bundles;
    private int unwritten;
    private ulong signedSize;
    private StorePosition last;

    public LogWriter(
        string organisation, CheckpointStream checkpoints, LogKeys keys, LogPlaces places, LogEdge edge, LogProgress progress, TimeProvider time)
    {
        this.organisation = organisation;
        this.checkpoints = checkpoints;
        this.keys = keys;
        this.progress = progress;
        this.time = time;
        tiles = places.Tiles;
        tree = edge.Tree;
        last = edge.Position;
        signedSize = edge.Tree.Size;
        bundles = edge.Tree.Size / TileId.FullWidth;
        foreach (ReadOnlyMemory<byte> entry in edge.UnfinishedBundle)
        {
            bundle.Add(entry.Span);
        }

        positions = PositionIndex.OpenForWriting(places.PositionsPath, edge.Tree.Size);
        started = time.GetUtcNow();
    }

    /// <summary>Leaves in the tree that no checkpoint covers.</summary>
    public ulong Unsigned => tree.Size - signedSize;

    /// <summary>Where the last leaf's event is.</summary>
    public StorePosition Position => last;

    /// <summary>Size and root of the tree as it is now.</summary>
    public TreeHead Head => tree.Head;

    /// <summary>Adds an event's leaf.</summary>
    /// <exception cref="LogStoppedException">The event has not the salts that every event of the ledger has.</exception>
    public void Integrate(RecordedEvent stored)
    {
        if (!LogLeaves.Holds(organisation, stored.Stream))
        {
            return;
        }

        byte[] entry = LogEntry.Encode(BytesOf(stored));
        tree.Append(MerkleTree.HashLeaf(entry));
        bundle.Add(entry);
        positions.Add(stored.Position);
        last = stored.Position;
        // What lay here while no log ran is not late: it counts from when this one began.
        progress.Integrated(stored.Created < started ? started : stored.Created);
        if (bundle.Count == TileId.FullWidth)
        {
            Write(new TileId(TileId.EntriesLevel, bundles++, TileId.FullWidth), bundle.ToArray());
            bundle.Clear();
        }

        while (tree.TryTakeFullTile(out TileId tile, out byte[] bytes))
        {
            Write(tile, bytes);
        }
    }

    /// <summary>Makes the tiles of the tree durable, signs it and records that.</summary>
    /// <returns>The signed tree, or nothing when another activation has signed meanwhile: this one must begin anew.</returns>
    public async Task<SignedTree?> TrySignAsync(CancellationToken cancellationToken)
    {
        WriteTiles();
        Note note = keys.Sign(new Checkpoint(keys.Origin, tree.Head), time.GetUtcNow());
        SignedTree signed = new(tree.Head, note, last);
        if (!await checkpoints.TryAppendAsync(signed, cancellationToken))
        {
            return null;
        }

        signedSize = tree.Size;
        progress.SignedNow(signed);
        foreach (TileId tile in filled)
        {
            tiles.RemovePartial(tile);
        }

        filled.Clear();
        return signed;
    }

    /// <summary>Makes the tiles of the tree durable.</summary>
    public void WriteTiles()
    {
        if (bundle.Count > 0)
        {
            tiles.Add(new TileId(TileId.EntriesLevel, bundles, bundle.Count), bundle.ToArray());
        }

        foreach ((TileId tile, byte[] bytes) in tree.PartialTiles())
        {
            tiles.Add(tile, bytes);
        }

        tiles.Commit();
        positions.Sync();
        unwritten = 0;
    }

    public void Dispose()
    {
        tiles.Abandon();
        positions.Dispose();
    }

    private static EventBytes BytesOf(RecordedEvent stored) => EventSalts.TryParse(stored.Metadata.Span, out EventSalts salts)
        ? new EventBytes(stored.Stream, stored.Revision, stored.Id, stored.Type, salts.Salt, salts.DataSalt, stored.Data, stored.Metadata)
        : throw new LogStoppedException(
            $"Event {stored.Revision} of stream {stored.Stream} has no salts in its metadata: it was not written by this ledger, or was changed.");

    private void Write(TileId tile, byte[] bytes)
    {
        tiles.Add(tile, bytes);
        filled.Add(tile);
        if (++unwritten >= Limits.TilesUncommitted)
        {
            tiles.Commit();
            unwritten = 0;
        }
    }
}
