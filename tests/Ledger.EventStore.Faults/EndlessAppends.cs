using System.Globalization;
using Ledger.EventStore.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.EventStore.Faults;

/// <summary>Appends until killed, and prints "stream revision" of each once acknowledged. The id of an event tells both.</summary>
internal static class EndlessAppends
{
    private const int Appenders = 4;

    public static async Task RunAsync(string directory)
    {
        var options = new EmbeddedEventStoreOptions { Directory = directory, CheckpointPages = 64 };
        await using var store = EmbeddedEventStore.Open(options, TimeProvider.System, NullLogger.Instance);
        await Task.WhenAll(Enumerable.Range(0, Appenders).Select(i => Task.Run(() => AppendAsync(store, i))));
    }

    private static async Task AppendAsync(EmbeddedEventStore store, int worker)
    {
        var stream = $"worker-{worker}";
        var revision = Revisions.NoStream;
        await foreach (var last in store.ReadStreamAsync(stream, ReadDirection.Backwards, Revisions.End, 1, CancellationToken.None))
        {
            revision = last.Revision;
        }

        while (true)
        {
            var id = new Guid((int)revision + 1, (short)worker, 0, new byte[8]);
            var answer = await store.AppendAsync(
                new StreamAppend(stream, revision, [new NewEvent(id, "decision-recorded.v1", new byte[1_000], default)]), CancellationToken.None);
            revision = answer.Appended ? answer.LastRevision : throw new InvalidOperationException($"{stream} after {revision}: {answer}");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{worker} {revision}"));
        }
    }
}
