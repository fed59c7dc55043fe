using System.Diagnostics.CodeAnalysis;
using System.Text;
using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary>What a verification keeps for the next one: the log's keys that were used, and the checkpoint that was found sound.</summary>
/// <remarks>
/// <code>
/// ledger-verified/v1 LF
/// log &lt;verifier key&gt; LF        one or more
/// LF
/// signed checkpoint          to the end
/// </code>
/// </remarks>
/// <param name="Keys">The log's keys.</param>
/// <param name="Signed">The checkpoint, with its signatures.</param>
/// <param name="Checkpoint">What it says.</param>
internal sealed record KeptCheckpoint(IReadOnlyList<VerifierKey> Keys, Note Signed, Checkpoint Checkpoint)
{
    public const string FileName = "verified";

    private const string Header = "ledger-verified/v1\n", KeyLine = "log ";

    public byte[] ToArray() => [.. Encoding.UTF8.GetBytes(Header + string.Concat(Keys.Select(k => $"{KeyLine}{k}\n")) + "\n"), .. Signed.ToArray()];

    /// <summary>Reads the file; false for any other form, and when none of its keys signed its checkpoint.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [MaybeNullWhen(false)] out KeptCheckpoint kept)
    {
        kept = null;
        int end = bytes.Span.IndexOf("\n\n"u8);
        if (end < 0 || !bytes.Span.StartsWith(Encoding.UTF8.GetBytes(Header)))
        {
            return false;
        }

        List<VerifierKey> keys = [];
        foreach (string line in Encoding.UTF8.GetString(bytes.Span[Header.Length..end]).Split('\n'))
        {
            if (!line.StartsWith(KeyLine, StringComparison.Ordinal) || !VerifierKey.TryParse(line.AsSpan(KeyLine.Length), out VerifierKey? key))
            {
                return false;
            }

            keys.Add(key);
        }

        kept = Note.TryParse(bytes[(end + 2)..], out Note? signed) && Checkpoint.TryParse(signed.Text.Span, out Checkpoint? checkpoint)
            && signed.Verify(keys, out _) == NoteVerdict.Verified
                ? new KeptCheckpoint(keys, signed, checkpoint)
                : null;
        return kept is not null;
    }
}
