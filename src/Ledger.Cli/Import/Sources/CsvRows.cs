using System.Text;
using nietras.SeparatedValues;

namespace Ledger.Cli.Import.Sources;

/// <summary>CSV by RFC 4180 with a header. A record with another number of columns is a bad row; the next is read.</summary>
internal static class CsvRows
{
    public static IEnumerable<Row> Read(Stream stream, char delimiter)
    {
        using StreamReader text = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), detectEncodingFromByteOrderMarks: true);
        using SepReader reader = Sep.New(delimiter).Reader(o => o with { Unescape = true, DisableColCountCheck = true, HasHeader = true }).From(text);
        Dictionary<string, int> header = new(StringComparer.Ordinal);
        foreach (string name in reader.Header.ColNames)
        {
            header.TryAdd(name.Trim(), header.Count);
        }

        long number = 0;
        while (Next(reader))
        {
            if (Parse(reader.Current, number + 1, header, reader.Header.ColNames.Count) is { } row)
            {
                number++;
                yield return row;
            }
        }
    }

    private static bool Next(SepReader reader)
    {
        try
        {
            return reader.MoveNext();
        }
        catch (Exception error) when (error is NotSupportedException or ArgumentException or InvalidDataException && error is not ImportException)
        {
            // A quote that never closes swallows the rest of the file until Sep's own limit: nothing after it can be trusted.
            throw new ImportException(ImportText.Say("CsvUnreadable", error.Message), error);
        }
    }

    private static Row? Parse(SepReader.Row record, long number, Dictionary<string, int> header, int columns)
    {
        long line = record.LineNumberFrom;
        if (record.ColCount == 1 && record[0].Span.IsWhiteSpace() && columns > 1)
        {
            return null;
        }

        if (record.ColCount != columns)
        {
            string message = ImportText.Say("ColumnsDiffer", columns, record.ColCount);
            return new ObjectRow(number, line, ObjectRow.Nothing) { Fault = new Problem(ProblemCode.ColumnsDiffer, "", message) };
        }

        string[] values = new string[columns];
        for (int i = 0; i < columns; i++)
        {
            values[i] = record[i].Span.Trim().ToString();
        }

        return new ColumnRow(number, line, header, values);
    }
}
