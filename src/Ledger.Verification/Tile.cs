using System.Globalization;
using System.Text;

namespace Ledger.Verification;

/// <summary>Names a tile of the tree, or a bundle of entries (c2sp.org/tlog-tiles, "Merkle Tree" and "Log entries").</summary>
/// <remarks>
/// <code>
/// tile/&lt;L&gt;/&lt;N&gt;            level L from 0 to 63, index N, 256 hashes wide
/// tile/&lt;L&gt;/&lt;N&gt;.p/&lt;W&gt;       the same, partial: W from 1 to 255 hashes wide
/// tile/entries/&lt;N&gt;[.p/&lt;W&gt;] the entries under tile N of level 0
/// </code>
/// N is written in groups of three digits, all but the last with a leading x: 1234067 is <c>x001/x234/067</c>. A tile's bytes are its
/// hashes, 32 bytes each: tile N of level L has the hashes of the complete subtrees of 256^L leaves, from the one numbered 256·N.
/// </remarks>
/// <param name="Level">0 for leaf hashes, and each level 256 times fewer hashes; <see cref="EntriesLevel"/> for a bundle of entries.</param>
/// <param name="Index">Number within the level, from 0.</param>
/// <param name="Width">Number of hashes or entries, 1 to 256.</param>
public readonly record struct TileId(int Level, ulong Index, int Width)
{
    /// <summary>Level of a bundle of entries.</summary>
    public const int EntriesLevel = -1;

    /// <summary>Hashes or entries in a full tile.</summary>
    public const int FullWidth = 256;

    /// <summary>Length of a full tile of hashes, bytes.</summary>
    public const int FullLength = FullWidth * TreeHash.Length;

    private const int MaxLevel = 63;

    /// <summary>True when nothing can be added to the tile any more.</summary>
    public bool IsFull => Width == FullWidth;

    /// <summary>The same tile grown full, which holds all that this one does: what a reader falls back to when a partial tile is gone.</summary>
    public TileId Full => this with { Width = FullWidth };

    /// <summary>Path below the log's prefix, for example <c>tile/0/x001/x234/067.p/8</c>.</summary>
    public string Path
    {
        get
        {
            string digits = Index.ToString(CultureInfo.InvariantCulture);
            digits = digits.PadLeft((digits.Length + 2) / 3 * 3, '0');
            StringBuilder path = new("tile/");
            path.Append(Level == EntriesLevel ? "entries" : Level.ToString(CultureInfo.InvariantCulture)).Append('/');
            for (int at = 0; at < digits.Length - 3; at += 3)
            {
                path.Append('x').Append(digits, at, 3).Append('/');
            }

            path.Append(digits, digits.Length - 3, 3);
            return IsFull ? path.ToString() : path.Append(CultureInfo.InvariantCulture, $".p/{Width}").ToString();
        }
    }

    /// <summary>Reads a path; false for anything that <see cref="Path"/> does not write.</summary>
    public static bool TryParse(ReadOnlySpan<char> path, out TileId tile)
    {
        ReadOnlySpan<char> rest = path;
        tile = default;
        if (!TryTake(ref rest, "tile/") || !TryTakeLevel(ref rest, out int level) || !TryTakeIndex(ref rest, out ulong index))
        {
            return false;
        }

        int width = FullWidth;
        if (TryTake(ref rest, ".p/"))
        {
            if (rest.Length > 3 || !int.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out width) || width is < 1 or >= FullWidth)
            {
                return false;
            }

            rest = default;
        }

        TileId parsed = new(level, index, width);
        if (!rest.IsEmpty || !path.SequenceEqual(parsed.Path))
        {
            return false;
        }

        tile = parsed;
        return true;
    }

    /// <summary>The tile as it is in a tree of <paramref name="treeSize"/> leaves: full, partial, or null when it has nothing in it.</summary>
    // tlog-tiles, "Partial Tiles": floor(s / 256**l) mod 256 entries.
    public static TileId? At(int level, ulong index, ulong treeSize)
    {
        int shift = 8 * Math.Max(level, 0);
        ulong hashes = shift < 64 ? treeSize >> shift : 0;
        ulong fullTiles = hashes / FullWidth;
        int width = index < fullTiles ? FullWidth : index == fullTiles ? (int)(hashes % FullWidth) : 0;
        return width == 0 ? null : new TileId(level, index, width);
    }

    private static bool TryTake(ref ReadOnlySpan<char> rest, ReadOnlySpan<char> prefix)
    {
        bool found = rest.StartsWith(prefix);
        rest = found ? rest[prefix.Length..] : rest;
        return found;
    }

    private static bool TryTakeLevel(ref ReadOnlySpan<char> rest, out int level)
    {
        level = EntriesLevel;
        if (TryTake(ref rest, "entries/"))
        {
            return true;
        }

        int slash = rest.IndexOf('/');
        if (slash is < 1 or > 2 || !int.TryParse(rest[..slash], NumberStyles.None, CultureInfo.InvariantCulture, out level) || level > MaxLevel)
        {
            return false;
        }

        rest = rest[(slash + 1)..];
        return true;
    }

    private static bool TryTakeIndex(ref ReadOnlySpan<char> rest, out ulong index)
    {
        UInt128 value = 0;
        bool more = true;
        while (more && value <= ulong.MaxValue)
        {
            more = TryTake(ref rest, "x");
            if (rest.Length < 3 || !int.TryParse(rest[..3], NumberStyles.None, CultureInfo.InvariantCulture, out int digits))
            {
                break;
            }

            value = value * 1000 + (UInt128)digits;
            rest = rest[3..];
            if (more && !TryTake(ref rest, "/"))
            {
                break;
            }
        }

        index = more || value > ulong.MaxValue ? 0 : (ulong)value;
        return !more && value <= ulong.MaxValue;
    }
}
