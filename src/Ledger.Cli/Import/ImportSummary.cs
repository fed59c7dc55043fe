using Ledger.V1;

namespace Ledger.Cli.Import;

/// <summary>The account of an import for people.</summary>
internal static class ImportSummary
{
    public static double Rate(long decisions, TimeSpan elapsed) => elapsed > TimeSpan.Zero ? decisions / elapsed.TotalSeconds : 0;

    public static void Write(TextWriter to, ImportRequest request, ImportResult result)
    {
        ImportCounts counts = result.Counts;
        Rows(to, counts);
        Line(to, "LineDecisions", counts.Decisions);
        Each(to, counts.ByRule);
        Line(to, "LineRecorded", counts.Recorded);
        Line(to, "LineAlready", counts.Already);
        Line(to, "LineRefused", counts.Refused);
        Each(to, counts.RefusedBy);
        Line(to, "LineTime", result.Elapsed.TotalSeconds, "N1");
        Line(to, "LineRate", Rate(result.DecisionsThisRun, result.Elapsed));
        if (counts.BadRows + counts.Refused > 0 && request.ReportPath is { } report)
        {
            to.WriteLine(ImportText.Say("ReportAt", report));
        }
    }

    public static void WriteDryRun(TextWriter to, DryRun dry)
    {
        to.WriteLine(ImportText.Say("DryRunTitle"));
        Rows(to, dry.Counts);
        Line(to, "LineDecisions", dry.Counts.Decisions);
        Each(to, dry.Counts.ByRule);
        Line(to, "LineWouldRefuse", dry.Counts.Refused);
        Each(to, dry.Counts.RefusedBy);
        if (dry.Problems.Count > 0)
        {
            to.WriteLine(ImportText.Say("DryRunProblems"));
            foreach (ReportLine problem in dry.Problems)
            {
                to.WriteLine("  " + ImportText.Say("ProblemLine", problem.Line, problem.Field, problem.Message, problem.Code));
            }
        }

        if (dry.Examples.Count > 0)
        {
            to.WriteLine(ImportText.Say("DryRunExamples"));
            foreach (Decision decision in dry.Examples)
            {
                to.WriteLine(Google.Protobuf.JsonFormatter.Default.Format(decision));
            }
        }
    }

    private static void Rows(TextWriter to, ImportCounts counts)
    {
        Line(to, "LineRows", counts.Rows);
        Line(to, "LineWith", counts.RowsWithDecisions);
        Line(to, "LinePartOf", counts.RowsPartOf);
        Each(to, counts.PartOf);
        Line(to, "LineSkipped", counts.RowsSkipped);
        Each(to, counts.Skipped);
        Line(to, "LineBad", counts.BadRows);
        Each(to, counts.Bad);
    }

    private static void Line(TextWriter to, string key, double number, string format = "N0") =>
        to.WriteLine($"{ImportText.Say(key),-48}{number.ToString(format, ImportText.Culture),14}");

    private static void Each(TextWriter to, IEnumerable<KeyValuePair<string, long>> counts)
    {
        foreach ((string name, long count) in counts)
        {
            to.WriteLine($"{"    " + name,-48}{count.ToString("N0", ImportText.Culture),14}");
        }
    }
}
