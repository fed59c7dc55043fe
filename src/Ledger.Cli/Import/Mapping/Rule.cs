using Ledger.Cli.Import.Sources;
using Ledger.V1;

namespace Ledger.Cli.Import.Mapping;

/// <summary>What became of one row.</summary>
internal sealed record Mapped(Rule? Rule, IReadOnlyList<MadeDecision> Decisions, Problem? Problem);

/// <summary>A decision made of a row, and the name the mapping gives to its kind.</summary>
internal readonly record struct MadeDecision(string Name, Decision Decision);

/// <summary>One rule of a mapping. The first whose <c>when</c> holds decides what a row is.</summary>
internal sealed class Rule
{
    private static readonly string[] Outcomes = ["skip", "partOf", "decision", "decisions"];
    private readonly Condition? when;
    private readonly Expression? each;
    private readonly List<Expression> key = [];
    private readonly List<(string Name, DecisionTemplate Template)> templates = [];
    private readonly string mapping;

    public Rule(Node node, ExpressionReader reader, string mapping, IReadOnlyList<Expression> rowKey)
    {
        node.Only("name", "why", "when", "skip", "partOf", "each", "key", "decision", "decisions");
        this.mapping = mapping;
        when = node.Find("when") is { } condition ? reader.Condition(condition) : null;
        if (Outcomes.Count(name => node.Find(name) is not null) != 1)
        {
            throw node.Bad("MappingOneOutcome");
        }

        PartOf = node.Find("partOf") is not null;
        Name = node.TextOf("skip") ?? node.TextOf("partOf") ?? node.Get("name").Text();
        if (node.Find("skip") is not null || PartOf)
        {
            node.Only("why", "when", "skip", "partOf");
            return;
        }

        if (node.Find("each") is { } expansion)
        {
            each = reader.Read(expansion.Only("in", "as").Get("in"));
            reader.Element = expansion.Get("as").Text();
        }

        key = [.. rowKey, .. node.Find("key")?.Items().Select(reader.Read) ?? []];
        if (each is not null && key.Count == rowKey.Count)
        {
            throw node.Bad("MappingEachKey", reader.Element);
        }

        if (node.Find("decision") is { } only)
        {
            templates.Add((Name, DecisionTemplate.Read(Decision.Descriptor, only, reader, "decisionId")));
        }

        foreach ((string name, Node template) in node.Find("decisions")?.Members() ?? [])
        {
            templates.Add(($"{Name}/{name}", DecisionTemplate.Read(Decision.Descriptor, template, reader, "decisionId")));
        }

        reader.Element = null;
    }

    public string Name { get; }

    /// <summary>Whether the row is told within another row's decision, as a start is with its completion.</summary>
    public bool PartOf { get; }

    public bool Records => templates.Count > 0;

    public bool Applies(Scope scope) => when is null || when.Holds(scope);

    public IReadOnlyList<MadeDecision> Decisions(Scope scope)
    {
        List<MadeDecision> decisions = [];
        if (each is null)
        {
            Add(decisions, scope);
            return decisions;
        }

        if (each.Evaluate(scope) is not { } list)
        {
            return [];
        }

        if (list is not IReadOnlyList<object?> items)
        {
            scope.Fail(ProblemCode.NotAList, each.Source, ImportText.Say("NotAList", each.Source));
            return [];
        }

        if (items.Count * templates.Count > ImportMapping.MaxDecisionsPerRow)
        {
            scope.Fail(ProblemCode.TooMany, each.Source, ImportText.Say("TooMany", items.Count * templates.Count, ImportMapping.MaxDecisionsPerRow));
            return [];
        }

        foreach (object? item in items)
        {
            scope.Element = item as IReadOnlyDictionary<string, object?> ?? new Dictionary<string, object?>(StringComparer.Ordinal) { ["value"] = item };
            Add(decisions, scope);
        }

        return decisions;
    }

    private void Add(List<MadeDecision> decisions, Scope scope)
    {
        string[] values = new string[key.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Expression.Text(key[i].Evaluate(scope));
        }

        foreach ((string name, DecisionTemplate template) in templates)
        {
            if (template.Build(scope) is Decision decision && scope.Problem is null)
            {
                decision.DecisionId = DecisionId.From(mapping, name, values);
                decisions.Add(new MadeDecision(name, decision));
            }
        }
    }
}
