using System.Globalization;
using FluentAssertions;
using Ledger.EventStore.EventStoreDb;
using Ledger.ProtocolHosting;
using Xunit;

namespace Ledger.EventStore.Tests.EventStoreDb;

public sealed class ClusterTests : IAsyncLifetime
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
    public async Task OneNode_NotTheLeader_AppendsReadsAndSubscriptionsGoToTheLeader()
    {
        int atLeader = 0;
        ProtocolHost leader = await _hosted.NodeAsync(new ProtocolHostOptions { BeforeAppend = _ => Count(ref atLeader) });
        ProtocolHost follower = await _hosted.NodeAsync();
        follower.Follow(leader);

        AppendResult appended = await _hosted.Client(follower.ConnectionString).AppendAsync(Hosted.First(), _deadline.Token);
        RecordedEvent read = await _hosted.Client(follower.ConnectionString)
            .ReadStreamAsync("worker-1", ReadDirection.Forwards, 0, 1, _deadline.Token).SingleAsync();
        SubscriptionMessage followed = await _hosted.Client(follower.ConnectionString)
            .SubscribeToAllAsync(StorePosition.Start, [], _deadline.Token).FirstAsync();

        atLeader.Should().Be(1);
        read.Position.Should().Be(appended.Position);
        followed.Should().BeOfType<SubscriptionMessage.EventAppeared>().Which.Event.Position.Should().Be(appended.Position);
    }

    [Fact]
    public async Task OneNode_LosesTheLead_AppendsFollowWithoutFailing()
    {
        ProtocolHost first = await _hosted.NodeAsync();
        ProtocolHost second = await _hosted.NodeAsync();
        EventStoreDbEventStore client = _hosted.Client(first.ConnectionString);
        await client.AppendAsync(Hosted.First("worker-0"), _deadline.Token);
        first.Follow(second);
        first.DropConnections();

        // The cut may still be on its way to the client.
        for (int i = 1; i < 50; i++)
        {
            await AppendAsync(client, $"worker-{i}");
        }

        second.Follow(first);
        first.Follow(null);
        second.DropConnections();
        await AppendAsync(client, "worker-50");

        (await _hosted.Store.ReadAllAsync(ReadDirection.Forwards, StorePosition.Start, int.MaxValue, _deadline.Token).CountAsync()).Should().Be(51);
    }

    [Fact]
    public async Task SeveralNodes_OneIsTheLeader_ItIsFoundByGossip()
    {
        int atLeader = 0;
        int elsewhere = 0;
        ProtocolHost leader = await _hosted.NodeAsync(new ProtocolHostOptions { BeforeAppend = _ => Count(ref atLeader) });
        ProtocolHost one = await _hosted.NodeAsync(new ProtocolHostOptions { BeforeAppend = _ => Count(ref elsewhere) });
        ProtocolHost two = await _hosted.NodeAsync(new ProtocolHostOptions { BeforeAppend = _ => Count(ref elsewhere) });
        one.Follow(leader);
        two.Follow(leader);

        await _hosted.Client(Several(one, two)).AppendAsync(Hosted.First("worker-1"), _deadline.Token);
        await _hosted.Client(Several(one).Replace("esdb:", "esdb+discover:", StringComparison.Ordinal)).AppendAsync(Hosted.First("worker-2"), _deadline.Token);

        atLeader.Should().Be(2);
        elsewhere.Should().Be(0);
    }

    [Fact]
    public async Task SeveralNodes_FirstIsDown_AnotherIsAsked()
    {
        ProtocolHost down = await _hosted.NodeAsync();
        ProtocolHost up = await _hosted.NodeAsync();
        await down.DisposeAsync();

        AppendResult result = await _hosted.Client(Several(down, up)).AppendAsync(Hosted.First(), _deadline.Token);

        result.Appended.Should().BeTrue();
    }

    [Fact]
    public async Task SeveralNodes_LeaderDies_TheNextOneIsFound()
    {
        ProtocolHost leader = await _hosted.NodeAsync();
        ProtocolHost next = await _hosted.NodeAsync();
        next.Follow(leader);
        EventStoreDbEventStore client = _hosted.Client(Several(leader, next));
        await client.AppendAsync(Hosted.First("worker-1"), _deadline.Token);
        await using var messages = client.SubscribeToAllAsync(StorePosition.Start, [], _deadline.Token).GetAsyncEnumerator();
        (await messages.MoveNextAsync()).Should().BeTrue();

        next.Follow(null);
        await leader.DisposeAsync();

        await AppendAsync(client, "worker-2");
        (await messages.MoveNextAsync()).Should().BeTrue();
        messages.Current.Should().BeOfType<SubscriptionMessage.EventAppeared>().Which.Event.Stream.Should().Be("worker-2");
    }

    [Fact]
    public async Task SeveralNodes_NoneAnswers_IsUnavailableNamingThem()
    {
        ProtocolHost one = await _hosted.NodeAsync();
        ProtocolHost two = await _hosted.NodeAsync();
        await one.DisposeAsync();
        await two.DisposeAsync();
        EventStoreDbEventStore client = _hosted.Client($"{Several(one, two)}&maxDiscoverAttempts=2&discoveryInterval=1");

        var read = async () => await client.ReadStreamAsync("worker-1", ReadDirection.Forwards, 0, 1, _deadline.Token).ToListAsync();

        (await read.Should().ThrowAsync<EventStoreUnavailableException>()).WithMessage($"*localhost:{one.Port}, localhost:{two.Port}*");
    }

    private async Task AppendAsync(EventStoreDbEventStore client, string stream)
    {
        StreamAppend append = Hosted.First(stream);
        while (true)
        {
            try
            {
                (await client.AppendAsync(append, _deadline.Token)).Appended.Should().BeTrue();
                return;
            }
            catch (EventStoreUnavailableException exception)
            {
                await Task.Delay(exception.RetryAfter, _deadline.Token);
            }
        }
    }

    private static Task Count(ref int count)
    {
        Interlocked.Increment(ref count);
        return Task.CompletedTask;
    }

    private static string Several(params ProtocolHost[] nodes) =>
        $"esdb://{string.Join(',', nodes.Select(node => string.Create(CultureInfo.InvariantCulture, $"localhost:{node.Port}")))}?tls=false";
}
