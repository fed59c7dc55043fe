using Ledger.EventStore;

namespace Ledger.ProtocolHosting;

/// <summary>What a writer of the protocol may expect, which is more than our store knows.</summary>
internal enum Expectation
{
    Revision,
    Any,
    StreamExists,
}

/// <summary>Appends with the protocol's expectations.</summary>
internal static class Appends
{
    /// <summary>"Any" and "stream exists" become the revision the stream is at, again if it has moved on meanwhile.</summary>
    public static async Task<AppendResult> AppendAsync(
        Node node, StreamAppend append, Expectation expectation, CancellationToken cancellationToken)
    {
        await node.Options.BeforeAppend(append);
        while (expectation != Expectation.Revision)
        {
            long last = await LastRevisionAsync(node.Store, append.Stream, cancellationToken);
            if (last == Revisions.NoStream && expectation == Expectation.StreamExists)
            {
                return new AppendResult(Appended: false, last, StorePosition.Start);
            }

            AppendResult result = await node.Store.AppendAsync(append with { ExpectedRevision = last }, cancellationToken);
            if (result.Appended)
            {
                return result;
            }
        }

        return await node.Store.AppendAsync(append, cancellationToken);
    }

    private static async Task<long> LastRevisionAsync(IEventStore store, string stream, CancellationToken cancellationToken)
    {
        await foreach (RecordedEvent @event in store.ReadStreamAsync(stream, ReadDirection.Backwards, Revisions.End, 1, cancellationToken))
        {
            return @event.Revision;
        }

        return Revisions.NoStream;
    }
}
