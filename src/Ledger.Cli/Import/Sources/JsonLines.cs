using System.Buffers;
using System.Text.Json;

namespace Ledger.Cli.Import.Sources;

/// <summary>JSON Lines: one object a line. A line that is not one is a bad row; the next line is read.</summary>
internal static class JsonLines
{
    public const int MaxLineBytes = 1 << 20;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    public static IEnumerable<Row> Read(Stream stream)
    {
        LineReader lines = new(stream);
        long number = 0;
        while (lines.Next())
        {
            if (lines.IsBlank)
            {
                continue;
            }

            yield return Parse(++number, lines);
        }
    }

    private static ObjectRow Parse(long number, LineReader lines)
    {
        if (lines.TooLong)
        {
            return Bad(number, lines.Number, ProblemCode.LineTooLong, ImportText.Say("LineTooLong", MaxLineBytes));
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(lines.Line, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? new ObjectRow(number, lines.Number, Members(document.RootElement))
                : Bad(number, lines.Number, ProblemCode.RowMalformed, ImportText.Say("NotAnObject"));
        }
        catch (JsonException error)
        {
            return Bad(number, lines.Number, ProblemCode.RowMalformed, ImportText.Say("NotJson", error.BytePositionInLine ?? 0));
        }
        catch (InvalidOperationException)
        {
            // A string that holds half a surrogate pair is JSON by its grammar, and cannot be text.
            return Bad(number, lines.Number, ProblemCode.RowMalformed, ImportText.Say("NotText"));
        }
    }

    private static ObjectRow Bad(long number, long line, string code, string message) =>
        new(number, line, ObjectRow.Nothing) { Fault = new Problem(code, "", message) };

    private static Dictionary<string, object?> Members(JsonElement element)
    {
        Dictionary<string, object?> members = new(StringComparer.Ordinal);
        foreach (JsonProperty property in element.EnumerateObject())
        {
            members[property.Name] = ValueOf(property.Value);
        }

        return members;
    }

    public static object? ValueOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => Members(element),
        JsonValueKind.Array => element.EnumerateArray().Select(ValueOf).ToArray(),
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.TryGetInt64(out long whole) ? whole : element.GetDouble(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>Lines as bytes in one buffer that never grows beyond the limit.</summary>
    private sealed class LineReader(Stream stream)
    {
        private byte[] buffer = new byte[1 << 16];
        private int start;
        private int end;
        private int length;
        private bool ended;
        private bool first = true;

        public long Number { get; private set; }

        public bool TooLong { get; private set; }

        public ReadOnlyMemory<byte> Line => buffer.AsMemory(start - length, Math.Max(0, length - 1));

        public bool IsBlank => !TooLong && Line.Span.Trim(" \t\r\n"u8).IsEmpty;

        public bool Next()
        {
            TooLong = false;
            int searched = 0;
            while (true)
            {
                int found = buffer.AsSpan(start + searched, end - start - searched).IndexOf((byte)'\n');
                if (found >= 0)
                {
                    Take(searched + found + 1);
                    return true;
                }

                searched = end - start;
                if (ended)
                {
                    if (searched == 0 && !TooLong)
                    {
                        return false;
                    }

                    // The last line need not end: give it the end it lacks.
                    EnsureRoom();
                    buffer[end++] = (byte)'\n';
                    Take(searched + 1);
                    return true;
                }

                if (searched > MaxLineBytes)
                {
                    TooLong = true;
                    start = end;
                    searched = 0;
                }

                Fill();
            }
        }

        private void Take(int count)
        {
            start += count;
            length = count;
            Number++;
            TooLong |= count - 1 > MaxLineBytes;
            if (first)
            {
                first = false;
                if (Line.Span.StartsWith("\uFEFF"u8))
                {
                    length -= 3;
                }
            }
        }

        private void Fill()
        {
            EnsureRoom();
            int read = stream.Read(buffer, end, buffer.Length - end);
            end += read;
            ended = read == 0;
        }

        private void EnsureRoom()
        {
            if (end < buffer.Length)
            {
                return;
            }

            if (start > 0)
            {
                buffer.AsSpan(start, end - start).CopyTo(buffer);
                end -= start;
                start = 0;
                return;
            }

            Array.Resize(ref buffer, buffer.Length * 2);
        }
    }
}
