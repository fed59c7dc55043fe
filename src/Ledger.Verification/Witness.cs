using System.Diagnostics.CodeAnalysis;

namespace Ledger.Verification;

/// <summary>What a witness remembers of one log: it must be durable before the answer leaves (c2sp.org/tlog-witness, add-checkpoint).</summary>
/// <remarks>
/// <code>
/// ledger-witness-state/v1 LF
/// the checkpoint with the log's signatures and the witness's own, to the end
/// </code>
/// </remarks>
/// <param name="Latest">The latest checkpoint that the witness signed: what <paramref name="Signed"/> says.</param>
/// <param name="Signed">The note: what the witness serves to monitors.</param>
public sealed record WitnessState(Checkpoint Latest, Note Signed)
{
    private static ReadOnlySpan<byte> Header => "ledger-witness-state/v1\n"u8;

    /// <summary>The file's bytes.</summary>
    public byte[] ToArray() => [.. Header, .. Signed.ToArray()];

    /// <summary>Reads a file; false for any other form. Whoever believes a file checks that its own key signed <see cref="Signed"/>.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [MaybeNullWhen(false)] out WitnessState state)
    {
        state = bytes.Span.StartsWith(Header)
            && Note.TryParse(bytes[Header.Length..], out Note? signed)
            && Checkpoint.TryParse(signed.Text.Span, out Checkpoint? latest)
                ? new WitnessState(latest, signed)
                : null;
        return state is not null;
    }
}

/// <summary>How a witness answers; the numbers are HTTP statuses of c2sp.org/tlog-witness, add-checkpoint.</summary>
public enum WitnessOutcome
{
    /// <summary>Cosigned.</summary>
    Signed = 200,

    /// <summary>Not a checkpoint, or its size is less than the old size.</summary>
    Malformed = 400,

    /// <summary>No key of a log knows this origin.</summary>
    UnknownOrigin = 404,

    /// <summary>No known key of the log signed it, or one is said to have and did not.</summary>
    Forbidden = 403,

    /// <summary>The old size is not that of the latest checkpoint the witness signed.</summary>
    Conflict = 409,

    /// <summary>The proof does not show that the log only grew, or the same size has another root.</summary>
    Unprocessable = 422,
}

/// <summary>What a witness decided.</summary>
/// <param name="Outcome">The answer.</param>
/// <param name="LatestSize">Size of the latest checkpoint that the witness has signed after this decision: the body of a conflict.</param>
/// <param name="NewState">When signed: what must be durable before the cosignature leaves. Else null.</param>
/// <param name="Cosignature">When signed: the line to answer with. Else null.</param>
/// <param name="Inconsistent">
/// True when the log is caught: its key signed two roots for one size, or a root for an empty tree that is not the empty root. A proof
/// that fails is not that: anyone can send one.
/// </param>
public sealed record WitnessAnswer(WitnessOutcome Outcome, ulong LatestSize, WitnessState? NewState, NoteSignature? Cosignature, bool Inconsistent);

/// <summary>A witness's decision: it signs what it proved consistent with the last checkpoint it signed, and nothing else.</summary>
public static class Witness
{
    /// <summary>Decides about a request. To decide and to store the new state is one atomic step for each log, before the answer.</summary>
    /// <param name="state">What is remembered of the log with this origin; null when nothing was ever signed.</param>
    /// <param name="request">The request.</param>
    /// <param name="logKeys">The keys trusted for the checkpoint's origin; none when the origin is not known.</param>
    /// <param name="own">The witness's key, a <see cref="KeyAlgorithm.CosignatureV1"/> one.</param>
    /// <param name="now">The time that the cosignature bears.</param>
    /// <exception cref="ArgumentException"><paramref name="own"/> makes no cosignatures, or the state is of another origin.</exception>
    // The order of the checks is that of tlog-witness, add-checkpoint.
    public static WitnessAnswer Decide(
        WitnessState? state, AddCheckpointRequest request, IReadOnlyCollection<VerifierKey> logKeys, SignerKey own, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(logKeys);
        ArgumentNullException.ThrowIfNull(own);
        if (own.Verifier.Algorithm != KeyAlgorithm.CosignatureV1)
        {
            throw new ArgumentException("A witness signs with a key that makes cosignatures.", nameof(own));
        }

        TreeHead latest = state?.Latest.Head ?? new TreeHead(0, MerkleTree.EmptyRoot);
        if (!Checkpoint.TryParse(request.Checkpoint.Text.Span, out Checkpoint? checkpoint))
        {
            return Refuse(WitnessOutcome.Malformed);
        }

        if (state is not null && state.Latest.Origin != checkpoint.Origin)
        {
            throw new ArgumentException("The state is that of another log.", nameof(state));
        }

        if (logKeys.Count == 0)
        {
            return Refuse(WitnessOutcome.UnknownOrigin);
        }

        if (request.Checkpoint.Verify(logKeys, out _) != NoteVerdict.Verified)
        {
            return Refuse(WitnessOutcome.Forbidden);
        }

        TreeHead head = checkpoint.Head;
        bool caught = head.Root != (head.Size == 0 ? MerkleTree.EmptyRoot : head.Size == latest.Size ? latest.Root : head.Root);
        if (request.OldSize > head.Size)
        {
            return Refuse(WitnessOutcome.Malformed, caught);
        }

        if (request.OldSize != latest.Size)
        {
            return Refuse(WitnessOutcome.Conflict, caught);
        }

        if (caught || !IsProven(latest, head, [.. request.Proof]))
        {
            return Refuse(WitnessOutcome.Unprocessable, caught);
        }

        NoteSignature cosignature = own.Sign(request.Checkpoint.Text.Span, now);
        Note signed = Note.Create(request.Checkpoint.Text.Span, [.. VerifiedSignatures(request.Checkpoint, logKeys), cosignature]);
        return new WitnessAnswer(WitnessOutcome.Signed, head.Size, new WitnessState(checkpoint, signed), cosignature, Inconsistent: false);

        WitnessAnswer Refuse(WitnessOutcome outcome, bool inconsistent = false) => new(outcome, latest.Size, null, null, inconsistent);
    }

    // From size 0 no proof is necessary and none may be there; RFC 9162 §2.1.4.2 has no proof from 0.
    private static bool IsProven(TreeHead latest, TreeHead head, TreeHash[] proof) =>
        latest.Size == 0 ? proof.Length == 0 : ConsistencyProof.Check(latest, head, proof);

    // Unknown signatures are not kept: whoever sends them must not make the state grow. One for each key is enough.
    private static IEnumerable<NoteSignature> VerifiedSignatures(Note note, IReadOnlyCollection<VerifierKey> logKeys) =>
        note.Signatures
            .Where(signature => logKeys.Any(signature.IsBy))
            .DistinctBy(static signature => (signature.Name, signature.KeyId));
}
