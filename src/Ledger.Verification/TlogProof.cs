using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Ledger.Verification;

/// <summary>Proof that an entry is in a log, to be checked offline: a <c>.tlog-proof</c> file (c2sp.org/tlog-proof).</summary>
/// <remarks>
/// <code>
/// c2sp.org/tlog-proof@v1 LF
/// extra &lt;base64&gt; LF       optional, never authenticated
/// index &lt;n&gt; LF            decimal, no leading zeros
/// base64 hash LF           the inclusion proof from leaf to root, zero to 64 lines
/// LF
/// signed checkpoint        to the end
/// </code>
/// </remarks>
/// <param name="Extra">Data that no signature covers; null or empty for none.</param>
/// <param name="Index">Number of the entry in the log, from 0.</param>
/// <param name="Hashes">The inclusion proof.</param>
/// <param name="Checkpoint">The checkpoint with its signatures.</param>
public sealed record TlogProof(ReadOnlyMemory<byte>? Extra, ulong Index, IReadOnlyList<TreeHash> Hashes, Note Checkpoint)
{
    /// <summary>Most hashes: the height of a tree of 2⁶⁴ − 1 leaves.</summary>
    public const int MaxHashes = 64;

    private static ReadOnlySpan<byte> Header => "c2sp.org/tlog-proof@v1\n"u8;

    /// <summary>The file's bytes.</summary>
    public byte[] ToArray()
    {
        StringBuilder text = new();
        if (Extra is { IsEmpty: false } extra)
        {
            text.Append("extra ").Append(Convert.ToBase64String(extra.Span)).Append('\n');
        }

        text.Append(CultureInfo.InvariantCulture, $"index {Index}\n");
        foreach (TreeHash hash in Hashes)
        {
            text.Append(hash.ToString()).Append('\n');
        }

        return [.. Header, .. Encoding.ASCII.GetBytes(text.Append('\n').ToString()), .. Checkpoint.ToArray()];
    }

    /// <summary>Reads a file; false for any other form. Nothing is verified, nor is the note known yet to be a checkpoint.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [MaybeNullWhen(false)] out TlogProof proof)
    {
        proof = null;
        if (!bytes.Span.StartsWith(Header))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = bytes.Span[Header.Length..];
        byte[] extra = [];
        if (Lines.TryTake(ref rest, "extra "u8, out ReadOnlySpan<byte> base64) && (!CanonicalBase64.TryDecode(base64, out extra) || extra.Length == 0))
        {
            return false;
        }

        if (!Lines.TryTake(ref rest, "index "u8, out ReadOnlySpan<byte> number) || !Decimal.TryParse(number, out ulong index)
            || !Lines.TryTakeHashes(ref rest, MaxHashes, out TreeHash[] hashes)
            || !Note.TryParse(bytes[^rest.Length..], out Note? checkpoint))
        {
            return false;
        }

        proof = new TlogProof(extra.Length == 0 ? (ReadOnlyMemory<byte>?)null : extra, index, hashes, checkpoint);
        return true;
    }
}
