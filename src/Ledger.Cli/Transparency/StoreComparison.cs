using System.Text.Json;
using System.Threading.Channels;
using Ledger.Contracts.Transparency;
using Ledger.EventStore;
using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary>What is wrong with a store that is held against its log.</summary>
internal enum StoreFault
{
    /// <summary>The data of an event was changed.</summary>
    DataEdited,

    /// <summary>The metadata of an event was changed.</summary>
    MetadataEdited,

    /// <summary>The type of an event was changed.</summary>
    TypeEdited,

    /// <summary>The id of an event was changed.</summary>
    IdEdited,

    /// <summary>An event stands in another stream, at another revision or in another order than when it was recorded.</summary>
    Moved,

    /// <summary>An event of the log is not in the store.</summary>
    Missing,

    /// <summary>An event stands among the recorded ones that the log does not know.</summary>
    Inserted,

    /// <summary>The store holds a checkpoint that the log's key signed over another tree: two histories were signed.</summary>
    TwoTrees,

    /// <summary>The store holds a checkpoint that is none, or that the log's key did not sign.</summary>
    CheckpointForged,
}

/// <summary>The first thing that is wrong.</summary>
/// <param name="Fault">What.</param>
/// <param name="Index">Place in the log, from 0; for checkpoints the size of the tree.</param>
/// <param name="EventId">The event.</param>
/// <param name="Stream">Where the store has it now; nothing when it has it nowhere.</param>
/// <param name="Revision">The same.</param>
internal sealed record StoreFinding(StoreFault Fault, ulong Index, Guid? EventId, string? Stream, long? Revision);

/// <summary>What the comparison saw.</summary>
/// <param name="Compared">Events that are as the log has them.</param>
/// <param name="Checkpoints">Checkpoints in the store that fit the tree.</param>
/// <param name="Later">Events that the store has after the last one in the log's checkpoint: they are not proven yet.</param>
/// <param name="Finding">The first difference, or nothing.</param>
internal sealed record StoreVerdict(ulong Compared, ulong Checkpoints, ulong Later, StoreFinding? Finding);

/// <summary>
/// Holds a store against its log, event by event, always from the stored bytes: nothing that the store says of itself is believed. The log's
/// entries must be proven beforehand.
/// </summary>
internal sealed class StoreComparison(
    IEventStore store, string organisation, TreeHead head, IReadOnlyCollection<VerifierKey> keys, Func<TileId, CancellationToken, Task<EntryBundle>> readBundle)
{
    private readonly TreeBuilder tree = new();
    private ulong checkpoints;

    /// <param name="report">Told from time to time how many events were compared.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="LogReadException">The log cannot be read, or its entries are no longer those of the head.</exception>
    // One task reads the store; pages are hashed as many at a time as there are processors, and taken in order.
    public async Task<StoreVerdict> RunAsync(Action<long> report, CancellationToken cancellationToken)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Channel<Task<Page>> pages = Channel.CreateBounded<Task<Page>>(Environment.ProcessorCount);
        Task<ulong> reading = Task.Run(() => ReadAsync(pages.Writer, end.Token), end.Token);
        try
        {
            StoreFinding? difference = await TakeAsync(pages.Reader, report, end.Token);
            return new StoreVerdict(difference?.Index ?? tree.Size, checkpoints, difference is null ? await reading : 0, difference);
        }
        finally
        {
            await end.CancelAsync();
            await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (pages.Reader.TryRead(out Task<Page>? left))
            {
                await ((Task)left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Reads the store to its end; gives the number of leaves after those that the log has.</summary>
    private async Task<ulong> ReadAsync(ChannelWriter<Task<Page>> pages, CancellationToken cancellationToken)
    {
        try
        {
            await using IAsyncEnumerator<RecordedEvent[]> leaves = LeavesAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
            for (ulong first = 0; first < head.Size; first += TileId.FullWidth)
            {
                TileId bundle = TileId.At(TileId.EntriesLevel, first / TileId.FullWidth, head.Size)!.Value;
                RecordedEvent[] events = await leaves.MoveNextAsync() ? leaves.Current : [];
                await pages.WriteAsync(Task.Run(() => CompareAsync(bundle, events, cancellationToken), cancellationToken), cancellationToken);
            }

            ulong later = 0;
            while (await leaves.MoveNextAsync())
            {
                later += (ulong)leaves.Current.Length;
            }

            return later;
        }
        finally
        {
            pages.Complete();
        }
    }

    /// <summary>Takes the pages in order; gives the first difference, if there is one.</summary>
    private async Task<StoreFinding?> TakeAsync(ChannelReader<Task<Page>> pages, Action<long> report, CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<RecordedEvent> signed = store
            .ReadStreamAsync(CheckpointSigned.StreamOf(organisation), ReadDirection.Forwards, 0, int.MaxValue, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        (RecordedEvent Stored, ulong? Size)? next = await NextAsync();
        await foreach (Task<Page> comparing in pages.ReadAllAsync(cancellationToken))
        {
            Page page = await comparing;
            if (page.Difference is { } at)
            {
                return await ExplainAsync(tree.Size + (ulong)at, page.Bundle[at], at < page.Events.Length ? page.Events[at] : null, cancellationToken);
            }

            foreach (TreeHash leaf in page.Leaves)
            {
                tree.Append(leaf);
                while (next is { } checkpoint && (checkpoint.Size ?? 0) <= tree.Size)
                {
                    if (CheckSigned(checkpoint.Stored, checkpoint.Size) is { } wrong)
                    {
                        return wrong;
                    }

                    next = await NextAsync();
                }
            }

            report((long)tree.Size);
        }

        // The entries were proven when the log was verified, and read again here. If the store could not be read, that is told instead.
        return tree.Size < head.Size || tree.Root() == head.Root ? null
            : throw new LogReadException(LogFault.Unproven, new TileId(TileId.EntriesLevel, 0, TileId.FullWidth).Path);

        async ValueTask<(RecordedEvent, ulong?)?> NextAsync() =>
            await signed.MoveNextAsync() ? (signed.Current, Parse(signed.Current)?.Size) : null;
    }

    /// <summary>The events that are leaves, as many at a time as a bundle of the log has entries.</summary>
    private async IAsyncEnumerable<RecordedEvent[]> LeavesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<RecordedEvent> page = new(TileId.FullWidth);
        ulong read = 0;
        await foreach (RecordedEvent stored in store.ReadAllAsync(ReadDirection.Forwards, StorePosition.Start, int.MaxValue, cancellationToken))
        {
            if (!LogLeaves.Holds(organisation, stored.Stream))
            {
                continue;
            }

            page.Add(stored);
            read++;
            // The log's last bundle may be unfinished: what comes after it is a page of its own.
            if (page.Count == TileId.FullWidth || read == head.Size)
            {
                yield return [.. page];
                page.Clear();
            }
        }

        if (page.Count > 0)
        {
            yield return [.. page];
        }
    }

    private async Task<Page> CompareAsync(TileId id, RecordedEvent[] events, CancellationToken cancellationToken)
    {
        EntryBundle bundle = await readBundle(id, cancellationToken);
        TreeHash[] leaves = new TreeHash[bundle.Count];
        for (int i = 0; i < leaves.Length; i++)
        {
            if (i >= events.Length || Change(events[i], bundle[i]) != EventChange.None)
            {
                return new Page(bundle, events, leaves, i);
            }

            leaves[i] = MerkleTree.HashLeaf(bundle[i].Span);
        }

        return new Page(bundle, events, leaves, null);
    }

    private async Task<StoreFinding> ExplainAsync(ulong index, ReadOnlyMemory<byte> entry, RecordedEvent? stored, CancellationToken cancellationToken)
    {
        Guid? recorded = EventDifference.IdOf(entry.Span);
        if (stored is not null && stored.Id == recorded)
        {
            return Finding(FaultOf(Change(stored, entry)), stored);
        }

        if (stored is not null && Change(stored, entry) == EventChange.Id)
        {
            return new StoreFinding(StoreFault.IdEdited, index, recorded, stored.Stream, stored.Revision);
        }

        if (stored is not null && !await IsInLogAsync(stored.Id, index, cancellationToken))
        {
            return Finding(StoreFault.Inserted, stored);
        }

        RecordedEvent? before = null;
        await foreach (RecordedEvent other in store.ReadAllAsync(ReadDirection.Forwards, StorePosition.Start, int.MaxValue, cancellationToken))
        {
            if (other.Id == recorded)
            {
                // Where only one stands in front of it that belongs further back, it is that one which was moved.
                return Finding(StoreFault.Moved, stored is not null && before?.Position == stored.Position ? stored : other);
            }

            before = LogLeaves.Holds(organisation, other.Stream) ? other : before;
        }

        return new StoreFinding(StoreFault.Missing, index, recorded, null, null);

        StoreFinding Finding(StoreFault fault, RecordedEvent @event) => new(fault, index, @event.Id, @event.Stream, @event.Revision);
    }

    private async Task<bool> IsInLogAsync(Guid id, ulong from, CancellationToken cancellationToken)
    {
        for (ulong bundle = from / TileId.FullWidth; TileId.At(TileId.EntriesLevel, bundle, head.Size) is { } tile; bundle++)
        {
            EntryBundle entries = await readBundle(tile, cancellationToken);
            for (int i = 0; i < entries.Count; i++)
            {
                if (EventDifference.IdOf(entries[i].Span) == id)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private StoreFinding? CheckSigned(RecordedEvent stored, ulong? size)
    {
        if (size is null || Parse(stored) is not { } signed || !TreeHash.TryParse(signed.RootHash, out TreeHash root)
            || !Note.TryParse(System.Text.Encoding.UTF8.GetBytes(signed.Note), out Note? note)
            || note.Verify(keys, out _) != NoteVerdict.Verified
            || !Checkpoint.TryParse(note.Text.Span, out Checkpoint? checkpoint)
            || checkpoint.Head != new TreeHead(signed.Size, root))
        {
            return new StoreFinding(StoreFault.CheckpointForged, size ?? tree.Size, stored.Id, stored.Stream, stored.Revision);
        }

        // A size that was passed already is one that was signed before, and then went back.
        if (checkpoint.Head != tree.Head)
        {
            return new StoreFinding(StoreFault.TwoTrees, size.Value, stored.Id, stored.Stream, stored.Revision);
        }

        checkpoints++;
        return null;
    }

    /// <summary>In what a stored event differs from an entry that is proven to be in the log.</summary>
    public static EventChange Change(RecordedEvent stored, ReadOnlyMemory<byte> entry) =>
        EventBytes.TryOf(stored.Stream, stored.Revision, stored.Id, stored.Type, stored.Data, stored.Metadata, out EventBytes bytes)
        ? EventDifference.Find(bytes, entry.Span)
        // Without salts there is no entry to make; that alone is a change of the metadata.
        : EventChange.Metadata;

    private static StoreFault FaultOf(EventChange change) => change switch
    {
        EventChange.Data => StoreFault.DataEdited,
        EventChange.Metadata => StoreFault.MetadataEdited,
        EventChange.Type => StoreFault.TypeEdited,
        _ => StoreFault.Moved,
    };

    private static CheckpointSigned? Parse(RecordedEvent stored)
    {
        try
        {
            return string.Equals(stored.Type, CheckpointSigned.Type, StringComparison.Ordinal)
                ? JsonSerializer.Deserialize(stored.Data.Span, LogJson.Default.CheckpointSigned)
                : null;
        }
        catch (JsonException)
        {
            // What is no checkpoint is a finding of the caller.
            return null;
        }
    }

    /// <summary>A bundle of the log and as many events of the store.</summary>
    /// <param name="Bundle">The entries.</param>
    /// <param name="Events">The events in their place, fewer at the end of the store.</param>
    /// <param name="Leaves">Hashes of the entries, up to a difference.</param>
    /// <param name="Difference">The first that differs.</param>
    private sealed record Page(EntryBundle Bundle, RecordedEvent[] Events, TreeHash[] Leaves, int? Difference);
}
