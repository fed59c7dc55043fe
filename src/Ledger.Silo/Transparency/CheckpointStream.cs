using System.Text;
using System.Text.Json;
using Ledger.Contracts.Transparency;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Verification;

namespace Ledger.Silo.Transparency;

/// <summary>
/// The checkpoints that a log signed, in stream <c>checkpoint-{org}</c>. Appending at the exact revision is the fence: of two activations one
/// appends, the other learns that it is not alone.
/// </summary>
internal sealed class CheckpointStream(IEventStore store, string organisation, TimeProvider time, Entropy entropy)
{
    private long lastRevision = Revisions.NoStream;
    private ReadOnlyMemory<byte> nextSalt = ChainedEvent.FirstSalt;

    public string Name { get; } = CheckpointSigned.StreamOf(organisation);

    /// <summary>The last checkpoint signed, or nothing.</summary>
    public async Task<SignedTree?> LastAsync(CancellationToken cancellationToken)
    {
        lastRevision = Revisions.NoStream;
        nextSalt = ChainedEvent.FirstSalt;
        await foreach (RecordedEvent stored in store.ReadStreamAsync(Name, ReadDirection.Backwards, Revisions.End, 1, cancellationToken))
        {
            SignedTree last = Parse(stored);
            lastRevision = stored.Revision;
            nextSalt = EventMetadata.Read(stored).NextSalt;
            return last;
        }

        return null;
    }

    /// <summary>Records a checkpoint as signed.</summary>
    /// <returns>False: another activation has signed since; nothing of this one may be shown.</returns>
    public async Task<bool> TryAppendAsync(SignedTree signed, CancellationToken cancellationToken)
    {
        CheckpointSigned @event = new(
            organisation, signed.Head.Size, signed.Head.Root.ToString(), Encoding.UTF8.GetString(signed.Note.ToArray()), signed.Position.Commit, signed.Position.Prepare);
        ChainedEvent chained = ChainedEvent.ComposeAlone(
            CheckpointSigned.Type, JsonSerializer.SerializeToUtf8Bytes(@event, LogJson.Default.CheckpointSigned), Name, lastRevision + 1, nextSalt, "log", time, entropy);
        AppendResult result = await store.AppendAsync(new StreamAppend(Name, lastRevision, [chained.Event]), cancellationToken);
        if (result.Appended)
        {
            (lastRevision, nextSalt) = (lastRevision + 1, chained.NextSalt);
        }

        return result.Appended;
    }

    private SignedTree Parse(RecordedEvent stored)
    {
        try
        {
            CheckpointSigned? signed = JsonSerializer.Deserialize(stored.Data.Span, LogJson.Default.CheckpointSigned);
            if (signed is not null
                && TreeHash.TryParse(signed.RootHash, out TreeHash root)
                && Note.TryParse(Encoding.UTF8.GetBytes(signed.Note), out Note? note)
                && Checkpoint.TryParse(note.Text.Span, out Checkpoint? checkpoint)
                && checkpoint.Head == new TreeHead(signed.Size, root))
            {
                return new SignedTree(checkpoint.Head, note, new StorePosition(signed.Commit, signed.Prepare));
            }
        }
        catch (JsonException)
        {
            // Answered below, like everything else that is not a checkpoint of ours.
        }

        throw new LogStoppedException($"Event {stored.Revision} of stream {Name} is not a checkpoint that a log signed. Restore the store from a backup.");
    }
}

/// <summary>A tree that the log signed.</summary>
/// <param name="Head">Size and root.</param>
/// <param name="Note">The checkpoint with signatures.</param>
/// <param name="Position">Position of the last leaf's event.</param>
internal sealed record SignedTree(TreeHead Head, Note Note, StorePosition Position);
