using FluentAssertions;
using Xunit;

namespace Ledger.EventStore.Tests;

public abstract partial class EventStoreConformance
{
    [SkippableFact]
    public async Task Subscription_FromPosition_CatchesUpThenFollows()
    {
        var before = await Append("a", Revisions.NoStream, Event("before"));
        await Append("a", 0, Event("1"), Event("2"));
        await using var messages = Subscribe(before.Position, Prefix);

        (await NextEvent(messages)).Revision.Should().Be(1);
        (await NextEvent(messages)).Revision.Should().Be(2);
        var live = await Append("b", Revisions.NoStream, Event("live"));

        (await NextEvent(messages)).Position.Should().Be(live.Position);
    }

    [SkippableFact]
    public async Task Subscription_WithPrefixes_GivesThoseStreamsOnly()
    {
        var start = await MarkAsync();
        await Append("x-1", Revisions.NoStream, Event("x1"));
        await Append("y-1", Revisions.NoStream, Event("y1"));
        await Append("z-1", Revisions.NoStream, Event("z1"));
        await using var messages = Subscribe(start, Name("x-"), Name("z-"));

        (await NextEvent(messages)).Stream.Should().Be(Name("x-1"));
        (await NextEvent(messages)).Stream.Should().Be(Name("z-1"));
        await Append("y-2", Revisions.NoStream, Event("y2"));
        await Append("x-2", Revisions.NoStream, Event("x2"));

        (await NextEvent(messages)).Stream.Should().Be(Name("x-2"));
    }

    [SkippableFact]
    public async Task Subscription_WithoutPrefixes_GivesEveryStream()
    {
        var start = await MarkAsync();
        var appended = await Append("a", Revisions.NoStream, Event("a"));
        await using var messages = Subscribe(start);

        RecordedEvent @event;
        do
        {
            @event = await NextEvent(messages);
            @event.Stream.Should().NotStartWith("$");
        }
        while (@event.Position < appended.Position);

        @event.Stream.Should().Be(Name("a"));
    }

    [SkippableFact]
    public async Task Subscription_UnderConcurrentAppends_HasNoGapAndNoRepeat()
    {
        const int Writers = 8;
        const int PerWriter = 60;
        var start = await MarkAsync();
        await Append("early", Revisions.NoStream, Event("early"));
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < PerWriter; i++)
            {
                (await Append($"w{w}", i - 1, Event($"{i}"))).Appended.Should().BeTrue();
            }
        })));
        await using var messages = Subscribe(start, Prefix);

        var events = new List<RecordedEvent>();
        while (events.Count < (Writers * PerWriter) + 1)
        {
            events.Add(await NextEvent(messages));
        }

        await writing;
        events.Select(e => e.Position).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        events.GroupBy(e => e.Stream, StringComparer.Ordinal).Should().HaveCount(Writers + 1)
            .And.OnlyContain(stream => stream.Select(e => e.Revision).SequenceEqual(Enumerable.Range(0, stream.Count()).Select(r => (long)r)));
        (await ReadAllOfTest()).Select(e => e.Position).Should().Equal(events.Select(e => e.Position));
    }

    [SkippableFact]
    public async Task Subscription_NothingMatches_TellsHowFarItSearched()
    {
        var start = await MarkAsync();
        for (var i = 0; i < 6; i++)
        {
            await Append($"noise-{i}", Revisions.NoStream, [.. Enumerable.Range(0, 500).Select(n => Event($"{n}"))]);
        }

        await using var messages = Subscribe(start, Name("wanted"));
        var checkpoint = await NextCheckpoint(messages);
        checkpoint.Should().BeGreaterThan(start);

        var wanted = await Append("wanted", Revisions.NoStream, Event("wanted"));
        (await NextEvent(messages)).Position.Should().Be(wanted.Position);
        await using var resumed = Subscribe(checkpoint, Name("wanted"));
        (await NextEvent(resumed)).Position.Should().Be(wanted.Position);
    }

    [SkippableFact]
    public async Task Subscription_AnyMessage_IsAfterTheOneBefore()
    {
        var start = await MarkAsync();
        for (var i = 0; i < 4; i++)
        {
            await Append("noise", (i * 400) - 1, [.. Enumerable.Range(0, 400).Select(n => Event($"{n}"))]);
            await Append("wanted", i - 1, Event($"{i}"));
        }

        await using var messages = Subscribe(start, Name("wanted"));
        var last = start;
        for (var found = 0; found < 4;)
        {
            switch (await Next(messages))
            {
                case SubscriptionMessage.EventAppeared(var @event):
                    @event.Position.Should().BeGreaterThan(last);
                    @event.Revision.Should().Be(found++);
                    last = @event.Position;
                    break;
                case SubscriptionMessage.Checkpointed(var position):
                    position.Should().BeGreaterThanOrEqualTo(last);
                    last = position;
                    break;
            }
        }
    }

    [SkippableFact]
    public async Task Subscription_FromEnd_GivesNewEventsOnly()
    {
        await Append("old", Revisions.NoStream, Event("old"));
        await using var messages = Subscribe(StorePosition.End, Prefix);

        // The subscription begins at its first read, which the store does not announce: append until something comes.
        var next = NextEvent(messages);
        for (var i = 0; !next.IsCompleted; i++)
        {
            await Append("new", i - 1, Event($"{i}"));
            await Task.WhenAny(next, Task.Delay(5, Deadline));
        }

        (await next).Stream.Should().Be(Name("new"));
    }

    [SkippableFact]
    public async Task Subscription_TwoAtOnce_GetTheSame()
    {
        var start = await MarkAsync();
        await using var one = Subscribe(start, Prefix);
        await using var two = Subscribe(start, Prefix);
        for (var i = 0; i < 20; i++)
        {
            var position = (await Append("a", i - 1, Event($"{i}"))).Position;

            (await NextEvent(one)).Position.Should().Be(position);
            (await NextEvent(two)).Position.Should().Be(position);
        }
    }

    [SkippableFact]
    public async Task Subscription_CancelledWhileWaiting_Ends()
    {
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Deadline);
        var start = await MarkAsync();
        await using var messages = Store.SubscribeToAllAsync(start, [Prefix], cancellation.Token).GetAsyncEnumerator(Deadline);
        var waiting = async () =>
        {
            while (await messages.MoveNextAsync())
            {
                messages.Current.Should().BeOfType<SubscriptionMessage.Checkpointed>();
            }
        };
        var ended = waiting();

        await cancellation.CancelAsync();

        await FluentActions.Awaiting(() => ended).Should().ThrowAsync<OperationCanceledException>();
        Deadline.IsCancellationRequested.Should().BeFalse();
    }

    private IAsyncEnumerator<SubscriptionMessage> Subscribe(StorePosition after, params string[] prefixes) =>
        Store.SubscribeToAllAsync(after, prefixes, Deadline).GetAsyncEnumerator(Deadline);

    private static async Task<SubscriptionMessage> Next(IAsyncEnumerator<SubscriptionMessage> messages)
    {
        (await messages.MoveNextAsync()).Should().BeTrue("a subscription has no end");
        return messages.Current;
    }

    private static async Task<RecordedEvent> NextEvent(IAsyncEnumerator<SubscriptionMessage> messages)
    {
        while (true)
        {
            if (await Next(messages) is SubscriptionMessage.EventAppeared(var @event))
            {
                return @event;
            }
        }
    }

    private static async Task<StorePosition> NextCheckpoint(IAsyncEnumerator<SubscriptionMessage> messages)
    {
        while (true)
        {
            if (await Next(messages) is SubscriptionMessage.Checkpointed(var position))
            {
                return position;
            }
        }
    }
}
