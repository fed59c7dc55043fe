using System.IO.Compression;
using System.Text;
using System.Text.Json;
using CsCheck;
using FluentAssertions;
using Ledger.Cli.Import;
using Ledger.Cli.Import.Sources;
using Xunit;

namespace Ledger.Cli.Tests.Import;

public sealed class SourceTests
{
    private static readonly Gen<string> Cell = Gen.String[Gen.Char["abc \"',;\nédZ09"], 0, 12].Select(text => text.Trim());

    [Fact]
    public void Csv_OfAnyCells_GivesThemBack() =>
        Cell.Array[3].Array[1, 8].Sample(rows =>
        {
            // A record of one empty line cannot be told from a blank line.
            string csv = "a,b,c\n" + string.Concat(rows.Select(row => string.Join(',', row.Select(Quote)) + "\n"));
            return CsvRows.Read(Bytes(csv), ',').Select(row => new[] { "a", "b", "c" }.Select(name => Get(row, name)).ToArray())
                .Zip(rows).All(pair => pair.First.SequenceEqual(pair.Second));
        });

    [Fact]
    public void Csv_RowWithAnotherNumberOfColumns_IsBadAndTheNextIsRead()
    {
        Row[] rows = [.. CsvRows.Read(Bytes("\uFEFFa,b\n1,2\n3\n4,5,6\n\n7,8\n"), ',')];

        rows.Select(row => row.Fault?.Code).Should().Equal(null, ProblemCode.ColumnsDiffer, ProblemCode.ColumnsDiffer, null);
        rows.Select(row => row.Line).Should().Equal(2, 3, 4, 6);
        Get(rows[3], "a").Should().Be("7");
    }

    [Fact]
    public void JsonLines_OfAnyObjects_GivesThemBack() =>
        Gen.Select(Gen.String, Gen.Long, Gen.Bool).Array[1, 20].Sample(rows =>
        {
            string text = string.Concat(rows.Select(row => JsonSerializer.Serialize(new { t = Clean(row.Item1), n = row.Item2, f = row.Item3 }) + "\n"));
            return JsonLines.Read(Bytes(text)).Zip(rows).All(pair =>
                Equals(Get(pair.First, "t"), Clean(pair.Second.Item1)) && Equals(Get(pair.First, "n"), pair.Second.Item2) && Equals(Get(pair.First, "f"), pair.Second.Item3));
        });

    [Fact]
    public void JsonLines_BadLine_IsNamedAndTheNextIsRead()
    {
        string text = "\uFEFF{\"a\":1}\n\nnot json\n[1]\n{\"a\":1,\"a\":2}\n{\"a\":\"\\ud800\"}\n{\"a\":" + new string(' ', JsonLines.MaxLineBytes) + "1}\n{\"b\":{\"c\":7}}";

        Row[] rows = [.. JsonLines.Read(Bytes(text))];

        rows.Select(row => row.Fault?.Code).Should().Equal(
            null, ProblemCode.RowMalformed, ProblemCode.RowMalformed, ProblemCode.RowMalformed, ProblemCode.RowMalformed, ProblemCode.LineTooLong, null);
        rows.Select(row => row.Line).Should().Equal(1, 3, 4, 5, 6, 7, 8);
        Get(rows[6], "b.c").Should().Be(7L);
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, ProblemCode.LineTooLong)]
    public void JsonLines_AtTheLimit_IsReadAndOnePastIsNot(int more, string? code)
    {
        string line = "{\"a\":1}";
        string text = line + new string(' ', JsonLines.MaxLineBytes - line.Length + more) + "\n{\"a\":2}\n";

        Row[] rows = [.. JsonLines.Read(Bytes(text))];

        rows.Select(row => row.Fault?.Code).Should().Equal(code, null);
    }

    [Fact]
    public void Xes_StartAndCompletion_ArePairedByTaskAndResource()
    {
        XesLink link = new("begun", "COMPLETE", "START", ["concept:name", "org:resource"], Ahead: false);
        string log = Log(Event("W", "START", "1", 1), Event("W", "START", "2", 2), Event("W", "COMPLETE", "1", 3), Event("W", "COMPLETE", "1", 4), Event("V", "COMPLETE", "2", 5));

        Row[] rows = [.. XesEvents.Read(Bytes(log), [link])];

        Get(rows[2], "begun.time:timestamp").Should().Be("2026-01-01T00:00:01Z");
        Get(rows[2], "trace.concept:name").Should().Be("T");
        string.Join(' ', rows.Select(row => Get(row, "@begun") ?? "-")).Should().Be("to - from - -");
        string.Join(' ', rows.Select(row => Get(row, "@event"))).Should().Be("1 2 3 4 5");
    }

    [Fact]
    public void Xes_ScheduleLooksAhead_ButNotPastAnotherSchedule()
    {
        XesLink link = new("taken", "SCHEDULE", "START", ["concept:name"], Ahead: true);
        string log = Log(Event("W", "SCHEDULE", "112", 1), Event("W", "SCHEDULE", "112", 2), Event("W", "START", "7", 3), Event("W", "START", "8", 4));

        Row[] rows = [.. XesEvents.Read(Bytes(log), [link])];

        string.Join(' ', rows.Select(row => Get(row, "taken.org:resource") ?? "-")).Should().Be("- 7 - -");
    }

    [Fact]
    public void Xes_ThatBreaksOff_GivesItsWholeTracesAndSaysWhere()
    {
        string whole = Log(Event("W", "START", "1", 1));
        string broken = whole.Replace("</log>", "<trace><event><string key=", StringComparison.Ordinal);
        List<Row> rows = [];

        Action read = () => rows.AddRange(XesEvents.Read(Bytes(broken), []).Select(row => { rows.Add(row); return row; }).Where(_ => false));

        read.Should().Throw<ImportException>();
        rows.Should().ContainSingle();
    }

    [Fact]
    public void Xes_WithADocumentType_IsRefused()
    {
        Func<int> read = () => XesEvents.Read(Bytes("<!DOCTYPE log [<!ENTITY a \"b\">]><log/>"), []).Count();

        read.Should().Throw<ImportException>();
    }

    [Theory]
    [InlineData("x.jsonl.gz")]
    [InlineData("x.ndjson")]
    public void File_ZippedOrNot_IsReadByItsNameAndFirstBytes(string name)
    {
        using Folder folder = new();
        string path = folder.Path(name);
        using (Stream stream = name.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(File.Create(path), CompressionLevel.Fastest) : File.Create(path))
        {
            stream.Write("{\"a\":1}\n"u8);
        }

        using SourceFile file = SourceFile.Open(path, SourceOptions.Default)!;
        file.Rows().Should().ContainSingle();
        SourceFile.Open(folder.Write("x.txt", ""), SourceOptions.Default).Should().BeNull();
    }

    private static object? Get(Row row, string name) => row.TryGet(name, out object? value) ? value : null;

    private static MemoryStream Bytes(string text) => new(Encoding.UTF8.GetBytes(text));

    private static string Quote(string cell) => "\"" + cell.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private static string Clean(string text) => new(text.Where(character => !char.IsSurrogate(character)).ToArray());

    private static string Log(params string[] events) => "<log><trace><string key=\"concept:name\" value=\"T\"/>" + string.Concat(events) + "</trace></log>";

    private static string Event(string name, string transition, string resource, int second) =>
        $"<event><string key=\"concept:name\" value=\"{name}\"/><string key=\"lifecycle:transition\" value=\"{transition}\"/>"
        + $"<string key=\"org:resource\" value=\"{resource}\"/><date key=\"time:timestamp\" value=\"2026-01-01T00:00:0{second}Z\"/></event>";
}
