using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary>
/// The tiles of a log under one tree head that somebody vouches for: each tile is checked against it before it is used, as Go's
/// <c>tlog.TileHashReader</c> does, so that nothing that the log merely says is believed.
/// </summary>
// The tiles at the right edge give the root; every other tile is full and its hash stands in the tile above it.
internal sealed class VerifiedTiles
{
    private readonly LogClient client;
    private readonly Dictionary<TileId, byte[]> verified = [];

    private VerifiedTiles(LogClient client, TreeHead head)
    {
        this.client = client;
        Head = head;
    }

    public TreeHead Head { get; }

    /// <summary>Reads the tiles at the right edge and holds them against the root.</summary>
    /// <exception cref="LogReadException">Unreachable, missing, malformed, or not of this tree.</exception>
    public static async Task<VerifiedTiles> OpenAsync(LogClient client, TreeHead head, CancellationToken cancellationToken)
    {
        VerifiedTiles tiles = new(client, head);
        Dictionary<TileId, byte[]> edge = [];
        foreach (TileId id in TreeBuilder.EdgeTiles(head.Size))
        {
            edge.Add(id, await tiles.FetchAsync(id, cancellationToken));
        }

        _ = TreeBuilder.TryResume(head.Size, id => edge[id], out TreeBuilder tree, out _);
        if (tree.Root() != head.Root)
        {
            throw new LogReadException(LogFault.Unproven, edge.Keys.FirstOrDefault(new TileId(0, 0, 1)).Path);
        }

        foreach ((TileId id, byte[] bytes) in edge)
        {
            tiles.verified.Add(id, bytes);
        }

        return tiles;
    }

    /// <summary>A tile of this tree, as wide as the tree makes it.</summary>
    /// <exception cref="LogReadException">Unreachable, missing, malformed, or not of this tree.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(int level, ulong index, CancellationToken cancellationToken)
    {
        TileId id = TileId.At(level, index, Head.Size) ?? throw new ArgumentOutOfRangeException(nameof(index), index, "The tree has no such tile.");
        if (!verified.TryGetValue(id, out byte[]? bytes))
        {
            // Not at the edge, so full.
            bytes = await FetchAsync(id, cancellationToken);
            if (!await ProvesAsync(id, bytes, cancellationToken))
            {
                throw new LogReadException(LogFault.Unproven, id.Path);
            }

            verified.Add(id, bytes);
        }

        return bytes;
    }

    /// <summary>Whether these hashes, from wherever, are those of a full tile of this tree.</summary>
    /// <exception cref="LogReadException">The tiles above cannot be had or are not of this tree.</exception>
    public async Task<bool> ProvesAsync(TileId id, ReadOnlyMemory<byte> hashes, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> above = await ReadAsync(id.Level + 1, id.Index / TileId.FullWidth, cancellationToken);
        return RootOf(hashes.Span) == new TreeHash(above.Span.Slice((int)(id.Index % TileId.FullWidth) * TreeHash.Length, TreeHash.Length));
    }

    /// <summary>Root of the tree that the first entries of this one make.</summary>
    /// <exception cref="LogReadException">Unreachable, missing, malformed, or not of this tree.</exception>
    public async Task<TreeHash> RootAtAsync(ulong size, CancellationToken cancellationToken)
    {
        _ = TreeBuilder.TryResume(size, await LoadAsync(TreeBuilder.EdgeTiles(size), cancellationToken), out TreeBuilder tree, out _);
        return tree.Root();
    }

    /// <summary>Proof that the tree which the first entries make is a beginning of this one.</summary>
    /// <exception cref="LogReadException">Unreachable, missing, malformed, or not of this tree.</exception>
    public async Task<TreeHash[]> ProveAsync(ulong size, CancellationToken cancellationToken)
    {
        Func<TileId, ReadOnlyMemory<byte>?> tiles = await LoadAsync(ConsistencyProof.TilesFor(size, Head.Size), cancellationToken);
        return ConsistencyProof.TryProve(size, Head.Size, tiles, out TreeHash[] proof)
            ? proof
            : throw new ArgumentOutOfRangeException(nameof(size), size, "Larger than the tree.");
    }

    private static TreeHash RootOf(ReadOnlySpan<byte> hashes)
    {
        TreeBuilder tile = new();
        for (; !hashes.IsEmpty; hashes = hashes[TreeHash.Length..])
        {
            tile.Append(new TreeHash(hashes[..TreeHash.Length]));
        }

        return tile.Root();
    }

    // A smaller tree's tile is the beginning of the same tile here.
    private async Task<Func<TileId, ReadOnlyMemory<byte>?>> LoadAsync(IEnumerable<TileId> wanted, CancellationToken cancellationToken)
    {
        Dictionary<TileId, ReadOnlyMemory<byte>> tiles = [];
        foreach (TileId id in wanted)
        {
            ReadOnlyMemory<byte> bytes = await ReadAsync(id.Level, id.Index, cancellationToken);
            tiles.Add(id, bytes[..(id.Width * TreeHash.Length)]);
        }

        return id => tiles[id];
    }

    private async Task<byte[]> FetchAsync(TileId id, CancellationToken cancellationToken)
    {
        using RentedBytes bytes = await client.ReadTileAsync(id, cancellationToken);
        return bytes.Memory.ToArray();
    }
}
