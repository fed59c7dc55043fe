using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Ledger.Api.Decisions;
using Ledger.Contracts;

namespace Ledger.Api.Hosting;

/// <summary>
/// Holds a JSON body against the message it is for. The framework drops members it does not know and says of a wrong value neither where it
/// stands nor, in the caller's language, what it should be: a misspelt field would be lost without anyone noticing.
/// </summary>
internal static partial class JsonBody
{
    private static readonly ConcurrentDictionary<string, FrozenDictionary<string, FieldDescriptor>> FieldsByName = new(StringComparer.Ordinal);

    /// <summary>Why the body is not one of this message; empty if it is.</summary>
    /// <param name="json">The body.</param>
    /// <param name="message">Message that the body stands for.</param>
    /// <param name="path">Field of the request that the body stands for; empty if it stands for the whole.</param>
    public static IReadOnlyList<Refusal> Check(ReadOnlySpan<byte> json, MessageDescriptor message, string path)
    {
        Utf8JsonReader reader = new(json);
        List<Refusal> refusals = [];
        try
        {
            reader.Read();
            CheckMessage(ref reader, message, path, refusals);
            // Whatever follows the document is an error, which reading on tells.
            while (reader.Read())
            {
            }
        }
        catch (JsonException e)
        {
            return [RefusalInterceptor.Unreadable(string.Create(CultureInfo.InvariantCulture, $"JSON, {e.LineNumber + 1}:{e.BytePositionInLine + 1}"))];
        }

        return refusals;
    }

    /// <summary>Which parameters of an address are no fields of the message; a misspelt filter would be a longer list, not an error.</summary>
    public static IReadOnlyList<Refusal> CheckParameters(IEnumerable<string> names, MessageDescriptor message)
    {
        FrozenDictionary<string, FieldDescriptor> fields = FieldsOf(message);
        return [.. names.Where(name => !fields.ContainsKey(name.Split('.', 2)[0])).Take(Limits.ViolationsNamed)
            .Select(name => new Refusal(RefusalCode.UnknownField, DecisionCheck.Shown(name)))];
    }

    private static void CheckMessage(ref Utf8JsonReader reader, MessageDescriptor message, string path, List<Refusal> refusals)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            Refuse(ref reader, RefusalCode.Malformed, path, "{ … }", refusals);
            return;
        }

        FrozenDictionary<string, FieldDescriptor> fields = FieldsOf(message);
        HashSet<FieldDescriptor> seen = [];
        Dictionary<OneofDescriptor, FieldDescriptor> alternatives = [];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string? name = Text(ref reader);
            reader.Read();
            if (name is null || !fields.TryGetValue(name, out FieldDescriptor? field))
            {
                Refuse(ref reader, RefusalCode.UnknownField, Join(path, DecisionCheck.Shown(name ?? "?")), null, refusals);
                continue;
            }

            string at = Join(path, field.Name);
            if (!seen.Add(field))
            {
                Refuse(ref reader, RefusalCode.Duplicate, at, null, refusals);
            }
            else if (reader.TokenType != JsonTokenType.Null && field.RealContainingOneof is { } oneof && !alternatives.TryAdd(oneof, field))
            {
                Refuse(ref reader, RefusalCode.Contradiction, at, Join(path, alternatives[oneof].Name), refusals);
            }
            else
            {
                CheckField(ref reader, field, at, refusals);
            }
        }
    }

    private static void CheckField(ref Utf8JsonReader reader, FieldDescriptor field, string path, List<Refusal> refusals)
    {
        // null is "not set", as in protobuf's JSON.
        if (reader.TokenType == JsonTokenType.Null)
        {
            return;
        }

        if (!field.IsRepeated)
        {
            CheckValue(ref reader, field, path, refusals);
            return;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            Refuse(ref reader, RefusalCode.Malformed, path, "[ … ]", refusals);
            return;
        }

        for (int i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            CheckValue(ref reader, field, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), refusals);
        }
    }

    private static void CheckValue(ref Utf8JsonReader reader, FieldDescriptor field, string path, List<Refusal> refusals)
    {
        if (field.FieldType == FieldType.Message && FormOf(field.MessageType) is null)
        {
            CheckMessage(ref reader, field.MessageType, path, refusals);
        }
        else if (field.FieldType == FieldType.Enum && reader.TokenType == JsonTokenType.String)
        {
            string? name = Text(ref reader);
            if (name is null || field.EnumType.FindValueByName(name) is null)
            {
                Refuse(ref reader, RefusalCode.Unknown, path, DecisionCheck.Shown(name ?? "?"), refusals);
            }
        }
        else if (FormMissed(ref reader, field) is { } form)
        {
            Refuse(ref reader, RefusalCode.Malformed, path, form, refusals);
        }
    }

    /// <summary>The form that a value should have and has not; nothing if it has.</summary>
    private static string? FormMissed(ref Utf8JsonReader reader, FieldDescriptor field)
    {
        (bool good, string form) = field.FieldType switch
        {
            FieldType.Message => (reader.TokenType == JsonTokenType.String && Text(ref reader) is { } text && IsWellKnown(text, field.MessageType), FormOf(field.MessageType)!),
            FieldType.String => (reader.TokenType == JsonTokenType.String && Text(ref reader) is not null, "\"…\""),
            FieldType.Bytes => (reader.TokenType == JsonTokenType.String && Text(ref reader) is { } base64 && Base64.IsValid(base64), "base64"),
            FieldType.Bool => (reader.TokenType is JsonTokenType.True or JsonTokenType.False, "true, false"),
            FieldType.Double => (reader.TokenType is JsonTokenType.Number && reader.TryGetDouble(out double number) && double.IsFinite(number), "1.5"),
            FieldType.Enum => (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out _), "\"…\""),
            FieldType.Int32 => (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out _), "int32"),
            FieldType.Int64 => (IsLong(ref reader), "int64"),
            // The contract has no other type in a request body; its test says so.
            _ => (false, field.FieldType.ToString()),
        };
        return good ? null : form;
    }

    private static bool IsLong(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.Number => reader.TryGetInt64(out _),
        JsonTokenType.String => long.TryParse(Text(ref reader), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _),
        _ => false,
    };

    private static string? FormOf(MessageDescriptor message) => message.FullName switch
    {
        "google.protobuf.Timestamp" => "RFC 3339",
        "google.protobuf.Duration" => "1.5s",
        _ => null,
    };

    private static bool IsWellKnown(string text, MessageDescriptor message)
    {
        if (!WellKnownCharacters().IsMatch(text))
        {
            return false;
        }

        try
        {
            _ = string.Equals(message.FullName, Timestamp.Descriptor.FullName, StringComparison.Ordinal)
                ? (IMessage)Timestamp.Parser.ParseJson($"\"{text}\"")
                : Duration.Parser.ParseJson($"\"{text}\"");
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            // The parser tells so, and only so, that the text is not one.
            return false;
        }
    }

    /// <summary>The text of a name or string, or nothing if it is no text: half of a surrogate pair.</summary>
    private static string? Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            // The reader tells so, and only so, that an escape is half of a pair or a byte no UTF-8.
            return null;
        }
    }

    private static void Refuse(ref Utf8JsonReader reader, RefusalCode code, string path, string? argument, List<Refusal> refusals)
    {
        reader.Skip();
        if (refusals.Count < Limits.ViolationsNamed)
        {
            refusals.Add(new Refusal(code, path, argument is null ? [] : [argument]));
        }
    }

    private static FrozenDictionary<string, FieldDescriptor> FieldsOf(MessageDescriptor message) =>
        FieldsByName.GetOrAdd(message.FullName, static (_, m) => NamesOf(m), message);

    private static FrozenDictionary<string, FieldDescriptor> NamesOf(MessageDescriptor message) => message.Fields.InDeclarationOrder()
        .SelectMany(f => new[] { (f.Name, Field: f), (Name: f.JsonName, Field: f) })
        .DistinctBy(f => f.Name, StringComparer.Ordinal)
        .ToFrozenDictionary(f => f.Name, f => f.Field, StringComparer.Ordinal);

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    [GeneratedRegex(@"\A[0-9TZtzs:.+-]{2,40}\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex WellKnownCharacters();
}
