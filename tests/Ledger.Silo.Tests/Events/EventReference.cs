using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;

namespace Ledger.Silo.Tests.Events;

/// <summary>Writes <c>docs/events.md</c> from the records that have a <c>const string Type</c>, and their doc comments.</summary>
internal static class EventReference
{
    private const string Head = """
        # Events

        Every event type the ledger stores. Made from the code; a test keeps it so. Data is UTF-8 JSON: names in lower camel case, enum values in
        snake case, instants in UTC, nothing written that is not set. A published type never changes: what must differ becomes a new version,
        and old events are read through an upcaster. Fields without a text here mean what the field of the same name means in [api.md](api.md).

        | stream | holds |
        |---|---|
        | `worker-{org}-{worker}` | everything recorded about one worker |
        | `organisation-{org}` | which key the organisation's pseudonyms are made with, the keys of its transparency log, which workers are erased, and what was destroyed when its time was over |
        | `refused-{org}-{yyyyMM}` | attempts at people's records that were refused, by month |
        | `intake-{org}-{yyyyMM}` | how many decisions were refused at intake, and why, by month |
        | `checkpoint-{org}` | the trees that the organisation's transparency log has signed; no leaves of the log |
        | `trailindex-{org}-{worker}` | snapshots that make long trails quick to open; no part of the history |

        Metadata of every event: `$correlationId`, `$causationId` and `traceparent` (W3C) where there is one, `actor` (who caused it; never a
        person's name), `recordedAt`, `appendEnd` (revision of the last event of the same append), and the salts of the log entry
        (`salt`, `dataSalt`, `nextSalt`).


        """;

    public static string Write(params Assembly[] assemblies)
    {
        StringBuilder page = new(Head);
        Dictionary<string, XElement> comments = assemblies
            .SelectMany(a => XDocument.Load(Path.Combine(AppContext.BaseDirectory, $"{a.GetName().Name}.xml")).Descendants("member"))
            .ToDictionary(m => m.Attribute("name")!.Value, StringComparer.Ordinal);
        foreach ((string type, Type record) in Types(assemblies))
        {
            page.Append("## `").Append(type).Append("`\n\n");
            foreach (Type part in WithParts(record))
            {
                if (part != record)
                {
                    page.Append("### ").Append(part.Name).Append("\n\n");
                }

                WriteRecord(page, part, comments.GetValueOrDefault($"T:{part.FullName}"));
            }
        }

        return page.ToString().TrimEnd('\n') + "\n";
    }

    /// <summary>Stored event types by name.</summary>
    public static IEnumerable<(string Type, Type Record)> Types(params Assembly[] assemblies) =>
        (from record in assemblies.SelectMany(a => a.GetTypes())
         let field = record.GetField("Type", BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
         where field is { IsLiteral: true } && field.FieldType == typeof(string)
         select ((string)field.GetRawConstantValue()!, record)).OrderBy(t => t.Item1, StringComparer.Ordinal);

    private static void WriteRecord(StringBuilder page, Type record, XElement? comment)
    {
        page.Append(Text(comment?.Element("summary"))).Append("\n\n| field | JSON | always | meaning |\n|---|---|---|---|\n");
        NullabilityInfoContext nullability = new();
        foreach (ParameterInfo parameter in Parameters(record))
        {
            bool optional = nullability.Create(parameter).ReadState == NullabilityState.Nullable;
            string? meaning = Text(comment?.Elements("param").FirstOrDefault(p => string.Equals(p.Attribute("name")?.Value, parameter.Name, StringComparison.Ordinal)));
            page.Append("| `").Append(JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!)).Append("` | ").Append(JsonOf(parameter.ParameterType))
                .Append(" | ").Append(optional ? "" : "yes").Append(" | ").Append(meaning?.Replace("|", "\\|", StringComparison.Ordinal)).Append(" |\n");
        }

        page.Append('\n');
    }

    private static ParameterInfo[] Parameters(Type record) =>
        record.GetConstructors(BindingFlags.Instance | BindingFlags.Public).Select(c => c.GetParameters()).MaxBy(p => p.Length) ?? [];

    private static List<Type> WithParts(Type record)
    {
        List<Type> parts = [record];
        for (int i = 0; i < parts.Count; i++)
        {
            parts.AddRange(Parameters(parts[i]).Select(p => ItemOf(p.ParameterType)).Where(IsRecord).Distinct().Except(parts));
        }

        return parts;
    }

    private static bool IsRecord(Type type) => type.IsClass && type.Namespace?.StartsWith("Ledger", StringComparison.Ordinal) == true;

    private static Type ItemOf(Type type) => type.IsGenericType && !type.IsValueType ? type.GetGenericArguments()[0] : type;

    private static string JsonOf(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        { IsEnum: true } e => string.Join(", ", Enum.GetNames(e).Select(n => $"`{JsonNamingPolicy.SnakeCaseLower.ConvertName(n)}`")),
        var t when t == typeof(Guid) => "UUID",
        var t when t == typeof(string) => "string",
        var t when t == typeof(bool) => "boolean",
        var t when t == typeof(byte[]) => "base64",
        var t when t == typeof(DateTimeOffset) => "instant",
        var t when t == typeof(int) || t == typeof(long) || t == typeof(double) => "number",
        var t when IsRecord(t) => $"[{t.Name}](#{t.Name.ToLowerInvariant()})",
        var t when ItemOf(t) != t => $"list of {JsonOf(ItemOf(t))}",
        var t => t.Name,
    };

    private static string? Text(XElement? comment) => comment is null ? null : string.Join(' ', string.Concat(comment.Nodes().Select(n => n switch
    {
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement see => $"`{(see.Attribute("cref")?.Value ?? see.Value).Split('.')[^1]}`",
        _ => n.ToString(),
    })).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
