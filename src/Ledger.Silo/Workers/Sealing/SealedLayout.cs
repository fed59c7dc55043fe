using Ledger.Verification;

namespace Ledger.Silo.Workers.Sealing;

/// <summary>Where everything goes in the data of a sealed event: all lengths are known before anything is sealed, so the bytes are written once.</summary>
/// <param name="Length">Length of the whole.</param>
/// <param name="DigestsStart">Where the first digest's quote goes.</param>
/// <param name="FieldsStart">Where the first field's quote goes.</param>
/// <param name="LongestPlain">Length of the longest plaintext.</param>
internal readonly record struct SealedLayout(int Length, int DigestsStart, int FieldsStart, int LongestPlain)
{
    private static ReadOnlySpan<byte> Head => "\"personal\":{\"_sd\":["u8;

    private static ReadOnlySpan<byte> Middle => "],\"sealed\":{"u8;

    private static ReadOnlySpan<byte> Tail => "}}}"u8;

    public static SealedLayout Of(ReadOnlySpan<byte> clear, ReadOnlySpan<PersonalMember> members)
    {
        int digestsStart = clear.Length - 1 + (clear.Length > 2 ? 1 : 0) + Head.Length;
        int commas = Math.Max(0, members.Length - 1);
        int fieldsStart = digestsStart + (members.Length * (Disclosure.DigestLength + 2)) + commas + Middle.Length;
        int length = fieldsStart + commas + Tail.Length;
        int longest = 0;
        foreach (PersonalMember member in members)
        {
            longest = Math.Max(longest, member.PlainLength);
            length += member.NameLength + member.BoxTextLength + 5;
        }

        return new SealedLayout(length, digestsStart, fieldsStart, longest);
    }

    /// <summary>Writes all but the digests and the fields.</summary>
    public void WriteFrame(Span<byte> data, ReadOnlySpan<byte> clear)
    {
        clear[..^1].CopyTo(data);
        if (clear.Length > 2)
        {
            data[clear.Length - 1] = (byte)',';
        }

        Head.CopyTo(data[(DigestsStart - Head.Length)..]);
        Middle.CopyTo(data[(FieldsStart - Middle.Length)..]);
        Tail.CopyTo(data[^Tail.Length..]);
    }

    /// <summary>Writes the digests in the order of their characters, so that it does not tell which is whose.</summary>
    /// <param name="digests">The digests, one after the other, in the order of the fields.</param>
    /// <param name="count">How many.</param>
    /// <param name="output">Where they go.</param>
    public static void WriteDigests(ReadOnlySpan<byte> digests, int count, Span<byte> output)
    {
        Span<int> order = stackalloc int[count];
        for (int i = 0; i < count; i++)
        {
            // They are few: ten, as a rule.
            int at = i;
            for (; at > 0 && Digest(digests, order[at - 1]).SequenceCompareTo(Digest(digests, i)) > 0; at--)
            {
                order[at] = order[at - 1];
            }

            order[at] = i;
        }

        for (int i = 0, at = 0; i < count; i++)
        {
            if (i > 0)
            {
                output[at++] = (byte)',';
            }

            output[at++] = (byte)'"';
            Digest(digests, order[i]).CopyTo(output[at..]);
            at += Disclosure.DigestLength;
            output[at++] = (byte)'"';
        }
    }

    private static ReadOnlySpan<byte> Digest(ReadOnlySpan<byte> digests, int index) =>
        digests.Slice(index * Disclosure.DigestLength, Disclosure.DigestLength);
}
