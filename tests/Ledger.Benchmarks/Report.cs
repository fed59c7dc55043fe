using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ledger.Benchmarks;

/// <summary>The table for people and the JSON for scripts.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
    private static readonly JsonSerializerOptions OneLine = new(Indented) { WriteIndented = false, DefaultIgnoreCondition = JsonIgnoreCondition.Never };

    public static string Line(Row row) => JsonSerializer.Serialize(Entry(row), OneLine);

    public static async Task WriteAsync(string file, Machine machine, DateTimeOffset at, int seed, IReadOnlyList<Row> rows, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        var report = new { schema = 1, measuredAt = at, seed, machine, clientOnSameCores = true, rows = rows.Select(Entry) };
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(report, Indented) + "\n", cancellationToken);
    }

    public static void Print(TextWriter to, Machine machine, IReadOnlyList<Row> rows)
    {
        string[] head = ["name", "value", "unit", "baseline", "baseline value", "ratio", "target", "met"];
        var cells = rows.Select(row => new[]
        {
            row.Definition.Name, Number(row.Value), row.Definition.Unit, row.Definition.Baseline ?? "", Number(row.BaselineValue),
            row.Ratio is { } ratio ? ratio.ToString("0.00", CultureInfo.InvariantCulture) : "", row.Definition.Target.Text,
            row.Met switch { true => "yes", false => "NO", null => "" },
        }).Prepend(head).ToList();
        var widths = head.Select((_, column) => cells.Max(row => row[column].Length)).ToArray();

        to.WriteLine($"{machine}; the client is on the same cores");
        to.WriteLine();
        for (var i = 0; i < cells.Count; i++)
        {
            to.WriteLine(string.Join("  ", cells[i].Select((cell, column) => column is 1 or 4 or 5 ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
            if (i == 0)
            {
                to.WriteLine(string.Join("  ", widths.Select(width => new string('─', width))));
            }
        }

        foreach (var row in rows.Where(row => row.Note is not null))
        {
            to.WriteLine($"{row.Definition.Name}: {row.Note}");
        }
    }

    private static object Entry(Row row) => new
    {
        name = row.Definition.Name,
        value = Rounded(row.Value),
        unit = row.Definition.Unit,
        baseline = row.Definition.Baseline,
        baselineValue = Rounded(row.BaselineValue),
        ratio = Rounded(row.Ratio),
        target = row.Definition.Target.Text,
        met = row.Met,
        meaning = row.Definition.Meaning,
        note = row.Note,
    };

    private static double? Rounded(double? value) => value is { } v ? Math.Round(v, v < 100 ? 3 : 0) : null;

    private static string Number(double? value) =>
        value is { } v ? v.ToString(v < 100 ? "0.###" : "N0", CultureInfo.InvariantCulture) : "";
}
