using Ledger.EventStore.EventStoreDb.Protocol;
using Options = Ledger.EventStore.EventStoreDb.Protocol.ReadReq.Types.Options;
using OptionTypes = Ledger.EventStore.EventStoreDb.Protocol.ReadReq.Types.Options.Types;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>The four questions Ledger asks.</summary>
internal static class ReadRequests
{
    /// <summary>Every stream but those of the server itself.</summary>
    private const string NoSystemStream = @"^[^\$].*";

    public static ReadReq Stream(string stream, ReadDirection direction, long fromRevision, int maxCount)
    {
        var from = new OptionTypes.StreamOptions { StreamIdentifier = Wire.Stream(stream) };
        if (fromRevision == Revisions.End)
        {
            from.End = Wire.Empty;
        }
        else
        {
            from.Revision = (ulong)fromRevision;
        }

        return Request(new Options { Stream = from, ReadDirection = Direction(direction), Count = (ulong)maxCount, NoFilter = Wire.Empty });
    }

    public static ReadReq All(ReadDirection direction, StorePosition from, int maxCount) => Request(new Options
    {
        All = From(from),
        ReadDirection = Direction(direction),
        // One more: the protocol reads forwards from the position itself, which the caller has already seen.
        Count = (ulong)maxCount + 1,
        Filter = Filter([], EventStoreDbLimits.SearchWindowEvents),
    });

    public static ReadReq Subscription(StorePosition after, IReadOnlyList<string> streamPrefixes) => Request(new Options
    {
        All = From(after),
        Subscription = new OptionTypes.SubscriptionOptions(),
        Filter = Filter(streamPrefixes, EventStoreDbLimits.CheckpointIntervalEvents),
    });

    /// <summary>The very last event, of whatever stream.</summary>
    public static ReadReq Last() => Request(new Options
    {
        All = From(StorePosition.End),
        ReadDirection = OptionTypes.ReadDirection.Backwards,
        Count = 1,
        NoFilter = Wire.Empty,
    });

    private static ReadReq Request(Options options)
    {
        options.UuidOption = new OptionTypes.UUIDOption { Structured = Wire.Empty };
        return new ReadReq { Options = options };
    }

    private static OptionTypes.ReadDirection Direction(ReadDirection direction) =>
        direction == ReadDirection.Forwards ? OptionTypes.ReadDirection.Forwards : OptionTypes.ReadDirection.Backwards;

    private static OptionTypes.AllOptions From(StorePosition position)
    {
        var from = new OptionTypes.AllOptions();
        if (position == StorePosition.Start)
        {
            from.Start = Wire.Empty;
        }
        else if (position == StorePosition.End)
        {
            from.End = Wire.Empty;
        }
        else
        {
            from.Position = Wire.Position(position);
        }

        return from;
    }

    private static OptionTypes.FilterOptions Filter(IReadOnlyList<string> prefixes, uint window)
    {
        var names = new OptionTypes.FilterOptions.Types.Expression();
        if (prefixes.Count == 0)
        {
            names.Regex = NoSystemStream;
        }
        else
        {
            names.Prefix.AddRange(prefixes);
        }

        return new OptionTypes.FilterOptions { StreamIdentifier = names, Max = window, CheckpointIntervalMultiplier = 1 };
    }
}
