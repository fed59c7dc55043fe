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

    // Signed trees that a cosignature may still be for, the published one too: witnesses may need longer than the log's interval.
    private readonly SortedDictionary<ulong, SignedTree> known = [];
    private ulong publishedSize;
    private ulong cosignedSize;

    /// <summary>A tree was signed and stands in the store.</summary>
    public void Offer(SignedTree signed)
    {
        lock (gate)
        {
            known[signed.Head.Size] = signed;
            while (known.Count > Limits.CheckpointsAwaitingWitnesses)
            {
                known.Remove(known.Keys.First());
            }

            Show(signed);
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
            if (!known.TryGetValue(checkpoint.Head.Size, out SignedTree? tree) || !tree.Note.Text.Span.SequenceEqual(cosigned.Text.Span))
            {
                return new Refusal(RefusalCode.NotFound, "note");
            }

            NoteSignature[] good = [.. cosigned.Signatures.Where(s => witnesses.Any(w => IsBy(s, w) && w.Verify(cosigned.Text.Span, s.Signature.Span)))];
            if (good.Length == 0)
            {
                return new Refusal(RefusalCode.UnknownWitness, "note");
            }

            SignedTree signed = tree with { Note = tree.Note.With(good) };
            known[signed.Head.Size] = signed;
            Show(signed);
            return null;
        }
    }

    private void Show(SignedTree signed)
    {
        int cosignatures = witnesses.Count(w => signed.Note.Signatures.Any(s => IsBy(s, w)));
        if (cosignatures < required)
        {
            return;
        }

        if (cosignatures > 0 && signed.Head.Size >= cosignedSize)
        {
            cosignedSize = signed.Head.Size;
            tiles.PublishCosigned(signed.Note.ToArray());
        }

        if (signed.Head.Size >= publishedSize)
        {
            publishedSize = signed.Head.Size;
            // What others were shown is not taken back, not even when another activation was faster.
            if (SizeOf(tiles.ReadCheckpoint()) <= publishedSize)
            {
                tiles.Publish(signed.Note.ToArray());
            }

            progress.PublishedNow(signed);
        }

        ulong done = witnesses.Count == 0 ? publishedSize : cosignedSize;
        foreach (ulong older in known.Keys.TakeWhile(size => size < done).ToArray())
        {
            known.Remove(older);
        }
    }

    private static ulong SizeOf(byte[]? bytes) =>
        Note.TryParse(bytes, out Note? note) && Checkpoint.TryParse(note.Text.Span, out Checkpoint? checkpoint) ? checkpoint.Head.Size : 0;

    private static bool IsBy(NoteSignature signature, VerifierKey key) =>
        signature.KeyId == key.Id && string.Equals(signature.Name, key.Name, StringComparison.Ordinal);
}
