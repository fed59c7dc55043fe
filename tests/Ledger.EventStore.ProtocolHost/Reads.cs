using System.Text.RegularExpressions;
using Grpc.Core;
using Ledger.EventStore;
using Ledger.ProtocolHosting.Protocol;
using Options = Ledger.ProtocolHosting.Protocol.ReadReq.Types.Options;
using OptionTypes = Ledger.ProtocolHosting.Protocol.ReadReq.Types.Options.Types;

namespace Ledger.ProtocolHosting;

/// <summary>One Read call: of a stream or of all, once or without an end.</summary>
internal sealed class Reads(Node node, Options options, IServerStreamWriter<ReadResp> responses, CancellationToken cancellationToken)
{
    private readonly bool _idsAsText = options.UuidOption?.ContentCase == OptionTypes.UUIDOption.ContentOneofCase.String;

    private readonly ReadDirection _direction =
        options.ReadDirection == OptionTypes.ReadDirection.Forwards ? ReadDirection.Forwards : ReadDirection.Backwards;

    private readonly int _count = (int)Math.Min(options.Count, int.MaxValue);

    public Task RunAsync() => (options.StreamOptionCase, options.CountOptionCase) switch
    {
        (Options.StreamOptionOneofCase.Stream, Options.CountOptionOneofCase.Count) => StreamAsync(),
        (Options.StreamOptionOneofCase.All, Options.CountOptionOneofCase.Count) => AllAsync(),
        (Options.StreamOptionOneofCase.Stream, Options.CountOptionOneofCase.Subscription) => FollowStreamAsync(),
        (Options.StreamOptionOneofCase.All, Options.CountOptionOneofCase.Subscription) => FollowAllAsync(),
        _ => throw new RpcException(new Status(StatusCode.InvalidArgument, "Invalid combination of options")),
    };

    private async Task StreamAsync()
    {
        string stream = Wire.Name(options.Stream.StreamIdentifier);
        long from = options.Stream.RevisionOptionCase switch
        {
            OptionTypes.StreamOptions.RevisionOptionOneofCase.Revision => (long)options.Stream.Revision,
            OptionTypes.StreamOptions.RevisionOptionOneofCase.End => Revisions.End,
            _ => 0,
        };
        bool any = false;
        await foreach (RecordedEvent @event in node.Store.ReadStreamAsync(stream, _direction, from, _count, cancellationToken))
        {
            any = true;
            await SendAsync(@event);
        }

        if (!any && !await ExistsAsync(stream))
        {
            await responses.WriteAsync(
                new ReadResp { StreamNotFound = new ReadResp.Types.StreamNotFound { StreamIdentifier = options.Stream.StreamIdentifier } },
                cancellationToken);
        }
    }

    private async Task AllAsync()
    {
        StorePosition from = From(_direction == ReadDirection.Forwards ? StorePosition.Start : StorePosition.End);
        if (_direction == ReadDirection.Forwards && from != StorePosition.Start && from != StorePosition.End)
        {
            // The protocol reads forwards from the position itself, our store from after it.
            from = new StorePosition(from.Commit - 1, from.Prepare - 1);
        }

        int left = _count;
        Func<RecordedEvent, bool> wanted = Filter();
        await foreach (RecordedEvent @event in node.Store.ReadAllAsync(_direction, from, int.MaxValue, cancellationToken))
        {
            if (left == 0)
            {
                break;
            }

            if (wanted(@event))
            {
                left--;
                await SendAsync(@event);
            }
        }
    }

    private async Task FollowStreamAsync()
    {
        string stream = Wire.Name(options.Stream.StreamIdentifier);
        (long after, StorePosition from) = options.Stream.RevisionOptionCase switch
        {
            OptionTypes.StreamOptions.RevisionOptionOneofCase.Revision => ((long)options.Stream.Revision, StorePosition.Start),
            OptionTypes.StreamOptions.RevisionOptionOneofCase.End => (-1, StorePosition.End),
            _ => (-1, StorePosition.Start),
        };
        await FollowAsync(from, [stream], @event => string.Equals(@event.Stream, stream, StringComparison.Ordinal) && @event.Revision > after);
    }

    // Prefixes go to the store, so that its own filter and checkpoints are what is tested.
    private Task FollowAllAsync()
    {
        OptionTypes.FilterOptions.Types.Expression? names = options.Filter?.StreamIdentifier;
        return names is { Regex.Length: 0, Prefix.Count: > 0 }
            ? FollowAsync(From(StorePosition.Start), [.. names.Prefix], static _ => true)
            : FollowAsync(From(StorePosition.Start), [], Filter());
    }

    private async Task FollowAsync(StorePosition after, IReadOnlyList<string> prefixes, Func<RecordedEvent, bool> wanted)
    {
        await responses.WriteAsync(
            new ReadResp { Confirmation = new ReadResp.Types.SubscriptionConfirmation { SubscriptionId = Guid.Empty.ToString() } },
            cancellationToken);
        await foreach (SubscriptionMessage message in node.Store.SubscribeToAllAsync(after, prefixes, cancellationToken))
        {
            switch (message)
            {
                case SubscriptionMessage.EventAppeared { Event: var @event } when wanted(@event):
                    await SendAsync(@event);
                    break;
                case SubscriptionMessage.EventAppeared { Event: var @event } when options.FilterOptionCase == Options.FilterOptionOneofCase.Filter:
                    await SendCheckpointAsync(@event.Position);
                    break;
                case SubscriptionMessage.Checkpointed { Position: var position } when options.FilterOptionCase == Options.FilterOptionOneofCase.Filter:
                    await SendCheckpointAsync(position);
                    break;
            }
        }
    }

    private Task SendAsync(RecordedEvent @event) => responses.WriteAsync(Wire.Event(@event, _idsAsText), cancellationToken);

    private Task SendCheckpointAsync(StorePosition position) => responses.WriteAsync(
        new ReadResp { Checkpoint = new ReadResp.Types.Checkpoint { CommitPosition = position.Commit, PreparePosition = position.Prepare } },
        cancellationToken);

    private StorePosition From(StorePosition otherwise) => options.All.AllOptionCase switch
    {
        OptionTypes.AllOptions.AllOptionOneofCase.Position => new(options.All.Position.CommitPosition, options.All.Position.PreparePosition),
        OptionTypes.AllOptions.AllOptionOneofCase.Start => StorePosition.Start,
        OptionTypes.AllOptions.AllOptionOneofCase.End => StorePosition.End,
        _ => otherwise,
    };

    private Func<RecordedEvent, bool> Filter()
    {
        switch (options.Filter?.FilterCase)
        {
            case OptionTypes.FilterOptions.FilterOneofCase.StreamIdentifier:
                Func<string, bool> ofName = Matches(options.Filter.StreamIdentifier);
                return @event => ofName(@event.Stream);
            case OptionTypes.FilterOptions.FilterOneofCase.EventType:
                Func<string, bool> ofType = Matches(options.Filter.EventType);
                return @event => ofType(@event.Type);
            default:
                return static _ => true;
        }
    }

    private static Func<string, bool> Matches(OptionTypes.FilterOptions.Types.Expression expression)
    {
        if (expression.Regex.Length == 0)
        {
            return text => expression.Prefix.Any(prefix => text.StartsWith(prefix, StringComparison.Ordinal));
        }

        var regex = new Regex(expression.Regex, RegexOptions.None, TimeSpan.FromSeconds(1));
        return regex.IsMatch;
    }

    private async Task<bool> ExistsAsync(string stream)
    {
        await foreach (RecordedEvent _ in node.Store.ReadStreamAsync(stream, ReadDirection.Backwards, Revisions.End, 1, cancellationToken))
        {
            return true;
        }

        return false;
    }
}
