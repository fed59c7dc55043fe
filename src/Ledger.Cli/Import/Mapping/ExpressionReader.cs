using System.Text.Json;
using Ledger.Cli.Import.Sources;

namespace Ledger.Cli.Import.Mapping;

/// <summary>Reads the expressions and conditions of a mapping: the language of docs/import/mapping.md.</summary>
internal sealed class ExpressionReader(TimeZoneInfo zone)
{
    private readonly Dictionary<string, int> named = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyDictionary<string, object?>> lookups = new(StringComparer.Ordinal);

    public List<Expression> Named { get; } = [];

    /// <summary>Name of the element of the expansion that is being read, if one is.</summary>
    public string? Element { get; set; }

    public void Define(string name, Node node)
    {
        Expression value = Read(node);
        named.Add(name, Named.Count);
        Named.Add(value);
    }

    public void Lookup(string name, Node table) =>
        lookups.Add(name, table.Members().ToDictionary(member => member.Name, member => Scalar(member.Value), StringComparer.Ordinal));

    public Expression Read(Node node)
    {
        if (!node.IsObject)
        {
            return node.Json.ValueKind == JsonValueKind.String ? Template(node) : new Constant(Scalar(node));
        }

        string? word = node.Members().Select(member => member.Name).FirstOrDefault();
        return word switch
        {
            "field" => FieldOf(node.Only("field", "optional", "otherwise")),
            "number" => NumberOf(node.Only("number", "decimal", "group", "scale")),
            "time" => TimeOf(node.Only("time", "format", "zone", "plusSeconds")),
            "lookup" => LookupOf(node.Only("lookup", "of", "otherwise")),
            "slug" => new Slug(Read(node.Only("slug", "lower").Get("slug")), node.Find("lower")?.Flag() ?? false),
            "between" => BetweenOf(node.Only("between")),
            "seconds" => new Seconds(new NumberValue(Read(node.Only("seconds").Get("seconds")), '.', null, 1)),
            "if" => new Choice(Condition(node.Only("if", "then", "else").Get("if")), Read(node.Get("then")), Read(node.Get("else"))),
            "ranking" => RankingOf(node.Only("ranking").Get("ranking").Only("text", "candidates", "with")),
            "all" or "any" or "not" or "value" => new ConditionValue(Condition(node)),
            _ => throw node.Bad("MappingUnknownExpression", word ?? "{}"),
        };
    }

    public Condition Condition(Node node)
    {
        if (node.Find("all") is { } all)
        {
            return new All([.. node.Only("all").Get("all").Items().Select(Condition)]);
        }

        if (node.Find("any") is { } any)
        {
            return new Any([.. node.Only("any").Get("any").Items().Select(Condition)]);
        }

        if (node.Find("not") is { } not)
        {
            return new Not(Condition(node.Only("not").Get("not")));
        }

        node.Only("field", "value", "is", "in", "startsWith", "contains", "below", "above", "present");
        Expression left = node.Find("field") is { } field ? Field(field, field.Text(), optional: true, null) : Read(node.Get("value"));
        if (node.Members().Count() != 2)
        {
            throw node.Bad("MappingOneComparison");
        }

        return node switch
        {
            _ when node.Find("present") is { } present => new Present(left, present.Flag()),
            _ when node.Find("in") is { } set => new OneOf(left, set.Items().Select(item => Expression.Text(Scalar(item))).ToHashSet(StringComparer.Ordinal)),
            _ when node.Find("is") is { } value => new Compare(left, Comparison.Is, Read(value)),
            _ when node.Find("startsWith") is { } value => new Compare(left, Comparison.StartsWith, Read(value)),
            _ when node.Find("contains") is { } value => new Compare(left, Comparison.Contains, Read(value)),
            _ when node.Find("below") is { } value => new Compare(left, Comparison.Below, Read(value)),
            _ when node.Find("above") is { } value => new Compare(left, Comparison.Above, Read(value)),
            _ => throw node.Bad("MappingOneComparison"),
        };
    }

    public static TimeZoneInfo Zone(Node node) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(node.Text(), out TimeZoneInfo? found) && found.HasIanaId ? found : throw node.Bad("MappingZone", node.Text());

    private static object? Scalar(Node node) => node.Json.ValueKind is JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Null
        ? throw node.Bad("MappingExpected", "string | number | boolean")
        : JsonLines.ValueOf(node.Json);

    private FieldValue Field(Node node, string path, bool optional, Expression? otherwise)
    {
        if (path.Length == 0)
        {
            throw node.Bad("MappingEmpty");
        }

        int dot = path.IndexOf('.', StringComparison.Ordinal);
        string first = dot < 0 ? path : path[..dot];
        string? inner = dot < 0 ? null : path[(dot + 1)..];
        bool ofElement = Element is not null && first == Element;
        return new FieldValue(path, named.TryGetValue(first, out int slot) ? slot : null, inner, ofElement, optional, otherwise);
    }

    private FieldValue FieldOf(Node node) =>
        Field(node, node.Get("field").Text(), node.Find("optional")?.Flag() ?? false, node.Find("otherwise") is { } otherwise ? Read(otherwise) : null);

    private NumberValue NumberOf(Node node) => new(
        Read(node.Get("number")),
        node.Find("decimal") is { } sign ? One(sign) : '.',
        node.Find("group") is { } group ? One(group) : null,
        node.Find("scale")?.Number() ?? 1);

    private static char One(Node node) => node.Text() is [char only] ? only : throw node.Bad("MappingOneCharacter");

    private TimeValue TimeOf(Node node)
    {
        string format = node.TextOf("format") ?? "iso";
        TimeForm form = format switch
        {
            "iso" => TimeForm.Iso,
            "unix" => TimeForm.UnixSeconds,
            "unix-ms" => TimeForm.UnixMilliseconds,
            _ => TimeForm.Pattern,
        };
        TimeZoneInfo of = node.Find("zone") is { } own ? Zone(own) : zone;
        return new TimeValue(Read(node.Get("time")), form, format, of, TimeSpan.FromSeconds(node.Find("plusSeconds")?.Number() ?? 0));
    }

    private Lookup LookupOf(Node node)
    {
        Node name = node.Get("lookup");
        return lookups.TryGetValue(name.Text(), out IReadOnlyDictionary<string, object?>? table)
            ? new Lookup(name.Text(), table, Read(node.Get("of")), node.Find("otherwise") is { } otherwise ? Read(otherwise) : null)
            : throw name.Bad("MappingNoLookup", name.Text());
    }

    private Between BetweenOf(Node node) =>
        node.Get("between").Items().ToArray() is [Node from, Node to] ? new Between(Read(from), Read(to)) : throw node.Bad("MappingBetween");

    private Ranking RankingOf(Node node) => new(
        Read(node.Get("text")),
        Read(node.Get("candidates")),
        node.Find("with") is { } with ? [.. with.Members().Select(member => (member.Name, Read(member.Value)))] : []);

    // "${field}" is a field; "$${" is "${".
    private Expression Template(Node node)
    {
        string text = node.Text();
        List<Expression> parts = [];
        int at = 0;
        string literal = "";
        while (at < text.Length)
        {
            if (text.AsSpan(at).StartsWith("$${", StringComparison.Ordinal))
            {
                literal += "${";
                at += 3;
            }
            else if (text.AsSpan(at).StartsWith("${", StringComparison.Ordinal))
            {
                int end = text.IndexOf('}', at);
                if (end < 0)
                {
                    throw node.Bad("MappingTemplate");
                }

                parts.Add(new Constant(literal));
                literal = "";
                parts.Add(Field(node, text[(at + 2)..end], optional: false, null));
                at = end + 1;
            }
            else
            {
                literal += text[at++];
            }
        }

        return parts.Count == 0 ? new Constant(literal) : new Template([.. parts, new Constant(literal)]);
    }
}
