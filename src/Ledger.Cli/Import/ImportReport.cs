using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ledger.Cli.Import;

/// <summary>One line of the report: a row or decision that is not recorded, and why.</summary>
/// <param name="Line">Line of the source file.</param>
/// <param name="Row">Number of the row.</param>
/// <param name="Field">Field of the source, or of the decision if the server refused it.</param>
/// <param name="Code">Code of a closed set.</param>
/// <param name="Message">For people.</param>
/// <param name="By"><c>import</c> or <c>server</c>.</param>
/// <param name="DecisionId">The decision, if one was made of the row.</param>
internal sealed record ReportLine(long Line, long Row, string Field, string Code, string Message, string By, string? DecisionId);

/// <summary>The report of bad rows, JSON Lines. Made when there is something to say; cut back to what was acknowledged when an import resumes.</summary>
internal sealed class ImportReport : IDisposable
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // The report is a file for people and jq, never part of a page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly string path;
    private FileStream? stream;

    public ImportReport(string path, long keepBytes)
    {
        this.path = path;
        if (keepBytes == 0)
        {
            File.Delete(path);
        }
        else if (File.Exists(path))
        {
            stream = Open();
            stream.SetLength(Math.Min(keepBytes, stream.Length));
            stream.Position = stream.Length;
        }
    }

    public string Path => path;

    public long Bytes => stream?.Length ?? 0;

    public void Write(ReportLine line)
    {
        stream ??= Open();
        JsonSerializer.Serialize(stream, line, Json);
        stream.WriteByte((byte)'\n');
    }

    public void Flush() => stream?.Flush(flushToDisk: true);

    public void Dispose() => stream?.Dispose();

    private FileStream Open() => new(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
}
