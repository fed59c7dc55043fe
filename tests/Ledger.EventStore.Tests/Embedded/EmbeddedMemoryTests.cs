using FluentAssertions;
using Xunit;

namespace Ledger.EventStore.Tests.Embedded;

// Alone: what is measured is the memory of the whole process.
[Collection(nameof(EmbeddedMemoryTests))]
[CollectionDefinition(nameof(EmbeddedMemoryTests), DisableParallelization = true)]
public sealed class EmbeddedMemoryTests : IDisposable
{
    private readonly TemporaryStore _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task ReadStream_OfLongStream_HoldsAPageAndNoTransaction()
    {
        await using var store = _files.Open();
        for (var i = 0; i < 64; i++)
        {
            await store.AppendAsync(Appends.To("long", (i * 100) - 1, count: 100, bytes: 10_000), default);
        }

        var held = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        var read = 0;
        await foreach (var @event in store.ReadStreamAsync("long", ReadDirection.Forwards, 0, int.MaxValue, default))
        {
            if (++read % 500 == 0)
            {
                most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - held);
            }
        }

        read.Should().Be(6_400);
        most.Should().BeLessThan(16 << 20, "64 MB were read, a page at a time");

        // A reader that stopped in the middle does not keep the log from starting over.
        await using var slow = store.ReadStreamAsync("long", ReadDirection.Forwards, 0, int.MaxValue, default).GetAsyncEnumerator();
        await slow.MoveNextAsync();
        for (var i = 64; i < 264; i++)
        {
            await store.AppendAsync(Appends.To("long", (i * 100) - 1, count: 100, bytes: 10_000), default);
        }

        new FileInfo(Path.Combine(_files.Directory, "events.db-wal")).Length.Should().BeLessThan(96 << 20, "200 MB went through it");
    }
}
