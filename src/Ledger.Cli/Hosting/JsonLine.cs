using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;

namespace Ledger.Cli.Hosting;

/// <summary>One JSON object on one line, as every <c>--json</c> answers. Messages of the contract stand in it in Google's JSON form.</summary>
internal static class JsonLine
{
    // Accents stay readable: the lines go to terminals and files, never into a page.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default);

    public static string Write(Action<Utf8JsonWriter> members)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, Options))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static string Write(IMessage message)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, Options))
        {
            WriteMessageValue(writer, message);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public static void WriteMessage(this Utf8JsonWriter writer, string name, IMessage message)
    {
        writer.WritePropertyName(name);
        WriteMessageValue(writer, message);
    }

    public static void WriteMessageValue(this Utf8JsonWriter writer, IMessage message)
    {
        // Through a document, because the formatter puts spaces after colons and escapes what need not be.
        using JsonDocument document = JsonDocument.Parse(Formatter.Format(message));
        document.RootElement.WriteTo(writer);
    }
}
