using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Ledger.Verification;

/// <summary>What the known keys say of a note.</summary>
public enum NoteVerdict
{
    /// <summary>At least one known key signed it, and every signature that a known key is said to have made verifies.</summary>
    Verified,

    /// <summary>No known key is said to have signed it.</summary>
    NoKnownSignature,

    /// <summary>A known key is said to have signed it, and did not sign this text.</summary>
    BadSignature,
}

/// <summary>A signature line of a note.</summary>
/// <param name="Name">Name of the key.</param>
/// <param name="KeyId">Id of the key.</param>
/// <param name="Signature">The signature's bytes, after the key id; at least one.</param>
public sealed record NoteSignature(string Name, uint KeyId, ReadOnlyMemory<byte> Signature)
{
    /// <summary>The line, its LF included: em dash, space, name, space, base64(key id ‖ signature).</summary>
    public string Line
    {
        get
        {
            byte[] bytes = new byte[sizeof(uint) + Signature.Length];
            BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
            Signature.Span.CopyTo(bytes.AsSpan(sizeof(uint)));
            return $"— {Name} {Convert.ToBase64String(bytes)}\n";
        }
    }

    /// <summary>True when name, id and bytes are equal.</summary>
    public bool Equals(NoteSignature? other) =>
        other is not null && IsBySameKey(other) && Signature.Span.SequenceEqual(other.Signature.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, KeyId, Signature.Length);

    /// <summary>Reads the lines of a response of a witness (c2sp.org/tlog-witness, add-checkpoint): one or more, nothing else.</summary>
    /// <returns>False unless every line is in the one form that <see cref="Line"/> writes, and there are at most 100.</returns>
    public static bool TryParseLines(ReadOnlySpan<byte> lines, out IReadOnlyList<NoteSignature> signatures)
    {
        List<NoteSignature> parsed = [];
        signatures = [];
        ReadOnlySpan<byte> rest = lines;
        while (!rest.IsEmpty)
        {
            if (!Lines.TryTake(ref rest, out ReadOnlySpan<byte> line) || parsed.Count == Note.MaxSignatures || !TryParseLine(line, out NoteSignature? signature))
            {
                return false;
            }

            parsed.Add(signature);
        }

        signatures = parsed;
        return parsed.Count > 0;
    }

    /// <summary>Whether it claims to be by this key: the same name and id. Whether it is, <see cref="VerifierKey.Verify"/> says.</summary>
    public bool IsBy(VerifierKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return KeyId == key.Id && Name == key.Name;
    }

    internal bool IsBySameKey(NoteSignature other) => KeyId == other.KeyId && Name == other.Name;

    private static bool TryParseLine(ReadOnlySpan<byte> line, [MaybeNullWhen(false)] out NoteSignature signature)
    {
        signature = null;
        if (!line.StartsWith("— "u8))
        {
            return false;
        }

        line = line["— "u8.Length..];
        int space = line.IndexOf((byte)' ');
        if (space < 0 || !Lines.TryDecode(line[..space], out string? name) || !KeyName.IsValid(name)
            || !CanonicalBase64.TryDecode(line[(space + 1)..], out byte[] bytes) || bytes.Length <= sizeof(uint))
        {
            return false;
        }

        signature = new NoteSignature(name, BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes.AsMemory(sizeof(uint)));
        return true;
    }
}

/// <summary>A signed note (c2sp.org/signed-note): text, and who signed it. Only what <see cref="Verify"/> says makes it worth reading.</summary>
/// <remarks>
/// <code>
/// text LF                                          UTF-8, no control character but LF, may have empty lines
/// LF
/// — &lt;key name&gt; &lt;base64(4-byte key id ‖ signature)&gt; LF  one or more; the last empty line parts them from the text
/// </code>
/// </remarks>
public sealed class Note
{
    /// <summary>Most signatures that a note can have here; the specification demands at least 16.</summary>
    public const int MaxSignatures = 100;

    private Note(ReadOnlyMemory<byte> text, IReadOnlyList<NoteSignature> signatures)
    {
        Text = text;
        Signatures = signatures;
    }

    /// <summary>The text, UTF-8, its last LF included: what is signed.</summary>
    public ReadOnlyMemory<byte> Text { get; }

    /// <summary>The signatures in the order of their lines, known and unknown, none of them checked; one or more.</summary>
    public IReadOnlyList<NoteSignature> Signatures { get; }

    /// <summary>Reads a note; false for any other form, and for more than 100 signatures. The caller limits the length.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [MaybeNullWhen(false)] out Note note)
    {
        note = null;
        int split = bytes.Span.LastIndexOf("\n\n"u8);
        if (split < 0 || !Lines.IsText(bytes.Span)
            || !NoteSignature.TryParseLines(bytes.Span[(split + 2)..], out IReadOnlyList<NoteSignature> signatures))
        {
            return false;
        }

        note = new Note(bytes[..(split + 1)], signatures);
        return true;
    }

    /// <summary>The note's bytes.</summary>
    public byte[] ToArray() => [.. Text.Span, (byte)'\n', .. Signatures.SelectMany(static signature => Encoding.UTF8.GetBytes(signature.Line))];

    /// <summary>A note of this text with these signatures.</summary>
    /// <exception cref="ArgumentException">
    /// The text is not UTF-8, does not end in LF or has other control characters; a name is not valid or a signature empty; there are no
    /// signatures or more than 100.
    /// </exception>
    public static Note Create(ReadOnlySpan<byte> text, IEnumerable<NoteSignature> signatures)
    {
        if (!text.EndsWith("\n"u8) || !Lines.IsText(text))
        {
            throw new ArgumentException("A note's text is UTF-8 without control characters and ends in LF.", nameof(text));
        }

        NoteSignature[] list = [.. signatures];
        if (list.Length is 0 or > MaxSignatures || list.Any(static signature => signature.Signature.IsEmpty || !KeyName.IsValid(signature.Name)))
        {
            throw new ArgumentException($"A note has 1 to {MaxSignatures} signatures, each with a valid name and at least one byte.", nameof(signatures));
        }

        return new Note(text.ToArray(), list);
    }

    /// <summary>The same note with more signatures at its end. One by a key (name and id) that has signed already replaces the older.</summary>
    /// <exception cref="ArgumentException">As <see cref="Create"/>.</exception>
    public Note With(IEnumerable<NoteSignature> more)
    {
        List<NoteSignature> signatures = [.. Signatures];
        foreach (NoteSignature newer in more)
        {
            signatures.RemoveAll(newer.IsBySameKey);
            signatures.Add(newer);
        }

        return Create(Text.Span, signatures);
    }

    /// <summary>Checks the signatures of the known keys; those of others are ignored.</summary>
    /// <param name="known">Keys that the caller trusts, for what the caller will conclude.</param>
    /// <param name="verified">The keys that signed, each once, in the order of their signatures; empty unless verified.</param>
    // signed-note, "Signatures": a known key's signature that fails spoils the note, whatever else is on it.
    public NoteVerdict Verify(IReadOnlyCollection<VerifierKey> known, out IReadOnlyList<VerifierKey> verified)
    {
        ArgumentNullException.ThrowIfNull(known);
        List<VerifierKey> signers = [];
        verified = [];
        foreach (NoteSignature signature in Signatures)
        {
            List<VerifierKey> meant = [.. known.Where(signature.IsBy)];
            if (meant.Count == 0)
            {
                continue;
            }

            if (meant.Find(key => key.Verify(Text.Span, signature.Signature.Span)) is not { } signer)
            {
                return NoteVerdict.BadSignature;
            }

            if (!signers.Contains(signer))
            {
                signers.Add(signer);
            }
        }

        verified = signers;
        return signers.Count > 0 ? NoteVerdict.Verified : NoteVerdict.NoKnownSignature;
    }
}
