using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Ledger.Verification;

/// <summary>
/// One field of an event, shown: a disclosure of RFC 9901 (SD-JWT) §4.2.1. The event holds the digest of its text, so whoever is shown the
/// text can tell that it is what was recorded; the salt keeps anybody else from guessing the value.
/// </summary>
/// <remarks>
/// <code>
/// text   = base64url, without padding, of the UTF-8 bytes of  ["&lt;salt&gt;","&lt;name&gt;",&lt;value&gt;]
/// salt   = base64url, without padding, of 16 random bytes
/// digest = base64url, without padding, of SHA-256(ASCII text)          §4.2.3
/// </code>
/// No white space stands between the three elements, and the name has no escapes; within the value anything may stand that JSON allows.
/// </remarks>
public sealed class Disclosure
{
    /// <summary>Length of a salt, bytes.</summary>
    public const int SaltLength = 16;

    /// <summary>Length of a digest as text, characters.</summary>
    public const int DigestLength = 43;

    /// <summary>Length of the array without name and value, bytes.</summary>
    public const int FrameLength = 30;

    /// <summary>Where the name begins in the array, bytes.</summary>
    public const int NameStart = 2 + SaltTextLength + 3;

    private const int SaltTextLength = 22;

    private readonly byte[] _array;
    private readonly Range _value;

    private Disclosure(byte[] array, Range name, Range value)
    {
        _array = array;
        _value = value;
        Text = Base64Url.EncodeToString(array);
        Name = Encoding.UTF8.GetString(array.AsSpan()[name]);
        byte[] salt = new byte[SaltLength];
        Base64Url.DecodeFromUtf8(array.AsSpan(2, SaltTextLength), salt);
        Salt = salt;
        Span<byte> digest = stackalloc byte[DigestLength];
        WriteDigest(Encoding.ASCII.GetBytes(Text), digest);
        Digest = Encoding.ASCII.GetString(digest);
    }

    /// <summary>The text, base64url.</summary>
    public string Text { get; }

    /// <summary>Name of the field.</summary>
    public string Name { get; }

    /// <summary>The salt, 16 bytes.</summary>
    public ReadOnlyMemory<byte> Salt { get; }

    /// <summary>The value, UTF-8 JSON as it was recorded.</summary>
    public ReadOnlyMemory<byte> Value => _array.AsMemory(_value);

    /// <summary>The digest that stands in the event, base64url.</summary>
    public string Digest { get; }

    /// <summary>Reads a text; false for anything but the form above.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out Disclosure? disclosure)
    {
        disclosure = null;
        byte[] array = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return Base64Url.DecodeFromUtf8(text, array, out int consumed, out int written) == OperationStatus.Done
            && consumed == text.Length
            && IsEncodingOf(text, array.AsSpan(0, written))
            && TryOf(array.AsSpan(0, written), out disclosure);
    }

    /// <inheritdoc cref="TryParse(ReadOnlySpan{byte}, out Disclosure?)"/>
    public static bool TryParse(string text, [NotNullWhen(true)] out Disclosure? disclosure)
    {
        ArgumentNullException.ThrowIfNull(text);
        // A character outside ASCII becomes more than one byte, and none of them is base64url.
        return TryParse(Encoding.UTF8.GetBytes(text), out disclosure);
    }

    /// <summary>Reads the JSON array that a text encodes; false for anything but the form above.</summary>
    public static bool TryOf(ReadOnlySpan<byte> array, [NotNullWhen(true)] out Disclosure? disclosure)
    {
        disclosure = TryLocate(array, out Range name, out Range value) ? new Disclosure(array.ToArray(), name, value) : null;
        return disclosure is not null;
    }

    /// <summary>Where name and value stand in the JSON array that a text encodes; false for anything but the form above.</summary>
    /// <param name="array">The array.</param>
    /// <param name="name">The name, without its quotes.</param>
    /// <param name="value">The value.</param>
    private static bool TryLocate(ReadOnlySpan<byte> array, out Range name, out Range value)
    {
        name = value = default;
        if (array.Length < FrameLength || !array.StartsWith("[\""u8) || array[^1] != ']' || !IsSalt(array.Slice(2, SaltTextLength))
            || !array[(2 + SaltTextLength)..].StartsWith("\",\""u8) || !Utf8.IsValid(array))
        {
            return false;
        }

        int nameLength = array[NameStart..].IndexOf((byte)'"');
        if (nameLength < 0 || !IsName(array.Slice(NameStart, nameLength)) || !array[(NameStart + nameLength)..].StartsWith("\","u8))
        {
            return false;
        }

        name = NameStart..(NameStart + nameLength);
        value = (NameStart + nameLength + 2)..(array.Length - 1);
        return IsOneValue(array[value]);
    }

    /// <summary>Writes the digest of a text.</summary>
    /// <param name="text">The text, base64url.</param>
    /// <param name="digest">Where its <see cref="DigestLength"/> characters go.</param>
    public static void WriteDigest(ReadOnlySpan<byte> text, Span<byte> digest)
    {
        Span<byte> hash = stackalloc byte[32];
        Sha256.Hash(text, hash);
        Base64Url.EncodeToUtf8(hash, digest, out _, out _);
    }

    /// <summary>Whether a field can have this name: it stands in JSON without escapes, and means nothing to SD-JWT (RFC 9901 §4.2.1).</summary>
    public static bool IsName(ReadOnlySpan<byte> name) =>
        !name.ContainsAny("\"\\"u8) && name.IndexOfAnyInRange((byte)0x00, (byte)0x1F) < 0
        && !name.SequenceEqual("_sd"u8) && !name.SequenceEqual("..."u8) && Utf8.IsValid(name);

    /// <summary>Whether this is the one base64url text, without padding and stray bits, of so many bytes.</summary>
    internal static bool IsCanonical(ReadOnlySpan<byte> text, int length)
    {
        Span<byte> bytes = stackalloc byte[length];
        return text.Length == Base64Url.GetEncodedLength(length)
            && Base64Url.DecodeFromUtf8(text, bytes, out int consumed, out int written) == OperationStatus.Done
            && consumed == text.Length && written == length
            && IsEncodingOf(text, bytes);
    }

    private static bool IsSalt(ReadOnlySpan<byte> text) => IsCanonical(text, SaltLength);

    private static bool IsOneValue(ReadOnlySpan<byte> json)
    {
        // What stands around a value would be read over, and the field would have two texts.
        if (json.IsEmpty || json[0] <= ' ' || json[^1] <= ' ')
        {
            return false;
        }

        try
        {
            Utf8JsonReader reader = new(json);
            reader.Read();
            reader.Skip();
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // The platform's decoder takes padding and stray bits; encoding again does not.
    private static bool IsEncodingOf(ReadOnlySpan<byte> text, ReadOnlySpan<byte> bytes)
    {
        if (Base64Url.GetEncodedLength(bytes.Length) != text.Length)
        {
            return false;
        }

        byte[]? rented = text.Length <= 256 ? null : ArrayPool<byte>.Shared.Rent(text.Length);
        Span<byte> again = rented ?? stackalloc byte[256];
        Base64Url.EncodeToUtf8(bytes, again, out _, out int written);
        bool same = text.SequenceEqual(again[..written]);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return same;
    }
}
