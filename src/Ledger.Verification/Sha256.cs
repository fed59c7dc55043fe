using System.Security.Cryptography;

namespace Ledger.Verification;

/// <summary>SHA-256 of short inputs, as quickly as the platform gives it.</summary>
internal static class Sha256
{
    [ThreadStatic]
    private static IncrementalHash? hash;

    /// <summary>Writes the 32 bytes of SHA-256(<paramref name="input"/>).</summary>
    // A hash made once a thread costs half of one made for each call.
    public static void Hash(ReadOnlySpan<byte> input, Span<byte> output)
    {
        hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(input);
        hash.GetHashAndReset(output);
    }

    /// <summary>Writes the 32 bytes of SHA-256(<paramref name="first"/> ‖ <paramref name="second"/>).</summary>
    public static void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output)
    {
        hash ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(first);
        Hash(second, output);
    }
}
