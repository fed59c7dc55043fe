using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Ledger.Cli.Import.Mapping;

/// <summary>
/// The id of an imported decision. The same row by the same mapping has the same id in every import, so that importing
/// twice records once. RFC 9562 §5.8 (version 8), filled as version 5 is but from SHA-256:
/// <code>
/// SHA-256( "ledger.import/1" , mapping id , rule , key value 1 , key value 2 , … )     each: 4-byte length, big-endian, then UTF-8
/// first 16 bytes; bits 48–51 := 8 (version); bits 64–65 := 10 (variant)
/// </code>
/// </summary>
internal static class DecisionId
{
    public static string From(string mapping, string rule, IReadOnlyList<string> key)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, "ledger.import/1");
        Append(hash, mapping);
        Append(hash, rule);
        foreach (string value in key)
        {
            Append(hash, value);
        }

        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        digest[6] = (byte)((digest[6] & 0x0f) | 0x80);
        digest[8] = (byte)((digest[8] & 0x3f) | 0x80);
        return new Guid(digest[..16], bigEndian: true).ToString("D");
    }

    private static void Append(IncrementalHash hash, string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        Span<byte> bytes = length <= 508 ? stackalloc byte[512] : new byte[length + 4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        Encoding.UTF8.GetBytes(text, bytes[4..]);
        hash.AppendData(bytes[..(length + 4)]);
    }
}
