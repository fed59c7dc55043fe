using System.Security.Cryptography;
using Google.Protobuf;

namespace Ledger.Cli.Hosting;

/// <summary>Ids made from what is asked, so that repeating a command repeats the call instead of making a second one.</summary>
internal static class ContentId
{
    /// <summary>The id of a message's content: a UUID of version 8 (RFC 9562 §5.8), of our own making.</summary>
    public static string Of(IMessage message)
    {
        byte[] hash = SHA256.HashData(message.ToByteArray());
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash.AsSpan(0, 16), bigEndian: true).ToString("D");
    }
}
