using System.Text;
using Google.Protobuf;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Transparency;
using Ledger.Verification;

namespace Ledger.Api.Transparency;

/// <summary>Waits until something recorded is in a published checkpoint, and gives proofs their outer form.</summary>
internal sealed class LogProofs(GrainReferences<ITransparencyLog> logs, GrainReferences<ILogReader> readers)
{
    /// <exception cref="RefusedException">It was not published in time.</exception>
    public async Task AwaitPublishedAsync(string organisation, ulong commit, ulong prepare)
    {
        if (!await logs.Of(organisation).AwaitPublishedAsync(commit, prepare, Limits.PublishedPatience))
        {
            throw new RefusedException(new Refusal(RefusalCode.NotPublishedYet, "", RetryAfter: Limits.RetryAfter));
        }
    }

    /// <summary>The proof of something recorded, as soon as it is published.</summary>
    /// <exception cref="RefusedException">It was not published in time.</exception>
    public async Task<ProvenLeaf> AwaitAsync(string organisation, Receipt receipt)
    {
        await AwaitPublishedAsync(organisation, receipt.Commit, receipt.Prepare);
        LogAnswer<ProvenEvents> answer = await readers.Of(organisation).ProveEventsAsync([new RecordedLeaf(receipt.Commit, receipt.Prepare, receipt.LeafHash)], null);
        return answer.Refusal is { } refusal ? throw new RefusedException(refusal)
            : answer.Value is { Leaves: [var leaf] } ? leaf
            : throw new RefusedException(new Refusal(RefusalCode.NotPublishedYet, "", RetryAfter: Limits.RetryAfter));
    }

    /// <summary>What a log answered.</summary>
    /// <exception cref="RefusedException">It refused, or there is none.</exception>
    public static T Value<T>(LogAnswer<T> answer)
        where T : class => answer.Value ?? throw new RefusedException(answer.Refusal ?? new Refusal(RefusalCode.NotFound, ""));

    public static V1.Checkpoint ToCheckpoint(string organisation, byte[] bytes)
    {
        (Note note, Checkpoint checkpoint) = Parse(bytes);
        return new V1.Checkpoint
        {
            Origin = checkpoint.Origin,
            Size = checkpoint.Head.Size,
            RootHash = ByteString.CopyFrom(checkpoint.Head.Root.ToArray()),
            Note = Encoding.UTF8.GetString(note.ToArray()),
            Path = $"/log/{organisation}",
        };
    }

    public static V1.InclusionProof ToProof(string organisation, ProvenLeaf leaf)
    {
        V1.InclusionProof proof = new()
        {
            LeafIndex = leaf.Index,
            LeafHash = UnsafeByteOperations.UnsafeWrap(leaf.LeafHash),
            Checkpoint = ToCheckpoint(organisation, leaf.Checkpoint),
            TlogProof = ToFile(leaf),
        };
        proof.Hashes.AddRange(leaf.Hashes.Select(h => UnsafeByteOperations.UnsafeWrap(h)));
        return proof;
    }

    public static V1.DecisionInclusion ToInclusion(ProvenLeaf leaf) => new() { LeafIndex = leaf.Index, TlogProof = ToFile(leaf) };

    public static TlogProof ToTlogProof(ProvenLeaf leaf, Note checkpoint) =>
        new(null, leaf.Index, [.. leaf.Hashes.Select(h => new TreeHash(h))], checkpoint);

    /// <exception cref="InvalidDataException">The silo's answer is no checkpoint.</exception>
    public static (Note Note, Checkpoint Checkpoint) Parse(byte[] bytes) =>
        Note.TryParse(bytes, out Note? note) && Checkpoint.TryParse(note.Text.Span, out Checkpoint? checkpoint)
            ? (note, checkpoint)
            : throw new InvalidDataException("The published checkpoint is not one.");

    private static string ToFile(ProvenLeaf leaf) => Encoding.UTF8.GetString(ToTlogProof(leaf, Parse(leaf.Checkpoint).Note).ToArray());
}
