using FluentAssertions;
using Google.Protobuf.WellKnownTypes;
using Ledger.Api.Hosting.Pages;
using Ledger.Api.Workers;
using Ledger.V1;
using Xunit;
using Value = Ledger.V1.Value;

namespace Ledger.Api.Tests.Workers;

/// <summary>A record as a spreadsheet opens it.</summary>
public sealed class RecordTableTests
{
    [Theory]
    [InlineData(true, ';', "Décision")]
    [InlineData(false, ',', "Decision")]
    public void Table_OpensInColumnsInASpreadsheetOfItsLanguage(bool french, char separator, string first)
    {
        RecordTable table = new(PageDesk.WordsIn(french));
        table.Head().Should().StartWith($"\uFEFF\"{first}\"{separator}\"").And.EndWith("\"\r\n");
        List<string> cells = Cells(table.Row(Recorded("bien fait")), separator);
        cells.Should().HaveCount(Cells(table.Head()[1..], separator).Count);
        cells[0].Should().Be("0badc0de-0000-4000-8000-000000000001");
        cells[1].Should().Be("2026-03-01 08:00", "the clock of the work site");
        string.Join('|', cells).Should().Contain("bien fait");
    }

    [Theory]
    [InlineData("=HYPERLINK(\"https://evil.example\")")]
    [InlineData("+1")]
    [InlineData("-1+2")]
    [InlineData("@SUM(A1)")]
    [InlineData("\t=1")]
    [InlineData("\r=1")]
    [InlineData(" =1")]
    [InlineData("＝1")]
    [InlineData("\"=1")]
    [InlineData("a;=1")]
    [InlineData("a\r\n=1")]
    public void Cell_ThatWouldBeAFormula_IsText(string planted)
    {
        foreach (bool french in new[] { true, false })
        {
            string row = new RecordTable(PageDesk.WordsIn(french)).Row(Recorded(planted));
            List<string> cells = Cells(row, french ? ';' : ',');
            string.Join("", cells).Should().Contain(planted, "nothing is lost");
            foreach (string cell in cells)
            {
                (cell.Length == 0 || !"=+-@\t\r＝".Contains(cell.TrimStart()[0], StringComparison.Ordinal)).Should().BeTrue(cell);
            }
        }
    }

    /// <summary>One row as RFC 4180 reads it.</summary>
    private static List<string> Cells(string row, char separator)
    {
        row.Should().EndWith("\r\n");
        List<string> cells = [];
        for (int at = 0; at < row.Length - 2; at++)
        {
            row[at].Should().Be('"');
            System.Text.StringBuilder cell = new();
            for (at++; row[at] != '"' || row[at + 1] == '"'; at++)
            {
                cell.Append(row[at]);
                at += row[at] == '"' ? 1 : 0;
            }

            cells.Add(cell.ToString());
            at++;
            (row[at] == separator || at == row.Length - 2).Should().BeTrue();
        }

        return cells;
    }

    private static RecordedDecision Recorded(string reason)
    {
        RecordedDecision recorded = new()
        {
            Decision = new Decision
            {
                DecisionId = "0badc0de-0000-4000-8000-000000000001",
                Category = Category.Evaluation,
                Kind = "graded",
                System = new AiSystemUse { SystemId = "s", Version = "1", Purpose = "p" },
                Automation = new Automation { Level = AutomationLevel.MachineDecides },
                Times = new Times { DecidedAt = Timestamp.FromDateTimeOffset(new DateTimeOffset(2026, 3, 1, 13, 0, 0, TimeSpan.Zero)), TimeZone = "America/Toronto" },
                Personal = new PersonalContent { Outcome = new Outcome { Code = "graded", After = new Value { Text = reason } } },
            },
        };
        recorded.Decision.Personal.Reasons.Add(new LocalizedText { Language = "fr-CA", Text = reason });
        recorded.Decision.Personal.Reasons.Add(new LocalizedText { Language = "en-CA", Text = reason });
        return recorded;
    }
}
