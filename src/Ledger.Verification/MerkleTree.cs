namespace Ledger.Verification;

/// <summary>The three hashes that a Merkle tree is made of: RFC 6962 §2.1, with SHA-256.</summary>
public static class MerkleTree
{
    /// <summary>Root of the tree without leaves: SHA-256 of nothing.</summary>
    public static readonly TreeHash EmptyRoot = Hash([]);

    /// <summary>Hash of an entry as a leaf: SHA-256(0x00 ‖ entry).</summary>
    public static TreeHash HashLeaf(ReadOnlySpan<byte> entry)
    {
        Span<byte> input = entry.Length < 1024 ? stackalloc byte[entry.Length + 1] : new byte[entry.Length + 1];
        input[0] = 0x00;
        entry.CopyTo(input[1..]);
        return Hash(input);
    }

    /// <summary>Hash of a node: SHA-256(0x01 ‖ left ‖ right).</summary>
    public static TreeHash HashChildren(in TreeHash left, in TreeHash right)
    {
        Span<byte> input = stackalloc byte[1 + 2 * TreeHash.Length];
        input[0] = 0x01;
        left.CopyTo(input[1..]);
        right.CopyTo(input[(1 + TreeHash.Length)..]);
        return Hash(input);
    }

    private static TreeHash Hash(ReadOnlySpan<byte> input)
    {
        Span<byte> hash = stackalloc byte[TreeHash.Length];
        Sha256.Hash(input, hash);
        return new TreeHash(hash);
    }
}
