using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;
using Ledger.EventStore.EventStoreDb.Protocol;
using Position = Ledger.EventStore.EventStoreDb.Protocol.ReadReq.Types.Options.Types.Position;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>The protocol's forms of our values.</summary>
internal static class Wire
{
    // Keys of an event's metadata map.
    public const string TypeKey = "type";
    public const string ContentTypeKey = "content-type";
    public const string CreatedKey = "created";
    public const string Json = "application/json";

    public static readonly Empty Empty = new();
    public static readonly Google.Protobuf.WellKnownTypes.Empty GoogleEmpty = new();

    public static StreamIdentifier Stream(string name) => new() { StreamName = ByteString.CopyFromUtf8(name) };

    public static Position Position(StorePosition position) =>
        new() { CommitPosition = position.Commit, PreparePosition = position.Prepare };

    public static UUID Uuid(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return new UUID
        {
            Structured = new UUID.Types.Structured
            {
                MostSignificantBits = BinaryPrimitives.ReadInt64BigEndian(bytes),
                LeastSignificantBits = BinaryPrimitives.ReadInt64BigEndian(bytes[8..]),
            },
        };
    }

    public static Guid Guid(UUID id)
    {
        if (id.ValueCase == UUID.ValueOneofCase.String)
        {
            return System.Guid.Parse(id.String);
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, id.Structured.MostSignificantBits);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], id.Structured.LeastSignificantBits);
        return new Guid(bytes, bigEndian: true);
    }

    public static RecordedEvent Event(ReadResp.Types.ReadEvent.Types.RecordedEvent stored) => new(
        stored.StreamIdentifier.StreamName.ToStringUtf8(),
        (long)stored.StreamRevision,
        new StorePosition(stored.CommitPosition, stored.PreparePosition),
        Guid(stored.Id),
        stored.Metadata[TypeKey],
        DateTimeOffset.UnixEpoch.AddTicks(long.Parse(stored.Metadata[CreatedKey], CultureInfo.InvariantCulture)),
        stored.Data.Memory,
        stored.CustomMetadata.Memory);
}
