using System.Text.Json;

namespace Ledger.Cli.Import.Mapping;

/// <summary>A place in a mapping file: its JSON and its path, so that every complaint names the place.</summary>
internal readonly record struct Node(JsonElement Json, string Path)
{
    public bool IsObject => Json.ValueKind == JsonValueKind.Object;

    public bool IsArray => Json.ValueKind == JsonValueKind.Array;

    public IEnumerable<(string Name, Node Value)> Members()
    {
        Expect(JsonValueKind.Object, "object");
        foreach (JsonProperty property in Json.EnumerateObject())
        {
            yield return (property.Name, new Node(property.Value, $"{Path}.{property.Name}"));
        }
    }

    public IEnumerable<Node> Items()
    {
        Expect(JsonValueKind.Array, "array");
        int index = 0;
        foreach (JsonElement item in Json.EnumerateArray())
        {
            yield return new Node(item, $"{Path}[{index++}]");
        }
    }

    public Node? Find(string name) => IsObject && Json.TryGetProperty(name, out JsonElement value) ? new Node(value, $"{Path}.{name}") : null;

    public Node Get(string name)
    {
        Expect(JsonValueKind.Object, "object");
        return Find(name) ?? throw Bad("MappingMissing", name);
    }

    /// <summary>Refuses members that are not in the list, by name.</summary>
    public Node Only(params ReadOnlySpan<string> names)
    {
        Expect(JsonValueKind.Object, "object");
        foreach (JsonProperty property in Json.EnumerateObject())
        {
            if (!names.Contains(property.Name))
            {
                throw new MappingException($"{Path}.{property.Name}", ImportText.Say("MappingUnknownMember", string.Join(", ", names!)));
            }
        }

        return this;
    }

    public string Text()
    {
        Expect(JsonValueKind.String, "string");
        return Json.GetString()!;
    }

    public string? TextOf(string name) => Find(name)?.Text();

    public bool Flag()
    {
        if (Json.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
        {
            throw Bad("MappingExpected", "boolean");
        }

        return Json.GetBoolean();
    }

    public double Number()
    {
        Expect(JsonValueKind.Number, "number");
        return Json.GetDouble();
    }

    public MappingException Bad(string key, params object?[] values) => new(Path, ImportText.Say(key, values));

    private void Expect(JsonValueKind kind, string word)
    {
        if (Json.ValueKind != kind)
        {
            throw Bad("MappingExpected", word);
        }
    }
}
