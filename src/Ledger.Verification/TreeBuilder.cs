using System.Numerics;

namespace Ledger.Verification;

/// <summary>
/// A growing tree that keeps its right edge only: for each level the unfinished tile, and for each height the last complete subtree
/// that has no sibling yet. A leaf costs one node hash on average; memory does not grow. Not safe for several threads at once.
/// </summary>
public sealed class TreeBuilder
{
    private const int TileHeight = 8;
    private const int Levels = 64 / TileHeight;

    // The subtrees that the size's binary digits name: _edge[k] has 2^k leaves and counts when bit k of the size is set.
    private readonly TreeHash[] _edge = new TreeHash[64];
    private readonly byte[]?[] _tiles = new byte[Levels][];
    private readonly Queue<(TileId Id, byte[] Bytes)> _full = new();

    /// <summary>An empty tree.</summary>
    public TreeBuilder()
    {
    }

    /// <summary>Number of leaves.</summary>
    public ulong Size { get; private set; }

    /// <summary>Size and root.</summary>
    public TreeHead Head => new(Size, Root());

    /// <summary>The tiles that <see cref="TryResume"/> reads: the partial one of each level that has one, from level 0.</summary>
    public static IEnumerable<TileId> EdgeTiles(ulong size)
    {
        for (int level = 0; level < Levels; level++)
        {
            if (EdgeTile(level, size) is { } tile)
            {
                yield return tile;
            }
        }
    }

    /// <summary>
    /// Takes up a tree again from its stored tiles. Nothing is believed but that the tiles are of this tree: the caller compares
    /// <see cref="Root"/> with the signed root.
    /// </summary>
    /// <param name="size">Number of leaves.</param>
    /// <param name="readTile">Bytes of a tile, or of the full tile in its place (tlog-tiles, "Partial Tiles"); null when there is none.</param>
    /// <param name="builder">The tree; empty when false.</param>
    /// <param name="missingOrMalformed">When false, the tile that is missing or has another length than it should.</param>
    public static bool TryResume(
        ulong size, Func<TileId, ReadOnlyMemory<byte>?> readTile, out TreeBuilder builder, out TileId missingOrMalformed)
    {
        ArgumentNullException.ThrowIfNull(readTile);
        builder = new TreeBuilder();
        foreach (TileId id in EdgeTiles(size))
        {
            if (!TileBytes.TryRead(id, readTile, out ReadOnlyMemory<byte> bytes))
            {
                builder = new TreeBuilder();
                missingOrMalformed = id;
                return false;
            }

            builder.TakeUp(id, bytes.Span);
        }

        builder.Size = size;
        missingOrMalformed = default;
        return true;
    }

    /// <summary>Adds a leaf.</summary>
    /// <exception cref="InvalidOperationException">The tree has 2⁶⁴ − 1 leaves.</exception>
    public void Append(in TreeHash leaf)
    {
        if (Size == ulong.MaxValue)
        {
            throw new InvalidOperationException("The tree is full.");
        }

        TreeHash hash = leaf;
        AddToTile(0, hash);
        int height = 0;
        for (ulong size = Size; (size & 1) != 0; size >>= 1)
        {
            hash = MerkleTree.HashChildren(_edge[height], hash);
            height++;
            if (height % TileHeight == 0)
            {
                AddToTile(height / TileHeight, hash);
            }
        }

        _edge[height] = hash;
        Size++;
    }

    /// <summary>Merkle tree hash of all leaves; <see cref="MerkleTree.EmptyRoot"/> at size 0. Costs at most 63 node hashes.</summary>
    // RFC 6962 §2.1: the split at the largest power of two is the split at the highest binary digit of the size.
    public TreeHash Root()
    {
        if (Size == 0)
        {
            return MerkleTree.EmptyRoot;
        }

        int lowest = BitOperations.TrailingZeroCount(Size);
        TreeHash root = _edge[lowest];
        for (int height = lowest + 1; height < 64; height++)
        {
            if ((Size >> height & 1) != 0)
            {
                root = MerkleTree.HashChildren(_edge[height], root);
            }
        }

        return root;
    }

    /// <summary>Takes the next tile that has become full since the last call, lower levels before higher; false when there is none.</summary>
    /// <remarks>The bytes are handed over, not copied. Full tiles wait here until they are taken: take them about as often as you append.</remarks>
    public bool TryTakeFullTile(out TileId id, out byte[] bytes)
    {
        bool any = _full.TryDequeue(out (TileId Id, byte[] Bytes) next);
        (id, bytes) = any ? next : (default, []);
        return any;
    }

    /// <summary>Copies of the partial tiles at the current size, from level 0: with all full ones, what the log serves for this size.</summary>
    public IEnumerable<(TileId Id, byte[] Bytes)> PartialTiles()
    {
        foreach (TileId id in EdgeTiles(Size))
        {
            yield return (id, _tiles[id.Level].AsSpan(0, id.Width * TreeHash.Length).ToArray());
        }
    }

    private static TileId? EdgeTile(int level, ulong size) => TileId.At(level, TileIndex(level, size), size);

    private static ulong TileIndex(int level, ulong leaf) => level == Levels - 1 ? 0 : leaf >> (TileHeight * (level + 1));

    private void AddToTile(int level, in TreeHash hash)
    {
        // The tile's width is the digit of the size in base 256, read before this leaf counts.
        int at = (int)(Size >> (TileHeight * level) & (TileId.FullWidth - 1));
        byte[] tile = _tiles[level] ??= new byte[TileId.FullLength];
        hash.CopyTo(tile.AsSpan(at * TreeHash.Length));
        if (at == TileId.FullWidth - 1)
        {
            _full.Enqueue((new TileId(level, TileIndex(level, Size), TileId.FullWidth), tile));
            _tiles[level] = null;
        }
    }

    private void TakeUp(TileId id, ReadOnlySpan<byte> bytes)
    {
        byte[] tile = _tiles[id.Level] = new byte[TileId.FullLength];
        bytes.CopyTo(tile);
        int begin = 0;
        for (int height = TileHeight - 1; height >= 0; height--)
        {
            int width = 1 << height;
            if ((id.Width & width) != 0)
            {
                _edge[id.Level * TileHeight + height] = TileBytes.Fold(bytes.Slice(begin * TreeHash.Length, width * TreeHash.Length));
                begin += width;
            }
        }
    }
}

/// <summary>The bytes of tiles of hashes.</summary>
internal static class TileBytes
{
    /// <summary>Reads a tile and cuts it to the wanted width; false when it is missing or as long as neither itself nor its full form.</summary>
    public static bool TryRead(TileId id, Func<TileId, ReadOnlyMemory<byte>?> readTile, out ReadOnlyMemory<byte> bytes)
    {
        ReadOnlyMemory<byte>? read = readTile(id);
        int length = id.Width * TreeHash.Length;
        bool whole = read is { } found && (found.Length == length || found.Length == TileId.FullLength);
        bytes = whole ? read!.Value[..length] : default;
        return whole;
    }

    /// <summary>Hash of the complete subtree over so many hashes; their number is a power of two, at most 256.</summary>
    public static TreeHash Fold(ReadOnlySpan<byte> hashes)
    {
        int length = hashes.Length / 2;
        return length < TreeHash.Length ? new TreeHash(hashes) : MerkleTree.HashChildren(Fold(hashes[..length]), Fold(hashes[length..]));
    }
}
