using System.Buffers;
using System.Buffers.Text;

namespace Ledger.Verification;

/// <summary>
/// Base64 of RFC 4648 §4, one text for each bytes: padded, no white space, no stray bits before the padding (§3.5). A reader that
/// is laxer lets two different files say the same, and a signature or a hash over the text then no longer names one file.
/// </summary>
internal static class CanonicalBase64
{
    /// <summary>Decodes into <paramref name="bytes"/>; false unless the text is the canonical form of exactly so many bytes.</summary>
    public static bool TryDecodeExactly(ReadOnlySpan<byte> utf8, Span<byte> bytes) =>
        utf8.Length == Base64.GetMaxEncodedToUtf8Length(bytes.Length)
        && Base64.DecodeFromUtf8(utf8, bytes, out int consumed, out int written) == OperationStatus.Done
        && consumed == utf8.Length && written == bytes.Length
        && IsEncodingOf(utf8, bytes);

    /// <inheritdoc cref="TryDecodeExactly(ReadOnlySpan{byte}, Span{byte})"/>
    public static bool TryDecodeExactly(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        if (text.Length != Base64.GetMaxEncodedToUtf8Length(bytes.Length))
        {
            return false;
        }

        Span<byte> utf8 = text.Length <= 256 ? stackalloc byte[text.Length] : new byte[text.Length];
        for (int i = 0; i < text.Length; i++)
        {
            // Anything outside ASCII becomes a character that base64 does not have.
            utf8[i] = text[i] < 0x80 ? (byte)text[i] : (byte)'!';
        }

        return TryDecodeExactly(utf8, bytes);
    }

    /// <summary>Decodes a canonical text of any length, empty too.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> utf8, out byte[] bytes)
    {
        int padding = utf8.EndsWith("=="u8) ? 2 : utf8.EndsWith("="u8) ? 1 : 0;
        bytes = utf8.Length % 4 == 0 ? new byte[utf8.Length / 4 * 3 - padding] : [];
        if (utf8.Length % 4 == 0 && TryDecodeExactly(utf8, bytes))
        {
            return true;
        }

        bytes = [];
        return false;
    }

    /// <summary>Appends the canonical text.</summary>
    public static void Encode(ReadOnlySpan<byte> bytes, IBufferWriter<byte> output)
    {
        Span<byte> text = output.GetSpan(Base64.GetMaxEncodedToUtf8Length(bytes.Length));
        Base64.EncodeToUtf8(bytes, text, out _, out int written);
        output.Advance(written);
    }

    // The length leaves no room for white space, which the platform's decoder skips. Stray bits its documentation does not
    // rule out; encoding again does.
    private static bool IsEncodingOf(ReadOnlySpan<byte> utf8, ReadOnlySpan<byte> bytes)
    {
        byte[]? rented = utf8.Length <= 256 ? null : ArrayPool<byte>.Shared.Rent(utf8.Length);
        Span<byte> again = rented ?? stackalloc byte[256];
        Base64.EncodeToUtf8(bytes, again, out _, out int written);
        bool same = utf8.SequenceEqual(again[..written]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return same;
    }
}
