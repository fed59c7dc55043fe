using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;
using Ledger.EventStore;
using Ledger.ProtocolHosting.Protocol;

namespace Ledger.ProtocolHosting;

/// <summary>The protocol's forms of the store's values.</summary>
internal static class Wire
{
    public static readonly Empty Empty = new();
    public static readonly Google.Protobuf.WellKnownTypes.Empty GoogleEmpty = new();

    public static StreamIdentifier Stream(string name) => new() { StreamName = ByteString.CopyFromUtf8(name) };

    public static string Name(StreamIdentifier stream) => stream.StreamName.ToStringUtf8();

    public static Guid Id(UUID id)
    {
        if (id.ValueCase == UUID.ValueOneofCase.String)
        {
            return Guid.Parse(id.String);
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, id.Structured.MostSignificantBits);
        BinaryPrimitives.WriteInt64BigEndian(bytes[8..], id.Structured.LeastSignificantBits);
        return new Guid(bytes, bigEndian: true);
    }

    public static UUID Id(Guid id, bool asText)
    {
        if (asText)
        {
            return new UUID { String = id.ToString() };
        }

        byte[] bytes = id.ToByteArray(bigEndian: true);
        return new UUID
        {
            Structured = new UUID.Types.Structured
            {
                MostSignificantBits = BinaryPrimitives.ReadInt64BigEndian(bytes),
                LeastSignificantBits = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(8)),
            },
        };
    }

    public static NewEvent Event(BatchAppendReq.Types.ProposedMessage proposed) =>
        new(Id(proposed.Id), proposed.Metadata["type"], proposed.Data.Memory, proposed.CustomMetadata.Memory);

    public static NewEvent Event(AppendReq.Types.ProposedMessage proposed) =>
        new(Id(proposed.Id), proposed.Metadata["type"], proposed.Data.Memory, proposed.CustomMetadata.Memory);

    public static ReadResp Event(RecordedEvent stored, bool idsAsText) => new()
    {
        Event = new ReadResp.Types.ReadEvent
        {
            CommitPosition = stored.Position.Commit,
            Event = new ReadResp.Types.ReadEvent.Types.RecordedEvent
            {
                Id = Id(stored.Id, idsAsText),
                StreamIdentifier = Stream(stored.Stream),
                StreamRevision = (ulong)stored.Revision,
                CommitPosition = stored.Position.Commit,
                PreparePosition = stored.Position.Prepare,
                Metadata =
                {
                    ["type"] = stored.Type,
                    ["content-type"] = "application/json",
                    ["created"] = (stored.Created - DateTimeOffset.UnixEpoch).Ticks.ToString(CultureInfo.InvariantCulture),
                },
                CustomMetadata = UnsafeByteOperations.UnsafeWrap(stored.Metadata),
                Data = UnsafeByteOperations.UnsafeWrap(stored.Data),
            },
        },
    };
}
