using System.Runtime.Intrinsics;

namespace Ledger.Verification;

/// <summary>A hash of the Merkle tree: 32 bytes of SHA-256, held by value. Written as base64 (RFC 4648 §4, padded).</summary>
public readonly struct TreeHash : IEquatable<TreeHash>
{
    /// <summary>Length, bytes.</summary>
    public const int Length = 32;

    /// <summary>Length of the written form, characters.</summary>
    public const int Base64Length = 44;

    private readonly Vector256<byte> _bytes;

    /// <summary>The hash with these bytes.</summary>
    /// <exception cref="ArgumentException"><paramref name="bytes"/> are not 32.</exception>
    public TreeHash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
        {
            throw new ArgumentException($"A tree hash has {Length} bytes.", nameof(bytes));
        }

        _bytes = Vector256.Create(bytes);
    }

    /// <summary>Writes the 32 bytes to the beginning of <paramref name="destination"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="destination"/> is shorter than 32 bytes.</exception>
    public void CopyTo(Span<byte> destination) => _bytes.CopyTo(destination);

    /// <summary>The 32 bytes.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[Length];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Base64, 44 characters.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Length];
        CopyTo(bytes);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>Reads the written form; false for anything but the one canonical base64 of 32 bytes.</summary>
    public static bool TryParse(ReadOnlySpan<char> base64, out TreeHash hash)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bool parsed = CanonicalBase64.TryDecodeExactly(base64, bytes);
        hash = parsed ? new TreeHash(bytes) : default;
        return parsed;
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{char}, out TreeHash)"/>
    public static bool TryParse(ReadOnlySpan<byte> utf8Base64, out TreeHash hash)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bool parsed = CanonicalBase64.TryDecodeExactly(utf8Base64, bytes);
        hash = parsed ? new TreeHash(bytes) : default;
        return parsed;
    }

    /// <inheritdoc/>
    public bool Equals(TreeHash other) => _bytes == other._bytes;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TreeHash other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _bytes.GetHashCode();

    /// <summary>True when all 32 bytes are equal.</summary>
    public static bool operator ==(TreeHash left, TreeHash right) => left.Equals(right);

    /// <summary>True when any byte differs.</summary>
    public static bool operator !=(TreeHash left, TreeHash right) => !left.Equals(right);
}

/// <summary>What a checkpoint says of its tree.</summary>
/// <param name="Size">Number of leaves.</param>
/// <param name="Root">Merkle tree hash of all of them; <see cref="MerkleTree.EmptyRoot"/> at size 0.</param>
public readonly record struct TreeHead(ulong Size, TreeHash Root);
