using System.Globalization;
using System.Xml;

namespace Ledger.Cli.Import.Sources;

/// <summary>Joins an event with another of the same trace: see <c>source.links</c> in docs/import/mapping.md.</summary>
/// <param name="Name">Prefix under which the fields of the other event are reached.</param>
/// <param name="From">Lifecycle transition of the event that gets the other's fields.</param>
/// <param name="To">Lifecycle transition of the other event.</param>
/// <param name="Same">Attributes that must be equal, absent on both sides included.</param>
/// <param name="Ahead">The next one after it rather than the last open one before it.</param>
internal sealed record XesLink(string Name, string From, string To, IReadOnlyList<string> Same, bool Ahead);

/// <summary>Events of an IEEE 1849 (XES) log, trace by trace; one trace is held at a time.</summary>
internal static class XesEvents
{
    public const int MaxEventsPerTrace = 100_000;

    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        IgnoreWhitespace = true,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    };

    public static IEnumerable<Row> Read(Stream stream, IReadOnlyList<XesLink> links)
    {
        using XmlReader reader = XmlReader.Create(stream, Settings);
        long number = 0;
        while (Guarded(() => ToTrace(reader)))
        {
            List<EventRow> events = [];
            Guarded(() => Trace(reader, ref number, events));
            Link(events, links);
            foreach (EventRow row in events)
            {
                yield return row;
            }
        }
    }

    private static T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (XmlException error)
        {
            throw new ImportException(ImportText.Say("XmlUnreadable", error.LineNumber, error.Message), error);
        }
    }

    private static bool ToTrace(XmlReader reader)
    {
        while (reader.NodeType != XmlNodeType.Element || reader.LocalName != "trace")
        {
            if (!reader.Read())
            {
                return false;
            }
        }

        return true;
    }

    private static bool Trace(XmlReader reader, ref long number, List<EventRow> events)
    {
        Dictionary<string, object?> trace = new(StringComparer.Ordinal);
        if (reader.IsEmptyElement)
        {
            return reader.Read();
        }

        reader.Read();
        while (reader.NodeType == XmlNodeType.Element)
        {
            if (reader.LocalName != "event")
            {
                Attribute(reader, trace);
                continue;
            }

            if (events.Count == MaxEventsPerTrace)
            {
                throw new ImportException(ImportText.Say("TraceTooLong", MaxEventsPerTrace));
            }

            long line = ((IXmlLineInfo)reader).LineNumber;
            events.Add(new EventRow(++number, line, events.Count + 1, Event(reader), trace));
        }

        return reader.Read();
    }

    private static Dictionary<string, object?> Event(XmlReader reader)
    {
        Dictionary<string, object?> fields = new(StringComparer.Ordinal);
        if (reader.IsEmptyElement)
        {
            reader.Read();
            return fields;
        }

        reader.Read();
        while (reader.NodeType == XmlNodeType.Element)
        {
            Attribute(reader, fields);
        }

        reader.Read();
        return fields;
    }

    private static void Attribute(XmlReader reader, Dictionary<string, object?> into)
    {
        if (reader.GetAttribute("key") is { } key && reader.GetAttribute("value") is { } value)
        {
            into[key] = value;
        }

        // Attributes of attributes are not part of the mapping's language.
        reader.Skip();
    }

    private static void Link(List<EventRow> events, IReadOnlyList<XesLink> links)
    {
        foreach (XesLink link in links)
        {
            Dictionary<string, Stack<EventRow>> open = new(StringComparer.Ordinal);
            foreach (EventRow row in events)
            {
                string? transition = row.Transition;
                bool opens = string.Equals(transition, link.Ahead ? link.From : link.To, StringComparison.OrdinalIgnoreCase);
                bool closes = string.Equals(transition, link.Ahead ? link.To : link.From, StringComparison.OrdinalIgnoreCase);
                if (!opens && !closes)
                {
                    continue;
                }

                string key = row.Key(link.Same);
                if (!open.TryGetValue(key, out Stack<EventRow>? waiting))
                {
                    open[key] = waiting = new Stack<EventRow>();
                }

                if (opens)
                {
                    // Looking ahead, a second asking before any answer leaves the first without one.
                    if (link.Ahead)
                    {
                        waiting.Clear();
                    }

                    waiting.Push(row);
                }
                else if (waiting.TryPop(out EventRow? other))
                {
                    (EventRow from, EventRow to) = link.Ahead ? (other, row) : (row, other);
                    from.Join(link.Name, to);
                }
            }
        }
    }

    /// <summary>
    /// An event: its attributes; those of its trace as <c>trace.…</c>; those of a linked event as <c>{link}.…</c>;
    /// <c>@event</c>, its number in the trace; <c>@{link}</c>, "from" or "to".
    /// </summary>
    internal sealed class EventRow(long number, long line, int index, Dictionary<string, object?> fields, Dictionary<string, object?> trace) : Row(number, line)
    {
        private Dictionary<string, EventRow>? linked;

        public string? Transition => fields.GetValueOrDefault("lifecycle:transition") as string;

        public void Join(string name, EventRow other)
        {
            linked ??= new Dictionary<string, EventRow>(StringComparer.Ordinal);
            linked[name] = other;
            Mark(name, "from");
            other.Mark(name, "to");
        }

        private void Mark(string name, string end) => fields["@" + name] = end;

        public string Key(IReadOnlyList<string> names) =>
            string.Join('\u001f', names.Select(name => fields.GetValueOrDefault(name) as string ?? "\u001e"));

        public override bool TryGet(string name, out object? value)
        {
            if (fields.TryGetValue(name, out value))
            {
                return true;
            }

            if (name == "@event")
            {
                value = index.ToString(CultureInfo.InvariantCulture);
                return true;
            }

            int dot = name.IndexOf('.', StringComparison.Ordinal);
            if (dot > 0)
            {
                string prefix = name[..dot];
                string rest = name[(dot + 1)..];
                if (prefix == "trace")
                {
                    return trace.TryGetValue(rest, out value);
                }

                if (linked is not null && linked.TryGetValue(prefix, out EventRow? other))
                {
                    return other.TryGet(rest, out value);
                }
            }

            value = null;
            return false;
        }
    }
}
