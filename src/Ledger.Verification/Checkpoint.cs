using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Ledger.Verification;

/// <summary>A log's statement of its tree: the text of a note (c2sp.org/tlog-checkpoint).</summary>
/// <remarks>
/// <code>
/// origin LF             who says so; the log's key should have the same name
/// tree size LF          decimal, no leading zeros
/// base64 root hash LF
/// extension line LF     zero or more, none empty; none is ever made here, nobody can audit them
/// </code>
/// </remarks>
/// <param name="Origin">The log's identity.</param>
/// <param name="Head">Size and root of its tree.</param>
public sealed record Checkpoint(string Origin, TreeHead Head)
{
    /// <summary>The log's identity: not empty, one line.</summary>
    /// <exception cref="ArgumentException">Empty, or with control characters or broken surrogates.</exception>
    public string Origin { get; init => field = Line(value); } = Line(Origin);

    /// <summary>Extension lines that were read, without their LF.</summary>
    public IReadOnlyList<string> Extensions { get; private init; } = [];

    /// <summary>The note's text, its last LF included.</summary>
    public byte[] ToText()
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{Origin}\n{Head.Size}\n{Head.Root}\n");
        foreach (string extension in Extensions)
        {
            text.Append(extension).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Reads the text of a note; false for any other form. Whether the note is signed, <see cref="Note.Verify"/> says.</summary>
    public static bool TryParse(ReadOnlySpan<byte> noteText, [MaybeNullWhen(false)] out Checkpoint checkpoint)
    {
        checkpoint = null;
        ReadOnlySpan<byte> rest = noteText;
        if (!Lines.IsText(noteText)
            || !Lines.TryTake(ref rest, out ReadOnlySpan<byte> origin) || origin.IsEmpty
            || !Lines.TryTake(ref rest, out ReadOnlySpan<byte> size) || !Decimal.TryParse(size, out ulong leaves)
            || !Lines.TryTake(ref rest, out ReadOnlySpan<byte> hash) || !TreeHash.TryParse(hash, out TreeHash root))
        {
            return false;
        }

        List<string> extensions = [];
        while (!rest.IsEmpty)
        {
            if (!Lines.TryTake(ref rest, out ReadOnlySpan<byte> line) || line.IsEmpty)
            {
                return false;
            }

            extensions.Add(Encoding.UTF8.GetString(line));
        }

        checkpoint = new Checkpoint(Encoding.UTF8.GetString(origin), new TreeHead(leaves, root)) { Extensions = extensions };
        return true;
    }

    /// <summary>True when origin, head and extension lines are equal.</summary>
    public bool Equals(Checkpoint? other) =>
        other is not null && Origin == other.Origin && Head == other.Head && Extensions.SequenceEqual(other.Extensions, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Origin, Head);

    private static string Line(string origin) =>
        !string.IsNullOrEmpty(origin) && Lines.IsOne(origin)
            ? origin
            : throw new ArgumentException("An origin is one line of text.", nameof(origin));
}
