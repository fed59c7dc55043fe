using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Ledger.Verification;

/// <summary>What a log asks of a witness: the body of <c>add-checkpoint</c> (c2sp.org/tlog-witness).</summary>
/// <remarks>
/// <code>
/// old &lt;size&gt; LF          decimal, no leading zeros
/// base64 hash LF         the consistency proof, zero to 63 lines
/// LF
/// signed checkpoint      to the end
/// </code>
/// </remarks>
/// <param name="OldSize">Size of the latest checkpoint that the witness signed, as the log remembers it.</param>
/// <param name="Proof">Consistency proof from the old size to the checkpoint's; empty from 0.</param>
/// <param name="Checkpoint">The checkpoint, signed by the log.</param>
public sealed record AddCheckpointRequest(ulong OldSize, IReadOnlyList<TreeHash> Proof, Note Checkpoint)
{
    /// <summary>Most hashes in a request.</summary>
    public const int MaxProofHashes = 63;

    /// <summary>The body's bytes.</summary>
    public byte[] ToArray()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"old {OldSize}\n");
        foreach (TreeHash hash in Proof)
        {
            text.Append(hash.ToString()).Append('\n');
        }

        return [.. Encoding.ASCII.GetBytes(text.Append('\n').ToString()), .. Checkpoint.ToArray()];
    }

    /// <summary>Reads a body; false for any other form. The note is not verified, nor is it known yet to be a checkpoint.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [MaybeNullWhen(false)] out AddCheckpointRequest request)
    {
        request = null;
        ReadOnlySpan<byte> rest = bytes.Span;
        if (!Lines.TryTake(ref rest, "old "u8, out ReadOnlySpan<byte> size) || !Decimal.TryParse(size, out ulong oldSize)
            || !Lines.TryTakeHashes(ref rest, MaxProofHashes, out TreeHash[] proof)
            || !Note.TryParse(bytes[^rest.Length..], out Note? checkpoint))
        {
            return false;
        }

        request = new AddCheckpointRequest(oldSize, proof, checkpoint);
        return true;
    }
}
