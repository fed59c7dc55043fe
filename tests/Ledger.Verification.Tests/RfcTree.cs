using System.Numerics;
using System.Security.Cryptography;

namespace Ledger.Verification.Tests;

/// <summary>RFC 6962 §2.1 read aloud, by recursion; nothing shared with the code under test.</summary>
/// <param name="leaf">Hash of the leaf with this number.</param>
/// <param name="known">Hash of D[a:b] where it is known without looking; null elsewhere.</param>
internal sealed class RfcTree(Func<ulong, byte[]> leaf, Func<ulong, ulong, byte[]?>? known = null)
{
    private readonly Dictionary<(ulong, ulong), byte[]> _seen = [];

    /// <summary>A tree whose leaf hashes are those of its leaves' numbers.</summary>
    public static RfcTree OfNumbers() => new(Leaf);

    public static byte[] Leaf(ulong number) => SHA256.HashData([0x00, .. BitConverter.GetBytes(number)]);

    // MTH(D[a:b])
    public byte[] Mth(ulong a, ulong b)
    {
        if (a == b)
        {
            return SHA256.HashData([]);
        }

        if (_seen.TryGetValue((a, b), out byte[]? seen))
        {
            return seen;
        }

        ulong k = K(b - a);
        return _seen[(a, b)] = known?.Invoke(a, b)
            ?? (b - a == 1 ? leaf(a) : SHA256.HashData([0x01, .. Mth(a, a + k), .. Mth(a + k, b)]));
    }

    public byte[] Root(ulong n) => Mth(0, n);

    public TreeHead Head(ulong n) => new(n, new TreeHash(Root(n)));

    // PATH(m, D[n])
    public TreeHash[] Inclusion(ulong m, ulong n) => [.. Path(m, 0, n).Select(hash => new TreeHash(hash))];

    // PROOF(m, D[n]) = SUBPROOF(m, D[n], true)
    public TreeHash[] Consistency(ulong m, ulong n) => [.. SubProof(m, 0, n, whole: true).Select(hash => new TreeHash(hash))];

    /// <summary>c2sp.org/tlog-tiles: MTH(D[(n * 256 + i) * 256**l : (n * 256 + i + 1) * 256**l]) for each i.</summary>
    public byte[] Tile(TileId tile)
    {
        ulong span = 1UL << (8 * tile.Level);
        return [.. Enumerable.Range(0, tile.Width).Select(i => (tile.Index * 256 + (ulong)i) * span).SelectMany(start => Mth(start, start + span))];
    }

    private IEnumerable<byte[]> Path(ulong m, ulong a, ulong b)
    {
        ulong k = K(b - a);
        return b - a == 1 ? []
            : m < k ? Path(m, a, a + k).Append(Mth(a + k, b))
            : Path(m - k, a + k, b).Append(Mth(a, a + k));
    }

    private IEnumerable<byte[]> SubProof(ulong m, ulong a, ulong b, bool whole)
    {
        if (m == b - a)
        {
            return whole ? [] : [Mth(a, b)];
        }

        ulong k = K(b - a);
        return m <= k ? SubProof(m, a, a + k, whole).Append(Mth(a + k, b)) : SubProof(m - k, a + k, b, whole: false).Append(Mth(a, a + k));
    }

    private static ulong K(ulong n) => n < 2 ? 1 : 1UL << BitOperations.Log2(n - 1);
}

/// <summary>A tree of any size, all of whose leaves are equal but some. Its tiles are computed when they are read.</summary>
internal sealed class SparseTree
{
    private readonly ulong[] _special;
    private readonly byte[][] _plain = new byte[64][];
    private readonly RfcTree _tree;

    public SparseTree(IEnumerable<ulong> special)
    {
        _special = [.. special.Order().Distinct()];
        _plain[0] = SHA256.HashData([0x00, 0xFF]);
        for (int height = 1; height < 64; height++)
        {
            _plain[height] = SHA256.HashData([0x01, .. _plain[height - 1], .. _plain[height - 1]]);
        }

        _tree = new RfcTree(Leaf, Known);
    }

    public RfcTree Rfc => _tree;

    public byte[] Leaf(ulong index) => Array.BinarySearch(_special, index) >= 0 ? RfcTree.Leaf(index) : _plain[0];

    public ReadOnlyMemory<byte>? Read(TileId tile)
    {
        ulong span = 1UL << (8 * tile.Level);
        byte[] bytes = [.. Enumerable.Repeat(_plain[8 * tile.Level], tile.Width).SelectMany(static hash => hash)];
        foreach (ulong at in _special.Select(index => index / span).Where(at => at / 256 == tile.Index && at % 256 < (ulong)tile.Width).Distinct())
        {
            _tree.Mth(at * span, (at + 1) * span).CopyTo(bytes, (int)(at % 256) * 32);
        }

        return bytes;
    }

    private byte[]? Known(ulong a, ulong b)
    {
        int next = Array.BinarySearch(_special, a);
        next = next < 0 ? ~next : next;
        bool plain = next == _special.Length || _special[next] >= b;
        return plain && BitOperations.IsPow2(b - a) ? _plain[BitOperations.Log2(b - a)] : null;
    }
}
