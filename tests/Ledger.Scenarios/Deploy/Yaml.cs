using Ledger.Tests;
using YamlDotNet.RepresentationModel;

namespace Ledger.Scenarios.Deploy;

/// <summary>Reads a YAML file by name; a key that is not there is an error that names it.</summary>
internal static class Yaml
{
    public static YamlMappingNode Read(string file)
    {
        using StringReader reader = new(Repository.Read(file));
        YamlStream stream = [];
        stream.Load(reader);
        return (YamlMappingNode)stream.Documents.Single().RootNode;
    }

    public static IReadOnlyList<string> Keys(this YamlMappingNode map) => [.. map.Children.Keys.Select(k => ((YamlScalarNode)k).Value!)];

    public static YamlMappingNode Map(this YamlMappingNode map, string key) =>
        map.TryMap(key) ?? throw new InvalidDataException($"There is no mapping '{key}' at {map.Start}.");

    public static YamlMappingNode? TryMap(this YamlMappingNode map, string key) =>
        map.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) ? value as YamlMappingNode : null;

    public static string Text(this YamlMappingNode map, string key) => ((YamlScalarNode)map.Children[new YamlScalarNode(key)]).Value!;

    public static IReadOnlyList<string> TryList(this YamlMappingNode map, string key) =>
        map.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) ? [.. ((YamlSequenceNode)value).Select(v => ((YamlScalarNode)v).Value!)] : [];
}
