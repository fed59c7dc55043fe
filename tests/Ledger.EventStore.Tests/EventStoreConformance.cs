using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using Xunit;

namespace Ledger.EventStore.Tests;

/// <summary>
/// What every <see cref="IEventStore"/> does. The store may hold other data and take other writes meanwhile, so each test
/// has streams of its own and says nothing about the rest.
/// </summary>
public abstract partial class EventStoreConformance : IAsyncLifetime
{
    protected const int Many = int.MaxValue;
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60));

    /// <summary>Begins the names of all streams of this test.</summary>
    protected string Prefix { get; } = $"worker-t{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";

    protected IEventStore Store { get; private set; } = null!;

    /// <summary>Ends a test that waits for something that does not come.</summary>
    protected CancellationToken Deadline => _deadline.Token;

    protected abstract Task<IEventStore> OpenAsync();

    protected virtual Task CloseAsync() => Task.CompletedTask;

    public async Task InitializeAsync() => Store = await OpenAsync();

    public async Task DisposeAsync()
    {
        await CloseAsync();
        _deadline.Dispose();
    }

    [SkippableFact]
    public async Task Append_ToNewStream_AnswersLastRevisionAndIsRead()
    {
        var @event = Event("a");

        var result = await Append("a", Revisions.NoStream, @event);

        result.Appended.Should().BeTrue();
        result.LastRevision.Should().Be(0);
        var stored = (await Read("a")).Should().ContainSingle().Subject;
        stored.Stream.Should().Be(Name("a"));
        stored.Revision.Should().Be(0);
        stored.Position.Should().Be(result.Position);
        stored.Id.Should().Be(@event.Id);
        stored.Type.Should().Be(@event.Type);
        stored.Created.Offset.Should().Be(TimeSpan.Zero);
        Same(stored, @event);
    }

    [SkippableFact]
    public async Task Append_SeveralEvents_AreStoredInOrderWithOnePositionEach()
    {
        var events = Enumerable.Range(0, 5).Select(i => Event($"{i}")).ToArray();
        await Append("a", Revisions.NoStream, Event("first"));

        var result = await Append("a", 0, events);

        result.Should().Match<AppendResult>(r => r.Appended && r.LastRevision == 5);
        var stored = await Read("a");
        stored.Skip(1).Select(e => e.Id).Should().Equal(events.Select(e => e.Id));
        stored.Select(e => e.Revision).Should().Equal(0, 1, 2, 3, 4, 5);
        stored.Select(e => e.Position).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        stored[^1].Position.Should().Be(result.Position);
    }

    [SkippableTheory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(7)]
    public async Task Append_AtWrongRevision_AnswersActualRevisionAndWritesNothing(long expected)
    {
        await Append("a", Revisions.NoStream, Event("0"), Event("1"));

        var result = await Append("a", expected, Event("x"), Event("y"));

        result.Should().Be(new AppendResult(Appended: false, LastRevision: 1, StorePosition.Start));
        (await Read("a")).Should().HaveCount(2);
    }

    [SkippableFact]
    public async Task Append_AfterRevisionOfMissingStream_AnswersNoStream()
    {
        var result = await Append("a", 3, Event("x"));

        result.Should().Be(new AppendResult(Appended: false, Revisions.NoStream, StorePosition.Start));
        (await Read("a")).Should().BeEmpty();
    }

    [SkippableFact]
    public async Task Append_AfterRefusal_SucceedsAtActualRevision()
    {
        await Append("a", Revisions.NoStream, Event("0"));
        var refused = await Append("a", Revisions.NoStream, Event("1"));

        var result = await Append("a", refused.LastRevision, Event("1"));

        result.Should().Match<AppendResult>(r => r.Appended && r.LastRevision == 1);
    }

    [SkippableFact]
    public async Task Append_Repeated_IsAnsweredLikeTheFirstTime()
    {
        var @event = Event("a");
        var first = await Append("a", Revisions.NoStream, @event);

        var again = await Append("a", Revisions.NoStream, @event);

        again.Should().Be(first);
        (await Read("a")).Should().ContainSingle();
    }

    [SkippableFact]
    public async Task Append_RepeatedWhenStreamWentOn_IsAnsweredLikeTheFirstTime()
    {
        NewEvent[] batch = [Event("0"), Event("1"), Event("2")];
        await Append("a", Revisions.NoStream, Event("before"));
        var first = await Append("a", 0, batch);
        await Append("a", 3, Event("after"));

        var again = await Append("a", 0, batch);

        again.Should().Be(first);
        (await Read("a")).Should().HaveCount(5);
    }

    [SkippableFact]
    public async Task Append_RepeatOverlapsInPart_IsConflict()
    {
        NewEvent[] batch = [Event("0"), Event("1")];
        await Append("a", Revisions.NoStream, batch);
        var conflict = new AppendResult(Appended: false, LastRevision: 1, StorePosition.Start);

        (await Append("a", Revisions.NoStream, batch[0], Event("other"))).Should().Be(conflict);
        (await Append("a", Revisions.NoStream, batch[0], batch[1], Event("more"))).Should().Be(conflict);
        (await Append("a", Revisions.NoStream, batch[1], batch[0])).Should().Be(conflict);
        (await Append("a", Revisions.NoStream, Event("other"), batch[1])).Should().Be(conflict);
        (await Read("a")).Select(e => e.Id).Should().Equal(batch.Select(e => e.Id));
    }

    [SkippableFact]
    public async Task Append_SameEventsToAnotherStream_IsNoRepeat()
    {
        var @event = Event("a");
        await Append("a", Revisions.NoStream, @event);

        (await Append("b", Revisions.NoStream, @event)).Appended.Should().BeTrue();

        (await Read("b")).Should().ContainSingle();
    }

    [SkippableFact]
    public async Task Append_Sequentially_PositionsAscendLikeAcknowledgements()
    {
        var positions = new List<StorePosition>();
        for (var i = 0; i < 40; i++)
        {
            positions.Add((await Append($"{i % 4}", (i / 4) - 1, Event($"{i}"))).Position);
        }

        positions.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        (await ReadAllOfTest()).Select(e => e.Position).Should().Equal(positions);
    }

    [SkippableFact]
    public async Task Append_TwoHundredRaceForOneRevision_ExactlyOneWins()
    {
        await Append("a", Revisions.NoStream, Event("first"));

        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => Append("a", 0, Event($"{i}")))));

        results.Count(r => r.Appended).Should().Be(1);
        results.Should().OnlyContain(r => r.LastRevision == 1);
        (await Read("a")).Should().HaveCount(2);
    }

    [SkippableFact]
    public async Task Append_ManyAtOnce_NoneDisturbsAnother()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() =>
            Append($"{i}", i % 3 == 0 ? 5 : Revisions.NoStream, Event($"{i}"), Event($"{i}+")))));

        for (var i = 0; i < results.Length; i++)
        {
            results[i].Appended.Should().Be(i % 3 != 0);
            results[i].LastRevision.Should().Be(i % 3 != 0 ? 1 : Revisions.NoStream);
        }

        var stored = await ReadAllOfTest();
        stored.Should().HaveCount(133 * 2);
        stored.Chunk(2).Should().OnlyContain(pair => pair[0].Stream == pair[1].Stream);
    }

    [SkippableTheory]
    [InlineData("{}")]
    [InlineData("{ \"b\" : 1.50,\r\n\t\"a\":\"caf\\u00e9\" }")]
    [InlineData("{\"nom\":\"Zoë Œuvré\",\"emoji\":\"👩🏽‍🏭\",\"nul\":\"\\u0000\"}")]
    public async Task Append_AnyJson_BytesAreReadUnchanged(string json)
    {
        var @event = new NewEvent(NewId(), "décision-notée.v1", Encoding.UTF8.GetBytes(json), Encoding.UTF8.GetBytes(json));

        await Append("œuvre", Revisions.NoStream, @event);

        var stored = (await Read("œuvre")).Should().ContainSingle().Subject;
        stored.Type.Should().Be(@event.Type);
        stored.Stream.Should().Be(Name("œuvre"));
        Same(stored, @event);
    }

    [SkippableFact]
    public async Task Append_LargePayload_BytesAreReadUnchanged()
    {
        var large = Encoding.UTF8.GetBytes($"{{\"hex\":\"{RandomNumberGenerator.GetHexString(900_000)}\"}}");
        var @event = new NewEvent(NewId(), "imported.v1", large, "{}"u8.ToArray());

        (await Append("a", Revisions.NoStream, @event)).Appended.Should().BeTrue();

        Same((await Read("a")).Should().ContainSingle().Subject, @event);
    }

    [SkippableFact]
    public async Task Append_EmptyMetadata_IsReadEmpty()
    {
        await Append("a", Revisions.NoStream, Event("a") with { Metadata = default });

        (await Read("a")).Should().ContainSingle().Which.Metadata.Length.Should().Be(0);
    }

    [SkippableFact]
    public async Task Append_Cancelled_Throws()
    {
        var append = async () => await Store.AppendAsync(
            new StreamAppend(Name("a"), Revisions.NoStream, [Event("a")]), new CancellationToken(canceled: true));

        await append.Should().ThrowAsync<OperationCanceledException>();
        (await Read("a")).Should().BeEmpty();
    }

    protected static Guid NewId() => new(RandomNumberGenerator.GetBytes(16));

    protected static NewEvent Event(string note) => new(
        NewId(), "decision-recorded.v1", Encoding.UTF8.GetBytes($"{{\"note\":\"{note}\"}}"), """{"actor":"test"}"""u8.ToArray());

    protected string Name(string stream) => $"{Prefix}-{stream}";

    protected async Task<AppendResult> Append(string stream, long expectedRevision, params NewEvent[] events) =>
        await Store.AppendAsync(new StreamAppend(Name(stream), expectedRevision, events), Deadline);

    protected async Task<List<RecordedEvent>> Read(
        string stream, ReadDirection direction = ReadDirection.Forwards, long from = 0, int maxCount = Many) =>
        await Store.ReadStreamAsync(Name(stream), direction, from, maxCount, Deadline).ToListAsync(Deadline);

    /// <summary>Every event of this test in store order, found from the newest, since a real store holds a lot before them.</summary>
    protected async Task<List<RecordedEvent>> ReadAllOfTest()
    {
        var start = await MarkAsync();
        var all = await Store.ReadAllAsync(ReadDirection.Backwards, start, 5_000, Deadline)
            .Where(e => e.Stream.StartsWith(Prefix, StringComparison.Ordinal)).ToListAsync(Deadline);
        all.Reverse();
        return all;
    }

    /// <summary>Position of an event appended now, to a stream beside those of the test.</summary>
    protected async Task<StorePosition> MarkAsync() => (await Store.AppendAsync(
        new StreamAppend($"mark-{NewId():N}", Revisions.NoStream, [Event("mark")]), Deadline)).Position;

    private static void Same(RecordedEvent stored, NewEvent @event)
    {
        stored.Data.Span.SequenceEqual(@event.Data.Span).Should().BeTrue("the data are the very bytes appended");
        stored.Metadata.Span.SequenceEqual(@event.Metadata.Span).Should().BeTrue("the metadata are the very bytes appended");
    }
}
