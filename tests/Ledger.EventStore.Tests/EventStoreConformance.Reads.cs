using FluentAssertions;
using Xunit;

namespace Ledger.EventStore.Tests;

public abstract partial class EventStoreConformance
{
    [SkippableFact]
    public async Task ReadStream_Missing_IsEmpty()
    {
        (await Read("a")).Should().BeEmpty();
        (await Read("a", ReadDirection.Backwards, Revisions.End)).Should().BeEmpty();
    }

    [SkippableTheory]
    [InlineData(ReadDirection.Forwards, 0, Many, new long[] { 0, 1, 2, 3, 4 })]
    [InlineData(ReadDirection.Forwards, 3, Many, new long[] { 3, 4 })]
    [InlineData(ReadDirection.Forwards, 1, 2, new long[] { 1, 2 })]
    [InlineData(ReadDirection.Forwards, 4, 1, new long[] { 4 })]
    [InlineData(ReadDirection.Forwards, 5, Many, new long[0])]
    [InlineData(ReadDirection.Backwards, Revisions.End, Many, new long[] { 4, 3, 2, 1, 0 })]
    [InlineData(ReadDirection.Backwards, Revisions.End, 2, new long[] { 4, 3 })]
    [InlineData(ReadDirection.Backwards, 2, Many, new long[] { 2, 1, 0 })]
    [InlineData(ReadDirection.Backwards, 0, 3, new long[] { 0 })]
    public async Task ReadStream_FromRevision_GivesTheRange(ReadDirection direction, long from, int maxCount, long[] revisions)
    {
        await Append("a", Revisions.NoStream, Event("0"), Event("1"), Event("2"), Event("3"), Event("4"));
        await Append("b", Revisions.NoStream, Event("other"));

        var events = await Read("a", direction, from, maxCount);

        events.Select(e => e.Revision).Should().Equal(revisions);
        events.Should().NotContain(e => e.Stream != Name("a"));
    }

    [SkippableFact]
    public async Task ReadStream_LongerThanAnyPage_HasNoGapAndNoRepeat()
    {
        for (var i = 0; i < 4; i++)
        {
            (await Append("a", (i * 300) - 1, [.. Enumerable.Range(0, 300).Select(n => Event($"{n}"))])).Appended.Should().BeTrue();
        }

        (await Read("a")).Select(e => e.Revision).Should().Equal(Enumerable.Range(0, 1_200).Select(r => (long)r));
        (await Read("a", maxCount: 700)).Select(e => e.Revision).Should().Equal(Enumerable.Range(0, 700).Select(r => (long)r));
        (await Read("a", ReadDirection.Backwards, Revisions.End)).Select(e => e.Revision)
            .Should().Equal(Enumerable.Range(0, 1_200).Reverse().Select(r => (long)r));
    }

    [SkippableFact]
    public async Task ReadStream_Cancelled_Throws()
    {
        await Append("a", Revisions.NoStream, Event("0"));
        var read = async () => await Store.ReadStreamAsync(
            Name("a"), ReadDirection.Forwards, 0, Many, new CancellationToken(canceled: true)).ToListAsync(Deadline);

        await read.Should().ThrowAsync<OperationCanceledException>();
    }

    [SkippableFact]
    public async Task ReadAll_Forwards_GivesThoseStrictlyAfter()
    {
        var first = await Append("a", Revisions.NoStream, Event("0"));
        var second = await Append("b", Revisions.NoStream, Event("1"), Event("2"));
        var third = await Append("a", 0, Event("3"));

        var events = await Store.ReadAllAsync(ReadDirection.Forwards, first.Position, Many, Deadline)
            .Where(e => e.Stream.StartsWith(Prefix, StringComparison.Ordinal)).ToListAsync(Deadline);

        events.Select(e => (e.Stream, e.Revision)).Should().Equal((Name("b"), 0), (Name("b"), 1), (Name("a"), 1));
        events.Select(e => e.Position).Should().EndWith([second.Position, third.Position]).And.BeInAscendingOrder();
    }

    [SkippableFact]
    public async Task ReadAll_Backwards_GivesThoseStrictlyBefore()
    {
        await Append("a", Revisions.NoStream, Event("0"));
        await Append("b", Revisions.NoStream, Event("1"), Event("2"));
        var last = await Append("a", 0, Event("3"));

        var events = await Store.ReadAllAsync(ReadDirection.Backwards, last.Position, 1_000, Deadline)
            .Where(e => e.Stream.StartsWith(Prefix, StringComparison.Ordinal)).ToListAsync(Deadline);

        events.Select(e => (e.Stream, e.Revision)).Should().Equal((Name("b"), 1), (Name("b"), 0), (Name("a"), 0));
    }

    [SkippableFact]
    public async Task ReadAll_ToLimit_GivesNoMore()
    {
        var first = await Append("a", Revisions.NoStream, Event("0"));
        await Append("a", 0, Event("1"), Event("2"), Event("3"), Event("4"));

        var events = await Store.ReadAllAsync(ReadDirection.Forwards, first.Position, 3, Deadline).ToListAsync(Deadline);

        events.Should().HaveCount(3);
        events.Should().OnlyContain(e => e.Position > first.Position);
    }

    [SkippableFact]
    public async Task ReadAll_BackwardsFromEnd_BeginsWithTheNewest()
    {
        var last = await Append("a", Revisions.NoStream, Event("0"));

        var newest = await Store.ReadAllAsync(ReadDirection.Backwards, StorePosition.End, 1, Deadline).SingleAsync(Deadline);

        newest.Position.Should().BeGreaterThanOrEqualTo(last.Position);
    }

    [SkippableFact]
    public async Task ReadAll_ForwardsFromEnd_IsEmpty() =>
        (await Store.ReadAllAsync(ReadDirection.Forwards, StorePosition.End, 10, Deadline).ToListAsync(Deadline)).Should().BeEmpty();

    [SkippableFact]
    public async Task ReadAll_ForwardsFromStart_BeginsWithTheOldest()
    {
        await Append("a", Revisions.NoStream, Event("0"), Event("1"));

        var events = await Store.ReadAllAsync(ReadDirection.Forwards, StorePosition.Start, 2, Deadline).ToListAsync(Deadline);

        events.Should().HaveCount(2);
        events.Should().NotContain(e => e.Stream.StartsWith('$'));
        events[0].Position.Should().BeLessThan(events[1].Position);
    }

    [SkippableFact]
    public async Task ReadAll_Cancelled_Throws()
    {
        await Append("a", Revisions.NoStream, Event("0"));
        var read = async () => await Store.ReadAllAsync(
            ReadDirection.Forwards, StorePosition.Start, Many, new CancellationToken(canceled: true)).ToListAsync(Deadline);

        await read.Should().ThrowAsync<OperationCanceledException>();
    }
}
