using FluentAssertions;
using Ledger.EventStore.EventStoreDb;
using Ledger.ProtocolHosting;
using Xunit;

namespace Ledger.EventStore.Tests.EventStoreDb;

public sealed class SubscriptionTests : IAsyncLifetime
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
    public async Task Subscription_ConnectionCutAgainAndAgain_HasNoGapAndNoRepeat()
    {
        const int Events = 300;
        ProtocolHost node = await _hosted.NodeAsync();
        EventStoreDbEventStore client = _hosted.Client(node.ConnectionString);
        await using var messages = client.SubscribeToAllAsync(StorePosition.Start, ["worker-"], _deadline.Token).GetAsyncEnumerator();
        Task writing = WriteAsync(Events);

        var positions = new List<StorePosition>();
        while (positions.Count < Events)
        {
            await messages.MoveNextAsync();
            if (messages.Current is SubscriptionMessage.EventAppeared appeared)
            {
                positions.Add(appeared.Event.Position);
                if (positions.Count % 60 == 0)
                {
                    node.DropConnections();
                }
            }
        }

        await writing;
        List<StorePosition> written = await _hosted.Store.ReadAllAsync(ReadDirection.Forwards, StorePosition.Start, int.MaxValue, _deadline.Token)
            .Where(@event => @event.Stream.StartsWith("worker-", StringComparison.Ordinal)).Select(@event => @event.Position).ToListAsync();
        positions.Should().Equal(written);
    }

    [Fact]
    public async Task Subscription_FromEndThenConnectionCut_MissesNothingWrittenMeanwhile()
    {
        ProtocolHost node = await _hosted.NodeAsync();
        await _hosted.Store.AppendAsync(Hosted.First("worker-before"), _deadline.Token);
        EventStoreDbEventStore client = _hosted.Client(node.ConnectionString);
        await using var messages = client.SubscribeToAllAsync(StorePosition.End, ["worker-"], _deadline.Token).GetAsyncEnumerator();
        ValueTask<bool> next = messages.MoveNextAsync();
        int port = node.Port;
        await WaitForSubscriptionAsync(client);
        await node.DisposeAsync();

        AppendResult meanwhile = await _hosted.Store.AppendAsync(Hosted.First("worker-meanwhile"), _deadline.Token);
        await _hosted.NodeAsync(new ProtocolHostOptions { Port = port });

        (await next).Should().BeTrue();
        messages.Current.Should().BeOfType<SubscriptionMessage.EventAppeared>().Which.Event.Position.Should().Be(meanwhile.Position);
    }

    [Fact]
    public async Task Subscription_NobodyListensYet_BeginsWhenTheServerComes()
    {
        ProtocolHost gone = await _hosted.NodeAsync();
        await gone.DisposeAsync();
        EventStoreDbEventStore client = _hosted.Client(gone.ConnectionString);
        await using var messages = client.SubscribeToAllAsync(StorePosition.Start, [], _deadline.Token).GetAsyncEnumerator();
        ValueTask<bool> next = messages.MoveNextAsync();
        await _hosted.Store.AppendAsync(Hosted.First(), _deadline.Token);

        await _hosted.NodeAsync(new ProtocolHostOptions { Port = gone.Port });

        (await next).Should().BeTrue();
        messages.Current.Should().BeOfType<SubscriptionMessage.EventAppeared>();
    }

    private async Task WriteAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            string stream = i % 2 == 0 ? "worker-even" : "worker-odd";
            await _hosted.Store.AppendAsync(new StreamAppend(stream, (i / 2) - 1, [Hosted.Event()]), _deadline.Token);
            await _hosted.Store.AppendAsync(new StreamAppend("system-1", i - 1, [Hosted.Event()]), _deadline.Token);
        }
    }

    // The position that "end" stands for is read on the connection before this one.
    private async Task WaitForSubscriptionAsync(EventStoreDbEventStore client)
    {
        for (int i = 0; i < 20; i++)
        {
            await client.ReadAllAsync(ReadDirection.Backwards, StorePosition.End, 1, _deadline.Token).SingleAsync();
        }
    }
}
