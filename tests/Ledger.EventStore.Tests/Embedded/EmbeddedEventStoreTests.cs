using FluentAssertions;
using Ledger.EventStore.Embedded;
using Xunit;

namespace Ledger.EventStore.Tests.Embedded;

/// <summary>What only the embedded store has: a file, one process, limits.</summary>
public sealed class EmbeddedEventStoreTests : IDisposable
{
    private readonly TemporaryStore _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Store_Reopened_KeepsEverything()
    {
        List<RecordedEvent> before;
        await using (var store = _files.Open())
        {
            for (var i = 0; i < 50; i++)
            {
                await store.AppendAsync(Appends.To($"worker-{i % 7}", (i / 7) - 1), default);
            }

            before = await store.AllAsync();
        }

        await using var reopened = _files.Open();

        (await reopened.AllAsync()).Should().BeEquivalentTo(before, options => options.WithStrictOrdering().ComparingByMembers<RecordedEvent>()
            .Excluding(e => e.Data).Excluding(e => e.Metadata));
        (await reopened.AllAsync()).Select(e => Convert.ToHexString(e.Data.Span)).Should().Equal(before.Select(e => Convert.ToHexString(e.Data.Span)));
        (await reopened.AppendAsync(Appends.To("worker-0", 7), default)).Should().Match<AppendResult>(r => r.Appended && r.LastRevision == 8);
        (await reopened.AppendAsync(Appends.To("worker-1", 0), default)).Should().Be(new AppendResult(false, 6, StorePosition.Start));
    }

    [Fact]
    public async Task Store_OpenElsewhere_IsRefusedNamingTheDirectory()
    {
        await using var store = _files.Open();

        var second = () => _files.Open();

        second.Should().Throw<EventStoreUnavailableException>().WithMessage($"*{_files.Directory}*another process*");
        (await store.AppendAsync(Appends.To("worker-1", -1), default)).Appended.Should().BeTrue();
    }

    [Fact]
    public async Task Store_OfNewerVersion_IsRefusedWithBothVersions()
    {
        await _files.Open().DisposeAsync();
        Sql("PRAGMA user_version = 2");

        var open = () => _files.Open();

        open.Should().Throw<InvalidOperationException>().WithMessage("*schema version 2*up to 1*");
    }

    [Fact]
    public void Store_FileOfSomebodyElse_IsRefused()
    {
        Directory.CreateDirectory(_files.Directory);
        Sql("CREATE TABLE other (a)");

        var open = () => _files.Open();

        open.Should().Throw<InvalidOperationException>().WithMessage("*not an event store*");
    }

    [Fact]
    public async Task Store_FilesCopiedMidLoad_HasEverythingAcknowledgedBefore()
    {
        using var copy = new TemporaryStore();
        await using var store = _files.Open();
        using var stop = new CancellationTokenSource();
        const int MostRevisions = 100;
        var acknowledged = new long[8];
        var writing = Task.WhenAll(Enumerable.Range(0, acknowledged.Length).Select(w => Task.Run(async () =>
        {
            for (long revision = 0; revision < MostRevisions && !stop.IsCancellationRequested; revision++)
            {
                await store.AppendAsync(Appends.To($"worker-{w}", revision - 1, count: 1, bytes: 2_000), default);
                Volatile.Write(ref acknowledged[w], revision);
            }
        })));
        while (acknowledged.Any(a => a < 50) && !writing.IsCompleted)
        {
            await Task.Yield();
        }

        // What a killed process leaves: the log and the database as they are, and no shared memory. The log is copied last
        // and nothing moves it into the database meanwhile: 800 appends of at most four pages are too few for a checkpoint.
        var before = acknowledged.ToArray();
        Directory.CreateDirectory(copy.Directory);
        foreach (var file in new[] { "events.db", "events.db-wal" })
        {
            await using var from = new FileStream(Path.Combine(_files.Directory, file), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            await using var to = File.Create(Path.Combine(copy.Directory, file));
            await from.CopyToAsync(to);
        }

        await stop.CancelAsync();
        await writing;
        await using var recovered = copy.Open();
        for (var w = 0; w < before.Length; w++)
        {
            var revisions = await recovered.ReadStreamAsync($"worker-{w}", ReadDirection.Forwards, 0, int.MaxValue, default)
                .Select(e => e.Revision).ToListAsync();
            revisions.Should().Equal(Enumerable.Range(0, revisions.Count).Select(r => (long)r));
            revisions.Count.Should().BeGreaterThan((int)before[w]);
        }
    }

    [Fact]
    public async Task Append_QueueFull_IsRefusedAtOnceWithRetry()
    {
        await using var store = _files.Open(o => (o.MaxQueuedAppends, o.MaxEventsPerCommit) = (4, 1));

        var appends = Enumerable.Range(0, 500).Select(i => store.AppendAsync(Appends.To($"worker-{i}", -1), default).AsTask()).ToArray();
        await Task.WhenAll(appends).ContinueWith(_ => { }, TaskScheduler.Default);

        var refused = appends.Where(a => a.IsFaulted).Select(a => a.Exception!.InnerException).ToList();
        refused.Should().NotBeEmpty().And.AllBeOfType<EventStoreFullException>();
        refused.Cast<EventStoreFullException>().Should().OnlyContain(e => e.RetryAfter > TimeSpan.Zero);
        (await store.AllAsync()).Should().HaveCount(appends.Count(a => a.IsCompletedSuccessfully));
        (await store.AppendAsync(Appends.To("worker-later", -1), default)).Appended.Should().BeTrue();
    }

    [Fact]
    public async Task Append_QueueFullByBytes_IsRefused()
    {
        await using var store = _files.Open(o => o.MaxQueuedBytes = 1_000);

        var append = async () => await store.AppendAsync(Appends.To("worker-1", -1, bytes: 1_001), default);

        await append.Should().ThrowAsync<EventStoreFullException>();
        (await store.AppendAsync(Appends.To("worker-1", -1, bytes: 900), default)).Appended.Should().BeTrue();
    }

    [Fact]
    public async Task Append_AtEachLimit_IsTakenAndOnePastIsNot()
    {
        await using var store = _files.Open(o => (o.MaxAppendBytes, o.MaxEventsPerCommit, o.MaxNameLength) = (5_000, 10, 20));

        (await store.AppendAsync(Appends.To("a", -1, count: 10, bytes: 500), default)).LastRevision.Should().Be(9);
        (await store.AppendAsync(Appends.To(new string('n', 20), -1), default)).Appended.Should().BeTrue();
        foreach (var tooMuch in new[]
        {
            Appends.To("b", -1, count: 11, bytes: 10), Appends.To("b", -1, count: 10, bytes: 501), Appends.To(new string('n', 21), -1),
            Appends.To("", -1), Appends.To("b\0", -1), Appends.To("b\ud800", -1), Appends.To("b", -2), Appends.To("b", -1, count: 0),
        })
        {
            await FluentActions.Awaiting(async () => await store.AppendAsync(tooMuch, default)).Should().ThrowAsync<ArgumentException>();
        }

        (await store.AllAsync()).Should().HaveCount(11);
    }

    [Fact]
    public async Task Append_AfterClose_IsRefused()
    {
        var store = _files.Open();
        await store.DisposeAsync();

        await FluentActions.Awaiting(async () => await store.AppendAsync(Appends.To("a", -1), default))
            .Should().ThrowAsync<EventStoreUnavailableException>();
        await FluentActions.Awaiting(store.AllAsync).Should().ThrowAsync<EventStoreUnavailableException>();
    }

    [Fact]
    public async Task Subscription_StoreCloses_Ends()
    {
        var store = _files.Open();
        await using var messages = store.SubscribeToAllAsync(StorePosition.Start, [], default).GetAsyncEnumerator();
        var next = messages.MoveNextAsync().AsTask();

        await store.DisposeAsync();

        await FluentActions.Awaiting(() => next).Should().ThrowAsync<EventStoreUnavailableException>();
    }

    [Fact]
    public async Task Append_ByClock_IsCreatedThen()
    {
        var now = new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.FromHours(2));
        await using var store = _files.Open(time: new FixedClock(now));

        await store.AppendAsync(Appends.To("a", -1), default);

        (await store.AllAsync()).Should().ContainSingle().Which.Created.Should().Be(now).And.HaveOffset(TimeSpan.Zero);
    }

    [Fact]
    public void Store_DirectoryIsAFile_IsRefusedAsUnavailable()
    {
        File.WriteAllText(_files.Directory, "");
        try
        {
            var open = () => _files.Open();

            open.Should().Throw<EventStoreUnavailableException>().WithInnerException<IOException>();
        }
        finally
        {
            File.Delete(_files.Directory);
        }
    }

    private void Sql(string sql)
    {
        using var database = Database.Open(Path.Combine(_files.Directory, "events.db"), readOnly: false);
        database.Execute(sql);
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
