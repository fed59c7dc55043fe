namespace Ledger.Cli.Import.Mapping;

/// <summary>A mapping that is not one: where, as a JSON path, and why.</summary>
internal sealed class MappingException(string path, string message) : Exception($"{path}: {message}")
{
    public string Path { get; } = path;
}
