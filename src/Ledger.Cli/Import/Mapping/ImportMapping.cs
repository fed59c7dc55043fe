using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ledger.Cli.Import.Sources;

namespace Ledger.Cli.Import.Mapping;

/// <summary>A mapping read from its file: how the rows of one source become decisions.</summary>
internal sealed partial class ImportMapping
{
    public const string Schema = "ledger.mapping/1";
    public const int MaxBytes = 1 << 20;
    public const int MaxDecisionsPerRow = 1000;

    private readonly ExpressionReader reader;
    private readonly List<Rule> rules = [];

    private ImportMapping(Node root, string hash)
    {
        root.Only("$schema", "schema", "id", "title", "notes", "organisation", "source", "key", "lookups", "let", "rules");
        if (root.Get("schema").Text() != Schema)
        {
            throw root.Get("schema").Bad("MappingSchema", Schema);
        }

        Hash = hash;
        Id = root.Get("id").Text();
        if (!IdForm().IsMatch(Id))
        {
            throw root.Get("id").Bad("MappingId");
        }

        Organisation = root.TextOf("organisation");
        Node source = root.Get("source").Only("format", "delimiter", "timeZone", "links");
        Source = new SourceOptions(FormatOf(source), source.Find("delimiter") is { } d ? Delimiter(d) : ',', [.. source.Find("links")?.Items().Select(LinkOf) ?? []]);
        reader = new ExpressionReader(ExpressionReader.Zone(source.Get("timeZone")));
        foreach ((string name, Node table) in root.Find("lookups")?.Members() ?? [])
        {
            reader.Lookup(name, table);
        }

        foreach ((string name, Node value) in root.Find("let")?.Members() ?? [])
        {
            reader.Define(name, value);
        }

        Expression[] key = [.. root.Get("key").Items().Select(reader.Read)];
        if (key.Length == 0)
        {
            throw root.Get("key").Bad("MappingEmpty");
        }

        foreach (Node rule in root.Get("rules").Items())
        {
            rules.Add(new Rule(rule, reader, Id, key));
        }
    }

    public string Id { get; }

    /// <summary>SHA-256 of the file, hexadecimal.</summary>
    public string Hash { get; }

    /// <summary>The organisation to record for unless the command names another.</summary>
    public string? Organisation { get; }

    public SourceOptions Source { get; }

    public IEnumerable<string> RuleNames => rules.Select(rule => rule.Name);

    public static ImportMapping Load(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        return bytes.Length > MaxBytes ? throw new MappingException("$", ImportText.Say("MappingTooLong", MaxBytes)) : Parse(bytes);
    }

    public static ImportMapping Parse(ReadOnlyMemory<byte> json)
    {
        ReadOnlyMemory<byte> text = json.Span.StartsWith("\uFEFF"u8) ? json[3..] : json;
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return new ImportMapping(new Node(document.RootElement, "$"), Convert.ToHexStringLower(SHA256.HashData(json.Span)));
        }
        catch (JsonException error)
        {
            throw new MappingException("$", error.Message);
        }
    }

    /// <summary>What becomes of a row: its decisions, or why there are none.</summary>
    public Mapped Map(Row row)
    {
        if (row.Fault is { } fault)
        {
            return new Mapped(null, [], fault);
        }

        Scope scope = new(row, reader.Named);
        Rule? rule = rules.Find(candidate => candidate.Applies(scope));
        if (scope.Problem is null && rule is null)
        {
            return new Mapped(null, [], new Problem(ProblemCode.NoRule, "", ImportText.Say("NoRule")));
        }

        IReadOnlyList<MadeDecision> decisions = scope.Problem is null && rule!.Records ? rule.Decisions(scope) : [];
        return scope.Problem is null ? new Mapped(rule, decisions, null) : new Mapped(rule, [], scope.Problem);
    }

    private static SourceFormat? FormatOf(Node source) => source.Find("format") is not { } format ? null : format.Text() switch
    {
        "jsonl" => SourceFormat.JsonLines,
        "csv" => SourceFormat.Csv,
        "xes" => SourceFormat.Xes,
        _ => throw format.Bad("MappingExpected", "jsonl | csv | xes"),
    };

    private static char Delimiter(Node node) => node.Text() switch
    {
        "," => ',',
        ";" => ';',
        "\t" => '\t',
        "|" => '|',
        _ => throw node.Bad("MappingExpected", ", ; tab |"),
    };

    private static XesLink LinkOf(Node node)
    {
        node.Only("name", "from", "to", "same", "look");
        Node look = node.Get("look");
        bool ahead = look.Text() switch { "ahead" => true, "back" => false, _ => throw look.Bad("MappingExpected", "ahead | back") };
        return new XesLink(node.Get("name").Text(), node.Get("from").Text(), node.Get("to").Text(), [.. node.Get("same").Items().Select(item => item.Text())], ahead);
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9._-]{0,99}$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex IdForm();
}
