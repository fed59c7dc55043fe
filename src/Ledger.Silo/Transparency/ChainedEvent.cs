using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Ledger.Contracts.Decisions;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Verification;

namespace Ledger.Silo.Transparency;

/// <summary>An event ready to be appended, with its leaf hash and the salt that its successor must use.</summary>
internal readonly record struct ChainedEvent(NewEvent Event, byte[] LeafHash, byte[] NextSalt)
{
    /// <summary>
    /// Gives an event its place in the stream's chain of labels: its <c>salt</c> is the <c>nextSalt</c> of the event before it,
    /// so each event commits to the one label that its successor can have.
    /// </summary>
    public static ChainedEvent Compose(
        EventDraft draft, string stream, long revision, long appendEnd, ReadOnlyMemory<byte> salt, DateTimeOffset recordedAt, CallContext context, Entropy entropy)
    {
        byte[] dataSalt = new byte[LogEntry.SaltLength];
        byte[] nextSalt = new byte[LogEntry.SaltLength];
        entropy.Fill(dataSalt);
        entropy.Fill(nextSalt);
        byte[] metadata = EventMetadata.Write(new EventMetadata(context, recordedAt, appendEnd, salt, dataSalt, nextSalt));
        byte[] leafHash = LogEntry.LeafHash(new EventBytes(stream, revision, draft.Id, draft.Type, salt, dataSalt, draft.Data, metadata));
        return new ChainedEvent(new NewEvent(draft.Id, draft.Type, draft.Data, metadata), leafHash, nextSalt);
    }

    /// <summary>An event that is an append of its own, caused by the ledger itself.</summary>
    public static ChainedEvent ComposeAlone(
        string type, ReadOnlyMemory<byte> data, string stream, long revision, ReadOnlyMemory<byte> salt, string actor, TimeProvider time, Entropy entropy)
    {
        Guid id = entropy.NewId();
        return Compose(new EventDraft(id, type, data), stream, revision, revision, salt, time.GetUtcNow(), new CallContext(actor, id.ToString(), null), entropy);
    }

    /// <summary>The salt of a stream's first event.</summary>
    public static readonly byte[] FirstSalt = new byte[LogEntry.SaltLength];
}

/// <summary>An event decided on, not yet given a place. It keeps its id when it must be given another.</summary>
/// <param name="Id">Event id.</param>
/// <param name="Type">Event type.</param>
/// <param name="Data">Data bytes; before sealing, without the personal part.</param>
/// <param name="Personal">The personal part that is to be sealed into the data: a JSON object, or nothing.</param>
internal readonly record struct EventDraft(Guid Id, string Type, ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Personal = default);

/// <summary>Metadata of an event as stored.</summary>
/// <param name="Context">Actor, correlation and trace.</param>
/// <param name="RecordedAt">When the ledger took it, by the silo's clock, UTC.</param>
/// <param name="AppendEnd">Revision of the last event of the same append: where the receipt's position is read.</param>
/// <param name="Salt">Salt of this event's label.</param>
/// <param name="DataSalt">Salt of the data hash.</param>
/// <param name="NextSalt">Salt of the label of the next event in the stream.</param>
internal sealed record EventMetadata(
    CallContext Context, DateTimeOffset RecordedAt, long AppendEnd, ReadOnlyMemory<byte> Salt, ReadOnlyMemory<byte> DataSalt, ReadOnlyMemory<byte> NextSalt)
{
    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Writer)? scratch;

    public static byte[] Write(EventMetadata metadata)
    {
        (ArrayBufferWriter<byte> buffer, Utf8JsonWriter writer) = scratch ??= NewScratch();
        buffer.ResetWrittenCount();
        writer.Reset();
        writer.WriteStartObject();
        writer.WriteString("$correlationId"u8, metadata.Context.CorrelationId);
        writer.WriteString("$causationId"u8, metadata.Context.CorrelationId);
        if (metadata.Context.TraceParent is { } traceParent)
        {
            writer.WriteString("traceparent"u8, traceParent);
        }

        writer.WriteString("actor"u8, metadata.Context.Actor);
        writer.WriteString("recordedAt"u8, metadata.RecordedAt.UtcDateTime);
        writer.WriteNumber("appendEnd"u8, metadata.AppendEnd);
        writer.WriteBase64String("salt"u8, metadata.Salt.Span);
        writer.WriteBase64String("dataSalt"u8, metadata.DataSalt.Span);
        writer.WriteBase64String("nextSalt"u8, metadata.NextSalt.Span);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are not metadata that this ledger wrote.</exception>
    public static EventMetadata Read(RecordedEvent stored)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(stored.Metadata);
            JsonElement root = document.RootElement;
            return new EventMetadata(
                new CallContext(
                    root.GetProperty("actor").GetString()!,
                    root.GetProperty("$correlationId").GetString()!,
                    root.TryGetProperty("traceparent", out JsonElement trace) ? trace.GetString() : null),
                root.GetProperty("recordedAt").GetDateTimeOffset(),
                root.GetProperty("appendEnd").GetInt64(),
                root.GetProperty("salt").GetBytesFromBase64(),
                root.GetProperty("dataSalt").GetBytesFromBase64(),
                root.GetProperty("nextSalt").GetBytesFromBase64());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new InvalidDataException(
                string.Create(CultureInfo.InvariantCulture, $"The metadata of event {stored.Revision} of stream {stored.Stream} is not of this ledger."), e);
        }
    }

    /// <summary>When the ledger took an event; the rest is not read.</summary>
    /// <exception cref="InvalidDataException">The bytes are not metadata that this ledger wrote.</exception>
    public static DateTimeOffset RecordedAtOf(RecordedEvent stored)
    {
        Utf8JsonReader reader = new(stored.Metadata.Span);
        try
        {
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool found = reader.ValueTextEquals("recordedAt"u8);
                reader.Read();
                if (found)
                {
                    return reader.GetDateTimeOffset();
                }

                reader.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            // As if it were not there.
        }

        throw new InvalidDataException(
            string.Create(CultureInfo.InvariantCulture, $"The metadata of event {stored.Revision} of stream {stored.Stream} is not of this ledger."));
    }

    private static (ArrayBufferWriter<byte>, Utf8JsonWriter) NewScratch()
    {
        ArrayBufferWriter<byte> buffer = new(512);
        return (buffer, new Utf8JsonWriter(buffer));
    }
}
