using System.Numerics;

namespace Ledger.Verification;

/// <summary>The leaves from <paramref name="Start"/> to before <paramref name="End"/>, whose Merkle tree hash is one node of a tree.</summary>
internal readonly record struct LeafRange(ulong Start, ulong End)
{
    public ulong Length => End - Start;

    /// <summary>The largest power of two less than the length, which is at least 2.</summary>
    // RFC 6962 §2.1: "let k be the largest power of two smaller than n".
    public ulong Split => 1UL << BitOperations.Log2(Length - 1);

    /// <summary>The complete subtrees that the range is made of, left to right: the binary digits of its length, the highest first.</summary>
    public IEnumerable<(ulong Start, int Height)> Complete()
    {
        ulong start = Start;
        while (start < End)
        {
            int height = BitOperations.Log2(End - start);
            yield return (start, height);
            start += 1UL << height;
        }
    }
}

/// <summary>Which nodes the two proofs of RFC 6962 consist of, and how they come out of the tiles of a tree.</summary>
internal static class ProofNodes
{
    private const int TileHeight = 8;

    // RFC 6962 §2.1.1, PATH(m, D[n]), from the leaf to the root; the recursion goes the other way.
    public static List<LeafRange> Inclusion(ulong index, ulong size)
    {
        List<LeafRange> nodes = [];
        LeafRange at = new(0, size);
        while (at.Length > 1)
        {
            LeafRange left = at with { End = at.Start + at.Split };
            LeafRange right = at with { Start = left.End };
            bool goLeft = index < left.End;
            nodes.Add(goLeft ? right : left);
            at = goLeft ? left : right;
        }

        nodes.Reverse();
        return nodes;
    }

    // RFC 6962 §2.1.2, SUBPROOF(m, D[n], true), for 0 < first < second.
    public static List<LeafRange> Consistency(ulong first, ulong second)
    {
        List<LeafRange> nodes = [];
        LeafRange at = new(0, second);
        while (at.End != first)
        {
            LeafRange left = at with { End = at.Start + at.Split };
            LeafRange right = at with { Start = left.End };
            bool goLeft = first <= left.End;
            nodes.Add(goLeft ? right : left);
            at = goLeft ? left : right;
        }

        // The verifier has MTH(D[0:first]) already: b is true as long as no left part was cut off.
        if (at.Start != 0)
        {
            nodes.Add(at);
        }

        nodes.Reverse();
        return nodes;
    }

    /// <summary>The tiles that hold the nodes in a tree of <paramref name="size"/> leaves, each once.</summary>
    public static IReadOnlyList<TileId> Tiles(IEnumerable<LeafRange> nodes, ulong size) =>
        [.. nodes.SelectMany(static node => node.Complete()).Select(subtree => TileOf(subtree.Start, subtree.Height, size)).Distinct()];

    /// <summary>Reads each tile once and computes the nodes; false when one is missing or malformed.</summary>
    public static bool TryHash(List<LeafRange> nodes, ulong size, Func<TileId, ReadOnlyMemory<byte>?> readTile, out TreeHash[] hashes)
    {
        Dictionary<TileId, ReadOnlyMemory<byte>> tiles = [];
        foreach (TileId id in Tiles(nodes, size))
        {
            if (!TileBytes.TryRead(id, readTile, out ReadOnlyMemory<byte> bytes))
            {
                hashes = [];
                return false;
            }

            tiles.Add(id, bytes);
        }

        hashes = new TreeHash[nodes.Count];
        for (int i = 0; i < hashes.Length; i++)
        {
            hashes[i] = Hash(nodes[i], size, tiles);
        }

        return true;
    }

    private static TreeHash Hash(LeafRange node, ulong size, Dictionary<TileId, ReadOnlyMemory<byte>> tiles)
    {
        TreeHash? right = null;
        foreach ((ulong start, int height) in node.Complete().Reverse())
        {
            ReadOnlySpan<byte> tile = tiles[TileOf(start, height, size)].Span;
            int at = (int)(start >> (height - height % TileHeight)) & (TileId.FullWidth - 1);
            TreeHash left = TileBytes.Fold(tile.Slice(at * TreeHash.Length, TreeHash.Length << (height % TileHeight)));
            right = right is { } hash ? MerkleTree.HashChildren(left, hash) : left;
        }

        return right!.Value;
    }

    // The highest tile that shows the subtree's hash or the hashes it is made of.
    private static TileId TileOf(ulong start, int height, ulong size)
    {
        int level = height / TileHeight;
        ulong hash = start >> (TileHeight * level);
        return TileId.At(level, hash / TileId.FullWidth, size)!.Value;
    }
}
