using System.Numerics;

namespace Ledger.Verification;

/// <summary>Proof that a tree begins with another one: RFC 6962 §2.1.2 made from tiles, RFC 9162 §2.1.4.2 checked.</summary>
public static class ConsistencyProof
{
    /// <summary>
    /// The tiles that <see cref="TryProve"/> reads, as they are in a tree of <paramref name="second"/> leaves. Empty when no tile is
    /// needed, or <paramref name="first"/> is greater than <paramref name="second"/>.
    /// </summary>
    public static IReadOnlyList<TileId> TilesFor(ulong first, ulong second) =>
        first > 0 && first < second ? ProofNodes.Tiles(ProofNodes.Consistency(first, second), second) : [];

    /// <summary>
    /// Makes the proof; false when <paramref name="first"/> is greater than <paramref name="second"/>, or a tile is missing or malformed.
    /// Between equal sizes, and from size 0, the proof is empty.
    /// </summary>
    /// <remarks>
    /// The empty proof from size 0 is what a request to a witness wants for <c>old 0</c> (c2sp.org/tlog-witness, add-checkpoint);
    /// <see cref="Check"/> refuses it, as RFC 9162 does. The tiles are believed: a proof made from wrong ones does not check.
    /// </remarks>
    /// <param name="first">Number of leaves of the older tree.</param>
    /// <param name="second">Number of leaves of the newer tree, whose tiles are read.</param>
    /// <param name="readTile">Bytes of a tile, or of the full tile in its place; null when there is none. Called once for each tile.</param>
    /// <param name="proof">The proof; empty when false.</param>
    public static bool TryProve(ulong first, ulong second, Func<TileId, ReadOnlyMemory<byte>?> readTile, out TreeHash[] proof)
    {
        ArgumentNullException.ThrowIfNull(readTile);
        proof = [];
        return first <= second
            && (first == 0 || first == second || ProofNodes.TryHash(ProofNodes.Consistency(first, second), second, readTile, out proof));
    }

    /// <summary>
    /// True when the proof shows that the second tree begins with all leaves of the first, in their order. Equal sizes need equal
    /// roots and an empty proof; a first size of 0 is refused.
    /// </summary>
    // RFC 9162 §2.1.4.2; the step numbers are its own.
    public static bool Check(in TreeHead first, in TreeHead second, ReadOnlySpan<TreeHash> proof)
    {
        if (first.Size == 0 || first.Size > second.Size)
        {
            return false;
        }

        if (first.Size == second.Size)
        {
            return proof.IsEmpty && first.Root == second.Root;
        }

        if (proof.IsEmpty)
        {
            return false; // 1
        }

        // 2: a complete first tree is itself the first hash.
        bool complete = BitOperations.IsPow2(first.Size);
        return TryFold(first.Size, second.Size, complete ? first.Root : proof[0], complete ? proof : proof[1..], out TreeHash fr, out TreeHash sr)
            && fr == first.Root && sr == second.Root; // 7
    }

    /// <summary>
    /// The root of the first tree that a proof speaks of, whichever that is: a log that signed another one for this size signed two
    /// histories, if the proof leads to the second tree. Null where the proof does not hold it: a first tree of 2ⁿ leaves is itself a
    /// node, which the verifier is taken to have.
    /// </summary>
    public static TreeHash? FirstRoot(ulong first, ulong second, ReadOnlySpan<TreeHash> proof) =>
        first > 0 && first < second && !BitOperations.IsPow2(first) && !proof.IsEmpty
        && TryFold(first, second, proof[0], proof[1..], out TreeHash root, out _)
            ? root
            : null;

    // Both roots that a path leads to from the node that the trees share; false when it is too short or too long.
    private static bool TryFold(ulong first, ulong second, in TreeHash shared, ReadOnlySpan<TreeHash> path, out TreeHash fr, out TreeHash sr)
    {
        ulong fn = first - 1; // 3
        ulong sn = second - 1;
        int common = BitOperations.TrailingZeroCount(~fn); // 4
        fn >>= common;
        sn >>= common;
        fr = shared; // 5
        sr = shared;
        foreach (ref readonly TreeHash c in path)
        {
            if (sn == 0)
            {
                return false; // 6a
            }

            if ((fn & 1) != 0 || fn == sn)
            {
                fr = MerkleTree.HashChildren(c, fr); // 6b
                sr = MerkleTree.HashChildren(c, sr);
                while ((fn & 1) == 0 && fn != 0)
                {
                    fn >>= 1;
                    sn >>= 1;
                }
            }
            else
            {
                sr = MerkleTree.HashChildren(sr, c);
            }

            fn >>= 1; // 6c
            sn >>= 1;
        }

        return sn == 0;
    }
}
