using System.Text;

namespace Ledger.Verification;

/// <summary>In what a stored event differs from its entry in the log.</summary>
public enum EventChange
{
    /// <summary>In nothing: the event makes the entry.</summary>
    None,

    /// <summary>Its data was changed.</summary>
    Data,

    /// <summary>Its metadata was changed, so that its salts may be others too.</summary>
    Metadata,

    /// <summary>Its type was changed.</summary>
    Type,

    /// <summary>Its id was changed.</summary>
    Id,

    /// <summary>It stands in another stream, or at another revision, than when it was recorded.</summary>
    Place,

    /// <summary>It is another event.</summary>
    Other,
}

/// <summary>Holds a stored event against an entry of the log.</summary>
public static class EventDifference
{
    /// <summary>What was changed since the entry was made; <see cref="EventChange.Other"/> when they have nothing in common.</summary>
    /// <param name="stored">The event as the store has it now.</param>
    /// <param name="entry">Bytes of an entry that is proven to be in the log.</param>
    public static EventChange Find(EventBytes stored, ReadOnlySpan<byte> entry)
    {
        byte[] now = LogEntry.Encode(stored);
        if (entry.SequenceEqual(now))
        {
            return EventChange.None;
        }

        string[] recorded = Lines(entry);
        string[] found = Lines(now);
        if (recorded.Length != found.Length)
        {
            return EventChange.Other;
        }

        bool id = Same(1);
        bool type = Same(2);
        bool label = Same(3);
        bool data = Same(4);
        bool metadata = Same(5);
        return !id ? (data && metadata && type && label ? EventChange.Id : EventChange.Other)
            : !metadata ? EventChange.Metadata
            : !data ? EventChange.Data
            : !type ? EventChange.Type
            : EventChange.Place;

        bool Same(int line) => string.Equals(recorded[line], found[line], StringComparison.Ordinal);
    }

    /// <summary>The event id that an entry names, or nothing if it is no entry of this format.</summary>
    public static Guid? IdOf(ReadOnlySpan<byte> entry) =>
        Lines(entry) is ["ledger-entry/v1", var id, ..] && Guid.TryParseExact(id, "D", out Guid parsed) ? parsed : null;

    private static string[] Lines(ReadOnlySpan<byte> entry) => Encoding.UTF8.GetString(entry).Split('\n');
}
