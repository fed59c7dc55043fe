using System.Diagnostics;
using System.Text.Json;
using FluentAssertions;
using Ledger.Cli.Import;
using Ledger.Cli.Import.Mapping;
using Ledger.Cli.Import.Sources;
using Ledger.V1;
using Xunit;

namespace Ledger.Cli.Tests.Import;

/// <summary>The whole public sources, by the importer and by a few independent lines of Python.</summary>
public sealed class RealSourcesTests
{
    [SkippableTheory]
    [InlineData("ai-hiring", "resume_rankings.jsonl.gz")]
    [InlineData("bpi2012", "BPI_Challenge_2012.xes.gz")]
    [InlineData("production", "Production.csv")]
    [InlineData("garments", "garments_worker_productivity.csv")]
    public async Task RealSource_CountedByTheImporterAndByPython_IsTheSame(string name, string file)
    {
        Skip.IfNot(Directory.Exists(Sample.SharedData), "not found: ../shared/data");
        JsonElement python = await Python.Value;
        JsonElement expected = python.GetProperty(name);
        string path = Path.Combine(Sample.SharedData, name, file);
        ImportMapping mapping = Sample.Committed(name);

        ImportCounts counts = Importer.Try(new ImportRequest(path, mapping, name), TimeProvider.System, 0, null, CancellationToken.None).Counts;
        Totals totals = Totals.Of(path, mapping);

        Dictionary<string, long> found = new(StringComparer.Ordinal)
        {
            ["rows"] = counts.Rows,
            ["badRows"] = counts.BadRows,
            ["decisions"] = counts.Decisions,
            ["workers"] = totals.Workers.Count,
            ["adverse"] = totals.Adverse,
            ["taskSeconds"] = (long)Math.Round(totals.Seconds),
            ["rankingsMain"] = totals.Main / 8,
            ["rankingsOversampled"] = totals.Oversampled / 8,
        };
        foreach ((string key, long count) in counts.ByRule.Concat(counts.PartOf).Concat(counts.Skipped))
        {
            found[key] = count;
        }

        foreach (JsonProperty property in expected.EnumerateObject().Where(property => property.Value.ValueKind == JsonValueKind.Number))
        {
            found.Should().ContainKey(property.Name);
            found[property.Name].Should().Be(property.Value.GetInt64(), property.Name);
        }

        if (expected.TryGetProperty("selectedByGroup", out JsonElement groups))
        {
            totals.Selected.Values.Order().Should().Equal(groups.EnumerateObject().Select(group => group.Value.GetInt64()).Order());
        }

        counts.Refused.Should().Be(0, "a dry run sees nothing that the server would refuse");
        (counts.RowsWithDecisions + counts.RowsPartOf + counts.RowsSkipped + counts.BadRows).Should().Be(counts.Rows, "every row is accounted for");
        totals.Ids.Should().Be(counts.Decisions, "no two decisions have the same id");
    }

    private static readonly Lazy<Task<JsonElement>> Python = new(RunPythonAsync);

    private static async Task<JsonElement> RunPythonAsync()
    {
        ProcessStartInfo start = new("python3", [Path.Combine(Sample.Repository, "tests", "import_counts.py"), Sample.SharedData]) { RedirectStandardOutput = true, UseShellExecute = false };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.Should().Be(0);
        return JsonSerializer.Deserialize<JsonElement>(output);
    }

    private sealed class Totals
    {
        public HashSet<string> Workers { get; } = new(StringComparer.Ordinal);

        public SortedDictionary<string, long> Selected { get; } = new(StringComparer.Ordinal);

        public long Adverse { get; private set; }

        public double Seconds { get; private set; }

        public long Main { get; private set; }

        public long Oversampled { get; private set; }

        public long Ids { get; private set; }

        public static Totals Of(string path, ImportMapping mapping)
        {
            using SourceFile source = SourceFile.Open(path, mapping.Source)!;
            Totals totals = new();
            HashSet<string> ids = new(StringComparer.Ordinal);
            foreach (Decision decision in source.Rows().SelectMany(row => mapping.Map(row).Decisions).Select(made => made.Decision))
            {
                ids.Add(decision.DecisionId);
                totals.Add(decision);
            }

            totals.Ids = ids.Count;
            return totals;
        }

        private void Add(Decision decision)
        {
            Workers.Add(decision.Subject.EmployeeNumber);
            Adverse += decision.Adverse ? 1 : 0;
            Seconds += decision.Personal.Measures.Sum(measure => measure.Duration?.ToTimeSpan().TotalSeconds ?? 0);
            Main += decision.Kind == "ranked" ? 1 : 0;
            Oversampled += decision.Kind == "ranked_oversampled" ? 1 : 0;
            if (decision.Personal.Outcome.Code == "selected")
            {
                string group = decision.Personal.Parameters.Single(parameter => parameter.Name == "group").Value.Text;
                Selected[group] = Selected.GetValueOrDefault(group) + 1;
            }
        }
    }
}
