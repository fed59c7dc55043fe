using Ledger.Contracts;
using Ledger.Silo.Hosting;
using Ledger.Verification;

namespace Ledger.Silo.Transparency;

/// <summary>
/// Gathers cosignatures and publishes. A checkpoint that too few witnesses have signed stays unpublished, so that history cannot fork
/// unseen; a newer one takes its place as soon as enough have signed that.
/// </summary>
internal sealed class Publisher(TileFolder tiles, LogProgress progress, IReadOnlyList<VerifierKey> witnesses, int required)
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<ulong, SignedTree> waiting = [];
    private SignedTree? published;

    /// <summary>A tree was signed and stands in the store.</summary>
    public void Offer(SignedTree signed)
    {
        lock (gate)
        {
            waiting[signed.Head.Size] = signed;
            while (waiting.Count > Limits.CheckpointsAwaitingWitnesses)
            {
                waiting.Remove(waiting.Keys.First());
            }

            PublishIfEnough(signed);
        }
    }

    /// <summary>Takes a cosignature of a checkpoint that the log signed a moment ago.</summary>
    /// <returns>Nothing if it was taken, or why not.</returns>
    public Refusal? Take(Note cosigned)
    {
        if (!Checkpoint.TryParse(cosigned.Text.Span, out Checkpoint? checkpoint))
        {
            return new Refusal(RefusalCode.Malformed, "note", ["c2sp.org/tlog-checkpoint"]);
        }

        lock (gate)
        {
            SignedTree? tree = waiting.GetValueOrDefault(checkpoint.Head.Size) ?? (published?.Head.Size == checkpoint.Head.Size ? published : null);
            if (tree is null || !tree.Note.Text.Span.SequenceEqual(cosigned.Text.Span))
            {
                return new Refusal(RefusalCode.NotFound, "note");
            }

            NoteSignature[] known = [.. cosigned.Signatures.Where(s => witnesses.Any(w => IsBy(s, w) && w.Verify(cosigned.Text.Span, s.Signature.Span)))];
            if (known.Length == 0)
            {
                return new Refusal(RefusalCode.UnknownWitness, "note");
            }

            SignedTree signed = tree with { Note = tree.Note.With(known) };
            if (ReferenceEquals(tree, published))
            {
                Publish(signed);
            }
            else
            {
                waiting[signed.Head.Size] = signed;
                PublishIfEnough(signed);
            }

            return null;
        }
    }

    /// <summary>Whether the published checkpoint carries the cosignatures demanded.</summary>
    public int CosignaturesOn(Note note) => witnesses.Count(w => note.Signatures.Any(s => IsBy(s, w)));

    private void PublishIfEnough(SignedTree signed)
    {
        if (CosignaturesOn(signed.Note) >= required && (published is null || signed.Head.Size >= published.Head.Size))
        {
            Publish(signed);
        }
    }

    private void Publish(SignedTree signed)
    {
        tiles.Publish(signed.Note.ToArray(), cosigned: CosignaturesOn(signed.Note) > 0);
        published = signed;
        foreach (ulong older in waiting.Keys.TakeWhile(size => size <= signed.Head.Size).ToArray())
        {
            waiting.Remove(older);
        }

        progress.PublishedNow(signed);
    }

    private static bool IsBy(NoteSignature signature, VerifierKey key) =>
        signature.KeyId == key.Id && string.Equals(signature.Name, key.Name, StringComparison.Ordinal);
}
