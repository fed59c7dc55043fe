using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary>
/// Proof that a log's key signed two histories: two checkpoints of which the smaller is not the beginning of the larger. Anybody can check
/// it without the log and without us; see <c>docs/auditor.md</c>.
/// </summary>
/// <remarks>
/// <code>
/// ledger-fork/v1 LF
/// size &lt;n&gt; LF                 size of the smaller checkpoint, in decimal
/// root &lt;base64&gt; LF            the root that the first n entries of the larger one's tree have: another than the smaller one signs
/// base64 hash LF            RFC 6962 consistency proof from that root to the larger checkpoint, one a line
/// </code>
/// </remarks>
internal sealed record Fork
{
    private Fork(Checkpoint smaller, Checkpoint larger, TreeHash prefix, IReadOnlyList<TreeHash> proof) =>
        (Smaller, Larger, Prefix, Proof) = (smaller, larger, prefix, proof);

    public Checkpoint Smaller { get; }

    public Checkpoint Larger { get; }

    /// <summary>Root that the first entries of the larger tree have, as many as the smaller one has.</summary>
    public TreeHash Prefix { get; }

    public IReadOnlyList<TreeHash> Proof { get; }

    /// <summary>Puts a proof together; false unless it holds by itself.</summary>
    /// <param name="one">A checkpoint of the log.</param>
    /// <param name="other">Another one.</param>
    /// <param name="prefix">Root of the beginning of the larger one's tree.</param>
    /// <param name="proof">Consistency proof from that root to the larger one.</param>
    /// <param name="fork">The proof.</param>
    public static bool TryProve(
        Checkpoint one, Checkpoint other, TreeHash prefix, IReadOnlyList<TreeHash> proof, [MaybeNullWhen(false)] out Fork fork)
    {
        (Checkpoint smaller, Checkpoint larger) = one.Head.Size <= other.Head.Size ? (one, other) : (other, one);

        // Every tree begins with the empty one, and that has one root only.
        bool holds = smaller.Head.Size == 0
            ? prefix == MerkleTree.EmptyRoot
            : ConsistencyProof.Check(smaller.Head with { Root = prefix }, larger.Head, [.. proof]);
        fork = holds && prefix != smaller.Head.Root && string.Equals(one.Origin, other.Origin, StringComparison.Ordinal)
            ? new Fork(smaller, larger, prefix, proof)
            : null;
        return fork is not null;
    }

    /// <summary>
    /// Whether a request to a witness, refused, proves the fork itself: its proof leads to the root that the log signed now, from another
    /// beginning than the log signed before. Anybody can send a proof that fails; only the log's own tree can give one that does this.
    /// </summary>
    public static bool TryFind(Checkpoint? before, Checkpoint now, IReadOnlyList<TreeHash> proof, [MaybeNullWhen(false)] out Fork fork)
    {
        fork = null;
        if (now.Head.Size == 0)
        {
            return TryProve(now, before ?? now, MerkleTree.EmptyRoot, [], out fork);
        }

        return before is not null
            && (before.Head.Size == now.Head.Size
                ? TryProve(before, now, now.Head.Root, [], out fork)
                : ConsistencyProof.FirstRoot(before.Head.Size, now.Head.Size, [.. proof]) is { } prefix && TryProve(before, now, prefix, proof, out fork));
    }

    /// <summary>The file's bytes.</summary>
    public byte[] ToArray()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"ledger-fork/v1\nsize {Smaller.Head.Size}\nroot {Prefix}\n");
        foreach (TreeHash hash in Proof)
        {
            text.Append(hash.ToString()).Append('\n');
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
