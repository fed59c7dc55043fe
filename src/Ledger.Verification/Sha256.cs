using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Ledger.Verification;

/// <summary>
/// SHA-256 (FIPS 180-4) of short inputs. The platform's own hash asks OpenSSL for the algorithm anew each time, which costs more than hashing 200 bytes:
/// where OpenSSL 3 is, its plain functions do it, elsewhere the platform. The same 32 bytes either way.
/// </summary>
internal static unsafe partial class Sha256
{
    private const string OpenSsl = "libcrypto.so.3";

    // OpenSSL's SHA256_CTX: 28 words of 32 bits.
    private const int ContextLength = 112;

    private static readonly bool HasOpenSsl = FindOpenSsl();

    [ThreadStatic]
    private static IncrementalHash? platform;

    /// <summary>Writes the 32 bytes of SHA-256(<paramref name="input"/>).</summary>
    public static void Hash(ReadOnlySpan<byte> input, Span<byte> output) => Hash(input, [], output);

    /// <summary>Writes the 32 bytes of SHA-256(<paramref name="first"/> ‖ <paramref name="second"/>).</summary>
    public static void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(output.Length, SHA256.HashSizeInBytes);
        if (HasOpenSsl)
        {
            HashByOpenSsl(first, second, output);
            return;
        }

        // A hash made once a thread costs half of one made for each call.
        platform ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        platform.AppendData(first);
        platform.AppendData(second);
        platform.GetHashAndReset(output);
    }

    private static void HashByOpenSsl(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> output)
    {
        byte* context = stackalloc byte[ContextLength];
        fixed (byte* one = first, two = second, hash = output)
        {
            _ = Begin(context);
            _ = Append(context, one, (nuint)first.Length);
            _ = Append(context, two, (nuint)second.Length);
            _ = End(hash, context);
        }
    }

    private static bool FindOpenSsl()
    {
        try
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            HashByOpenSsl("ledger"u8, "-sha256"u8, hash);
            return hash.SequenceEqual(SHA256.HashData("ledger-sha256"u8));
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    [LibraryImport(OpenSsl, EntryPoint = "SHA256_Init")]
    private static partial int Begin(byte* context);

    [LibraryImport(OpenSsl, EntryPoint = "SHA256_Update")]
    private static partial int Append(byte* context, byte* input, nuint length);

    [LibraryImport(OpenSsl, EntryPoint = "SHA256_Final")]
    private static partial int End(byte* hash, byte* context);
}
