namespace Ledger.Verification;

/// <summary>Proof that a leaf is in a tree: RFC 6962 §2.1.1 made from tiles, RFC 9162 §2.1.3.2 checked.</summary>
public static class InclusionProof
{
    /// <summary>
    /// The tiles that <see cref="TryProve"/> reads, as they are in a tree of <paramref name="size"/> leaves: at each level the leaf's own
    /// and, where the tree ends inside another one, that one too. Empty when there is no such leaf.
    /// </summary>
    public static IReadOnlyList<TileId> TilesFor(ulong index, ulong size) =>
        index < size ? ProofNodes.Tiles(ProofNodes.Inclusion(index, size), size) : [];

    /// <summary>Makes the proof, hashes from leaf to root; false when there is no such leaf, or a tile is missing or malformed.</summary>
    /// <remarks>The tiles are believed: a proof made from wrong ones does not check.</remarks>
    /// <param name="index">Number of the leaf, from 0.</param>
    /// <param name="size">Number of leaves of the tree.</param>
    /// <param name="readTile">Bytes of a tile, or of the full tile in its place; null when there is none. Called once for each tile.</param>
    /// <param name="proof">The proof; empty when false, and for the only leaf of a tree.</param>
    public static bool TryProve(ulong index, ulong size, Func<TileId, ReadOnlyMemory<byte>?> readTile, out TreeHash[] proof)
    {
        ArgumentNullException.ThrowIfNull(readTile);
        proof = [];
        return index < size && ProofNodes.TryHash(ProofNodes.Inclusion(index, size), size, readTile, out proof);
    }

    /// <summary>True when the proof shows that the leaf is the one numbered <paramref name="index"/> of the tree with this head.</summary>
    // RFC 9162 §2.1.3.2; the step numbers are its own.
    public static bool Check(in TreeHash leaf, ulong index, in TreeHead head, ReadOnlySpan<TreeHash> proof)
    {
        if (index >= head.Size)
        {
            return false; // 1
        }

        ulong fn = index; // 2
        ulong sn = head.Size - 1;
        TreeHash r = leaf; // 3
        foreach (ref readonly TreeHash p in proof)
        {
            if (sn == 0)
            {
                return false; // 4a
            }

            if ((fn & 1) != 0 || fn == sn)
            {
                r = MerkleTree.HashChildren(p, r); // 4b
                while ((fn & 1) == 0 && fn != 0)
                {
                    fn >>= 1;
                    sn >>= 1;
                }
            }
            else
            {
                r = MerkleTree.HashChildren(r, p);
            }

            fn >>= 1; // 4c
            sn >>= 1;
        }

        return sn == 0 && r == head.Root; // 5
    }
}
