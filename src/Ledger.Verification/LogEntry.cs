using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ledger.Verification;

/// <summary>
/// The entry that an event has in its organisation's transparency log: text, free of personal data, made from the
/// stored bytes alone. See <c>docs/formats/log-entry.md</c>.
/// </summary>
/// <remarks>
/// <code>
/// ledger-entry/v1 LF
/// event id, lower-case UUID LF
/// event type LF
/// base64 SHA-256(salt ‖ stream name ‖ 0x0A ‖ revision in decimal) LF      the event's label
/// base64 SHA-256(dataSalt ‖ data bytes as stored) LF
/// base64 SHA-256(metadata bytes as stored) LF
/// </code>
/// </remarks>
public static class LogEntry
{
    /// <summary>Length of each salt in an event's metadata, bytes.</summary>
    public const int SaltLength = 16;

    private const int HashLength = SHA256.HashSizeInBytes;
    private const int HashBase64Length = 44;

    /// <summary>The bytes of an event's entry.</summary>
    public static byte[] Encode(EventBytes @event)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(MaxLength(@event));
        int length = Write(@event, buffer);
        byte[] entry = buffer.AsSpan(0, length).ToArray();
        ArrayPool<byte>.Shared.Return(buffer);
        return entry;
    }

    /// <summary>The hash of an event's entry as a leaf of the tree: SHA-256(0x00 ‖ entry).</summary>
    // RFC 6962 §2.1
    public static byte[] LeafHash(EventBytes @event)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(MaxLength(@event) + 1);
        buffer[0] = 0x00;
        int length = Write(@event, buffer.AsSpan(1));
        byte[] hash = new byte[HashLength];
        Sha256.Hash(buffer.AsSpan(0, length + 1), hash);
        ArrayPool<byte>.Shared.Return(buffer);
        return hash;
    }

    private static int MaxLength(EventBytes @event) =>
        "ledger-entry/v1\n".Length + 37 + Encoding.UTF8.GetMaxByteCount(@event.Type.Length) + 1 + 3 * (HashBase64Length + 1);

    private static int Write(EventBytes @event, Span<byte> entry)
    {
        int at = 0;
        "ledger-entry/v1\n"u8.CopyTo(entry);
        at += "ledger-entry/v1\n"u8.Length;
        @event.Id.TryFormat(entry[at..], out int written, "D");
        at += written;
        entry[at++] = (byte)'\n';
        at += Encoding.UTF8.GetBytes(@event.Type, entry[at..]);
        entry[at++] = (byte)'\n';

        Span<byte> hash = stackalloc byte[HashLength];
        HashLabel(@event, hash);
        at += WriteLine(hash, entry[at..]);
        Sha256.Hash(@event.DataSalt.Span, @event.Data.Span, hash);
        at += WriteLine(hash, entry[at..]);
        Sha256.Hash(@event.Metadata.Span, hash);
        at += WriteLine(hash, entry[at..]);
        return at;
    }

    private static int WriteLine(ReadOnlySpan<byte> hash, Span<byte> line)
    {
        Base64.EncodeToUtf8(hash, line, out _, out int written);
        line[written] = (byte)'\n';
        return written + 1;
    }

    private static void HashLabel(EventBytes @event, Span<byte> hash)
    {
        byte[] label = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(@event.Stream.Length) + 1 + 20);
        int length = Encoding.UTF8.GetBytes(@event.Stream, label);
        label[length++] = (byte)'\n';
        @event.Revision.TryFormat(label.AsSpan(length), out int digits, default, CultureInfo.InvariantCulture);
        Sha256.Hash(@event.Salt.Span, label.AsSpan(0, length + digits), hash);
        ArrayPool<byte>.Shared.Return(label);
    }
}

/// <summary>What an event's log entry is made from: exactly what the store holds.</summary>
/// <param name="Stream">Stream name.</param>
/// <param name="Revision">Place in the stream, from 0.</param>
/// <param name="Id">Event id.</param>
/// <param name="Type">Event type.</param>
/// <param name="Salt">Member <c>salt</c> of the metadata: 16 bytes, all zero for revision 0.</param>
/// <param name="DataSalt">Member <c>dataSalt</c> of the metadata: 16 bytes.</param>
/// <param name="Data">Data bytes.</param>
/// <param name="Metadata">Metadata bytes.</param>
public readonly record struct EventBytes(
    string Stream,
    long Revision,
    Guid Id,
    string Type,
    ReadOnlyMemory<byte> Salt,
    ReadOnlyMemory<byte> DataSalt,
    ReadOnlyMemory<byte> Data,
    ReadOnlyMemory<byte> Metadata)
{
    /// <summary>Takes the salts from the metadata; false when they are not there in their form, as in no event of a ledger.</summary>
    public static bool TryOf(
        string stream, long revision, Guid id, string type, ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> metadata, out EventBytes @event)
    {
        bool salted = EventSalts.TryParse(metadata.Span, out EventSalts salts);
        @event = salted ? new EventBytes(stream, revision, id, type, salts.Salt, salts.DataSalt, data, metadata) : default;
        return salted;
    }
}
