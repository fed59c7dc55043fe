using FluentAssertions;
using Ledger.EventStore.EventStoreDb;
using Ledger.ProtocolHosting;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Ledger.EventStore.Tests.EventStoreDb;

public sealed class AppendTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromSeconds(60));
    private readonly Hosted _hosted = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _hosted.DisposeAsync();
        _deadline.Dispose();
    }

    [Fact]
    public async Task Append_AnswerWithoutPosition_PositionIsReadBack()
    {
        ProtocolHost node = await _hosted.NodeAsync(new ProtocolHostOptions { WithoutPositions = true });
        EventStoreDbEventStore client = _hosted.Client(node.ConnectionString);

        AppendResult result = await client.AppendAsync(
            new StreamAppend("worker-1", Revisions.NoStream, [Hosted.Event(), Hosted.Event()]), _deadline.Token);

        RecordedEvent last = await _hosted.Store
            .ReadStreamAsync("worker-1", ReadDirection.Backwards, Revisions.End, 1, _deadline.Token).SingleAsync();
        result.Should().Be(new AppendResult(Appended: true, LastRevision: 1, last.Position));
    }

    [Fact]
    public async Task Append_LargerThanTheServerTakes_NamesTheLimit()
    {
        ProtocolHost node = await _hosted.NodeAsync(new ProtocolHostOptions { MaxAppendSize = 1000 });
        EventStoreDbEventStore client = _hosted.Client(node.ConnectionString);
        NewEvent large = Hosted.Event() with { Data = new byte[1001] };

        var append = async () => await client.AppendAsync(
            new StreamAppend("worker-1", Revisions.NoStream, [large]), _deadline.Token);

        (await append.Should().ThrowAsync<ArgumentException>()).WithMessage("*1000 bytes*");
    }

    [Fact]
    public async Task Append_LargerThanOneRequest_IsWrittenWhole()
    {
        ProtocolHost node = await _hosted.NodeAsync(new ProtocolHostOptions { MaxAppendSize = 16 * 1024 * 1024 });
        EventStoreDbEventStore client = _hosted.Client(node.ConnectionString);
        NewEvent[] events = [.. Enumerable.Range(0, 40).Select(_ => Hosted.Event() with { Data = new byte[200_000] })];

        AppendResult result = await client.AppendAsync(
            new StreamAppend("worker-1", Revisions.NoStream, events), _deadline.Token);

        result.LastRevision.Should().Be(39);
        (await client.ReadStreamAsync("worker-1", ReadDirection.Forwards, 0, int.MaxValue, _deadline.Token)
            .Select(@event => @event.Id).ToListAsync()).Should().Equal(events.Select(@event => @event.Id));
    }

    [Fact]
    public async Task Append_ConnectionCutOnTheWay_IsUnavailable()
    {
        var held = new TaskCompletionSource();
        using var arrived = new SemaphoreSlim(0);
        ProtocolHost node = await _hosted.NodeAsync(new ProtocolHostOptions
        {
            BeforeAppend = _ =>
            {
                arrived.Release();
                return held.Task;
            },
        });
        EventStoreDbEventStore client = _hosted.Client(node.ConnectionString);
        Task<AppendResult>[] appends = [.. Enumerable.Range(0, 20).Select(i => client.AppendAsync(Hosted.First($"worker-{i}"), _deadline.Token).AsTask())];
        for (int i = 0; i < appends.Length; i++)
        {
            await arrived.WaitAsync(_deadline.Token);
        }

        node.DropConnections();

        foreach (Task<AppendResult> append in appends)
        {
            var waiting = () => append;
            (await waiting.Should().ThrowAsync<EventStoreUnavailableException>())
                .Which.RetryAfter.Should().BeGreaterThan(TimeSpan.Zero);
        }

        // And the next goes over a new connection.
        held.SetResult();
        AppendResult result = await AppendUntilAnsweredAsync(client, Hosted.First("worker-after"));
        result.Appended.Should().BeTrue();
    }

    [Fact]
    public async Task Append_NobodyListens_IsUnavailableAndThenFailsAtOnce()
    {
        ProtocolHost node = await _hosted.NodeAsync();
        await node.DisposeAsync();
        var time = new FakeTimeProvider();
        EventStoreDbEventStore client = _hosted.Client(node.ConnectionString, time);
        var append = async () => await client.AppendAsync(Hosted.First(), _deadline.Token);

        (await append.Should().ThrowAsync<EventStoreUnavailableException>()).Which.RetryAfter.Should().Be(EventStoreDbLimits.FirstBackoff);

        (await append.Should().ThrowAsync<EventStoreUnavailableException>()).Which.RetryAfter.Should().Be(EventStoreDbLimits.FirstBackoff);
        time.Advance(EventStoreDbLimits.FirstBackoff);
        (await append.Should().ThrowAsync<EventStoreUnavailableException>()).Which.RetryAfter.Should().Be(2 * EventStoreDbLimits.FirstBackoff);
    }

    [Fact]
    public async Task Append_ServerComesBack_IsWritten()
    {
        ProtocolHost first = await _hosted.NodeAsync();
        EventStoreDbEventStore client = _hosted.Client(first.ConnectionString);
        await client.AppendAsync(Hosted.First("worker-1"), _deadline.Token);
        await first.DisposeAsync();
        var append = async () => await client.AppendAsync(Hosted.First("worker-2"), _deadline.Token);
        await append.Should().ThrowAsync<EventStoreUnavailableException>();

        await _hosted.NodeAsync(new ProtocolHostOptions { Port = first.Port });

        (await AppendUntilAnsweredAsync(client, Hosted.First("worker-2"))).Appended.Should().BeTrue();
    }

    [Fact]
    public async Task Append_NoAnswerPastTheDeadline_IsUnavailable()
    {
        var arrived = new TaskCompletionSource();
        var held = new TaskCompletionSource();
        ProtocolHost node = await _hosted.NodeAsync(new ProtocolHostOptions
        {
            BeforeAppend = _ =>
            {
                arrived.TrySetResult();
                return held.Task;
            },
        });
        var time = new FakeTimeProvider();
        EventStoreDbEventStore client = _hosted.Client($"{node.ConnectionString}&defaultDeadline=5000", time);
        Task<AppendResult> append = client.AppendAsync(Hosted.First(), _deadline.Token).AsTask();
        await arrived.Task;

        time.Advance(TimeSpan.FromSeconds(6));
        append.IsCompleted.Should().BeFalse("the server has a grace to say itself that it timed out");
        time.Advance(TimeSpan.FromSeconds(2));

        await FluentActions.Awaiting(() => append).Should().ThrowAsync<EventStoreUnavailableException>();
        held.SetResult();
    }

    [Fact]
    public async Task Append_CancelledOnTheWay_IsCancelled()
    {
        var arrived = new TaskCompletionSource();
        var held = new TaskCompletionSource();
        ProtocolHost node = await _hosted.NodeAsync(new ProtocolHostOptions
        {
            BeforeAppend = _ =>
            {
                arrived.TrySetResult();
                return held.Task;
            },
        });
        EventStoreDbEventStore client = _hosted.Client(node.ConnectionString);
        using var cancellation = new CancellationTokenSource();
        Task<AppendResult> append = client.AppendAsync(Hosted.First(), cancellation.Token).AsTask();
        await arrived.Task;

        await cancellation.CancelAsync();

        await FluentActions.Awaiting(() => append).Should().ThrowAsync<OperationCanceledException>();
        held.SetResult();
    }

    [Fact]
    public async Task Append_MoreThanFitInFlight_AreAllWritten()
    {
        ProtocolHost node = await _hosted.NodeAsync();
        EventStoreDbEventStore client = _hosted.Client(node.ConnectionString);
        int count = (2 * EventStoreDbLimits.AppendsInFlight) + 1;

        AppendResult[] results = await Task.WhenAll(
            Enumerable.Range(0, count).Select(i => client.AppendAsync(Hosted.First($"worker-{i}"), _deadline.Token).AsTask()));

        results.Should().OnlyContain(result => result.Appended);
    }

    private async Task<AppendResult> AppendUntilAnsweredAsync(EventStoreDbEventStore client, StreamAppend append)
    {
        while (true)
        {
            try
            {
                return await client.AppendAsync(append, _deadline.Token);
            }
            catch (EventStoreUnavailableException exception)
            {
                await Task.Delay(exception.RetryAfter, _deadline.Token);
            }
        }
    }
}
