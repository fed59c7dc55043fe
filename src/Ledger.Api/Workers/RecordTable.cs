using System.Text;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;

namespace Ledger.Api.Workers;

/// <summary>
/// A record as a table for a spreadsheet (RFC 4180), one decision a row, in words: as Excel of the reader's language opens it (semicolons where numbers
/// have a comma, UTF-8 with its mark), and with no cell that it would take for a formula.
/// </summary>
/// <param name="words">The reader's language.</param>
/// <param name="toWorker">Whether the reader is the worker.</param>
internal sealed class RecordTable(Words words, bool toWorker = true)
{
    private static readonly string[] Points =
    [
        "point.automation", "point.reasons", "point.factors", "point.score", "point.recommendation", "point.review", "point.data", "point.measures", "point.notice",
        "point.ground", "point.system", "point.effective", "point.place", "point.receipt",
    ];

    private readonly DecisionInWords inWords = new(words);
    private readonly char separator = words.IsFrench ? ';' : ',';

    /// <summary>The first line, with the mark that says UTF-8.</summary>
    public string Head() => '\uFEFF' + Line([words["file.column.id"], words["file.column.when"], words["file.column.sentence"], words["one.effect"], .. Points.Select(p => words[p])]);

    /// <summary>One decision.</summary>
    public string Row(V1.RecordedDecision recorded)
    {
        V1.Decision decision = recorded.Decision;
        Dictionary<string, string> points = inWords.Points(recorded).ToDictionary(p => p.Label, p => p.Words, StringComparer.Ordinal);
        return Line(
        [
            decision.DecisionId,
            Words.At(decision.Times.DecidedAt.ToDateTimeOffset(), decision.Times.TimeZone).ToString("yyyy-MM-dd HH:mm", words.Culture),
            inWords.Sentence(decision, toWorker),
            words[decision.Adverse ? "trail.adverse" : "trail.notAdverse"],
            .. Points.Select(p => points.GetValueOrDefault(words[p], "")),
        ]);
    }

    private string Line(IEnumerable<string> cells) => string.Join(separator, cells.Select(Cell)) + "\r\n";

    /// <summary>A cell in quotes. One that begins like a formula gets an apostrophe before it, which a spreadsheet takes for "this is text" (OWASP, CSV injection).</summary>
    private static string Cell(string text)
    {
        StringBuilder cell = new("\"");
        if (text.TrimStart(' ', '\u00A0') is [('=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20'), ..])
        {
            cell.Append('\'');
        }

        return cell.Append(text.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"').ToString();
    }
}
