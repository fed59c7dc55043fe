using System.Security.Cryptography;

namespace Ledger.EventStore.Tests.Embedded;

/// <summary>Builds appends with sensible defaults.</summary>
internal static class Appends
{
    public static StreamAppend To(string stream, long expectedRevision, int count = 1, int bytes = 100) => new(
        stream,
        expectedRevision,
        [.. Enumerable.Range(0, count).Select(_ => new NewEvent(
            new Guid(RandomNumberGenerator.GetBytes(16)), "decision-recorded.v1", RandomNumberGenerator.GetBytes(bytes), default))]);

    public static async Task<List<RecordedEvent>> AllAsync(this IEventStore store) =>
        await store.ReadAllAsync(ReadDirection.Forwards, StorePosition.Start, int.MaxValue, default).ToListAsync();
}
