using System.Text;
using Ledger.Cli.Import;
using Ledger.Cli.Import.Mapping;
using Ledger.Cli.Import.Sources;

namespace Ledger.Cli.Tests.Import;

/// <summary>Places of the repository, and small mappings and files.</summary>
internal static class Sample
{
    public const string Lines = """
        {
          "schema": "ledger.mapping/1", "id": "test", "organisation": "acme",
          "source": { "format": "jsonl", "timeZone": "America/Toronto" },
          "key": ["${id}"],
          "rules": [
            { "skip": "nobody", "when": { "field": "who", "present": false } },
            { "name": "all", "decision": DECISION }
          ]
        }
        """;

    public const string Decision = """
        {
          "subject": { "employeeNumber": "${who}" },
          "category": "MONITORING", "kind": "measured", "adverse": false,
          "system": { "systemId": "s", "version": "1", "purpose": "p" },
          "automation": { "level": "MACHINE_DECIDES" },
          "times": { "decidedAt": { "time": "${at}" }, "timeZone": "America/Toronto" },
          "personal": { "outcome": { "code": "measured", "amount": { "quantity": { "number": { "number": "${n}" }, "unit": "1" } } } }
        }
        """;

    public static string Repository { get; } = FindRepository();

    public static string Text => Lines.Replace("DECISION", Decision, StringComparison.Ordinal);

    public static ImportMapping Mapping => Parse(Text);

    public static string SharedData =>
        Environment.GetEnvironmentVariable("LEDGER_SHARED_DATA") ?? Path.GetFullPath(Path.Combine(Repository, "..", "shared", "data"));

    public static ImportMapping Parse(string json) => ImportMapping.Parse(Encoding.UTF8.GetBytes(json));

    public static ImportMapping Committed(string name) => ImportMapping.Load(Path.Combine(Repository, "mappings", name + ".json"));

    public static string Row(int id, string at = "2026-01-05T08:00:00Z", string who = "E") =>
        $$"""{"id":"{{id}}","who":"{{who}}{{id % 7}}","at":"{{at}}","n":{{id}}}""";

    public static string Rows(int from, int count) => string.Concat(Enumerable.Range(from, count).Select(id => Row(id) + "\n"));

    /// <summary>One row, mapped.</summary>
    public static Mapped Map(string mapping, params (string Name, object? Value)[] fields) =>
        Parse(mapping).Map(new ObjectRow(1, 1, fields.ToDictionary(field => field.Name, field => field.Value, StringComparer.Ordinal)));

    private static string FindRepository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Ledger.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("Ledger.sln not found");
    }
}

/// <summary>A folder of its own for one test.</summary>
internal sealed class Folder : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("ledger-import-");

    public string Path(string name) => System.IO.Path.Combine(directory.FullName, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(Path(name), text);
        return Path(name);
    }

    public ImportRequest Request(string file, ImportMapping mapping) => new(file, mapping, "acme")
    {
        StatePath = Path("state.json"),
        ReportPath = Path("report.jsonl"),
        BatchDecisions = 10,
    };

    public void Dispose() => directory.Delete(recursive: true);
}
