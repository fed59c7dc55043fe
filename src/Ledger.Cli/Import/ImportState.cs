using System.Text.Json;

namespace Ledger.Cli.Import;

/// <summary>
/// How far an import has come, in a small file that is replaced as a whole: everything up to <see cref="Rows"/> is
/// acknowledged by the server. It only saves work; without it the import starts over and records nothing twice.
/// </summary>
internal sealed record ImportState(
    string Schema,
    string File,
    string Mapping,
    string Organisation,
    long Rows,
    long ReportBytes,
    bool Finished,
    ImportCounts Counts)
{
    public const string CurrentSchema = "ledger.import-state/1";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>The state; null if there is none or it cannot be read.</summary>
    public static ImportState? Read(string path)
    {
        try
        {
            return System.IO.File.Exists(path) && JsonSerializer.Deserialize<ImportState>(System.IO.File.ReadAllBytes(path), Json) is { Schema: CurrentSchema, Counts: not null } state
                ? state
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public void Write(string path)
    {
        string next = path + ".new";
        using (FileStream stream = new(next, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            JsonSerializer.Serialize(stream, this, Json);
            stream.Flush(flushToDisk: true);
        }

        System.IO.File.Move(next, path, overwrite: true);
    }
}
