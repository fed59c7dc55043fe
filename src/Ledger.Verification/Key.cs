using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;

namespace Ledger.Verification;

/// <summary>Signature types of c2sp.org/signed-note that are supported. 0x06, ML-DSA-44 cosignatures, is the next to come.</summary>
public enum KeyAlgorithm : byte
{
    /// <summary>Not a type; no key has it.</summary>
    None = 0,

    /// <summary>Ed25519 over the note's text: how a log signs.</summary>
    Ed25519 = 0x01,

    /// <summary>Timestamped Ed25519 cosignature of a checkpoint (c2sp.org/tlog-cosignature): how a witness signs.</summary>
    CosignatureV1 = 0x04,
}

/// <summary>Names of keys (c2sp.org/signed-note, "Format"). A URL without scheme is recommended: <c>example.com/log42</c>.</summary>
public static class KeyName
{
    /// <summary>True when the name is not empty, and has no Unicode space, no plus, no control character and no broken surrogate.</summary>
    public static bool IsValid(ReadOnlySpan<char> name)
    {
        if (name.IsEmpty || name.Contains('+') || !Lines.IsOne(name))
        {
            return false;
        }

        foreach (char c in name)
        {
            if (char.IsWhiteSpace(c))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>A public key that verifies signatures of notes, with its name and id (c2sp.org/signed-note, "Verifier keys").</summary>
/// <remarks>
/// <code>
/// &lt;name&gt;+&lt;8 hex digits of the key id&gt;+&lt;base64(type ‖ 32-byte public key)&gt;
/// key id = the first 4 bytes of SHA-256(name ‖ 0x0A ‖ type ‖ public key)
/// </code>
/// </remarks>
public sealed class VerifierKey : IEquatable<VerifierKey>
{
    private const int TimeLength = sizeof(ulong);
    private const int Ed25519Length = 64;

    private readonly PublicKey _key;

    private VerifierKey(string name, KeyAlgorithm algorithm, PublicKey key)
    {
        Name = name;
        Algorithm = algorithm;
        _key = key;
        Id = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', .. Material()]));
    }

    /// <summary>The key's name, as it stands in signature lines.</summary>
    public string Name { get; }

    /// <summary>The key id: with the name it says which key a signature line means.</summary>
    public uint Id { get; }

    /// <summary>How the key signs.</summary>
    public KeyAlgorithm Algorithm { get; }

    /// <summary>Reads the text form; false for any other form, an id that is not the key's, or a type that is not supported.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [MaybeNullWhen(false)] out VerifierKey key)
    {
        key = null;
        Span<byte> material = stackalloc byte[KeyText.MaterialLength];
        if (!KeyText.TryParse(text, out ReadOnlySpan<char> name, out uint id, material)
            || !PublicKey.TryImport(SignatureAlgorithm.Ed25519, material[1..], KeyBlobFormat.RawPublicKey, out PublicKey? imported)
            || imported is null)
        {
            return false;
        }

        VerifierKey parsed = new(name.ToString(), (KeyAlgorithm)material[0], imported);
        key = parsed.Id == id ? parsed : null;
        return key is not null;
    }

    /// <summary>The text form, which is not secret.</summary>
    public override string ToString() => KeyText.Format(Name, Id, Material());

    /// <summary>True when this key made the signature over the note's text.</summary>
    /// <param name="noteText">The text, its last LF included.</param>
    /// <param name="signature">
    /// What follows the key id: 64 bytes, or for <see cref="KeyAlgorithm.CosignatureV1"/> a big-endian time of 8 bytes and then 64.
    /// </param>
    public bool Verify(ReadOnlySpan<byte> noteText, ReadOnlySpan<byte> signature)
    {
        if (Algorithm == KeyAlgorithm.Ed25519)
        {
            return signature.Length == Ed25519Length && SignatureAlgorithm.Ed25519.Verify(_key, noteText, signature);
        }

        return TryReadTime(signature, out long unixSeconds)
            && SignatureAlgorithm.Ed25519.Verify(_key, CosignedMessage(noteText, unixSeconds), signature[TimeLength..]);
    }

    /// <summary>Reads when a cosignature was made, which is true only if it verifies.</summary>
    /// <param name="signature">What follows the key id in a signature line of a <see cref="KeyAlgorithm.CosignatureV1"/> key.</param>
    /// <param name="unixSeconds">Seconds since 1970, from 1; 0 when false.</param>
    /// <returns>False when there are not 72 bytes, or the time is 0 or more than 2⁶³ − 1.</returns>
    public static bool TryReadTime(ReadOnlySpan<byte> signature, out long unixSeconds)
    {
        unixSeconds = signature.Length == TimeLength + Ed25519Length ? BinaryPrimitives.ReadInt64BigEndian(signature) : 0;
        unixSeconds = Math.Max(unixSeconds, 0);
        return unixSeconds > 0;
    }

    /// <inheritdoc/>
    public bool Equals(VerifierKey? other) =>
        other is not null && Name == other.Name && Algorithm == other.Algorithm && _key.Equals(other._key);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as VerifierKey);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Id;

    internal static VerifierKey Of(string name, KeyAlgorithm algorithm, PublicKey key) => new(name, algorithm, key);

    // tlog-cosignature, "Ed25519 signed message".
    internal static byte[] CosignedMessage(ReadOnlySpan<byte> noteText, long unixSeconds) =>
        [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"cosignature/v1\ntime {unixSeconds}\n")), .. noteText];

    private byte[] Material() => [(byte)Algorithm, .. _key.Export(KeyBlobFormat.RawPublicKey)];
}

/// <summary>A private key that signs notes. Its text form is the one of Go's <c>golang.org/x/mod/sumdb/note</c>.</summary>
/// <remarks>
/// <code>
/// PRIVATE+KEY+&lt;name&gt;+&lt;8 hex digits of the key id&gt;+&lt;base64(type ‖ 32-byte seed of RFC 8032)&gt;
/// </code>
/// </remarks>
public sealed class SignerKey : IDisposable
{
    /// <summary>Length of a seed, bytes.</summary>
    public const int SeedLength = 32;

    private const string Prefix = "PRIVATE+KEY+";

    private readonly Key _key;

    private SignerKey(string name, KeyAlgorithm algorithm, Key key)
    {
        _key = key;
        Verifier = VerifierKey.Of(name, algorithm, key.PublicKey);
    }

    /// <summary>The public key that verifies what this one signs.</summary>
    public VerifierKey Verifier { get; }

    /// <summary>The key that a seed makes. A new key is made from 32 bytes of a secure random generator, which the caller has.</summary>
    /// <exception cref="ArgumentException">The name is not valid, the algorithm not supported, or the seed not 32 bytes.</exception>
    public static SignerKey FromSeed(string name, KeyAlgorithm algorithm, ReadOnlySpan<byte> seed32)
    {
        if (!KeyName.IsValid(name))
        {
            throw new ArgumentException("Not a name for a key.", nameof(name));
        }

        if (!KeyText.IsSupported(algorithm))
        {
            throw new ArgumentException("Not a supported signature type.", nameof(algorithm));
        }

        if (seed32.Length != SeedLength)
        {
            throw new ArgumentException($"A seed has {SeedLength} bytes.", nameof(seed32));
        }

        KeyCreationParameters parameters = new() { ExportPolicy = KeyExportPolicies.AllowPlaintextExport };
        return new SignerKey(name, algorithm, Key.Import(SignatureAlgorithm.Ed25519, seed32, KeyBlobFormat.RawPrivateKey, parameters));
    }

    /// <summary>Reads the text form; false for any other form, an id that is not the key's, or a type that is not supported.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [MaybeNullWhen(false)] out SignerKey key)
    {
        key = null;
        Span<byte> material = stackalloc byte[KeyText.MaterialLength];
        try
        {
            if (!text.StartsWith(Prefix, StringComparison.Ordinal)
                || !KeyText.TryParse(text[Prefix.Length..], out ReadOnlySpan<char> name, out uint id, material))
            {
                return false;
            }

            SignerKey parsed = FromSeed(name.ToString(), (KeyAlgorithm)material[0], material[1..]);
            if (parsed.Verifier.Id != id)
            {
                parsed.Dispose();
                return false;
            }

            key = parsed;
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(material);
        }
    }

    /// <summary>The text form, which is secret.</summary>
    public string ToSecretString()
    {
        byte[] seed = _key.Export(KeyBlobFormat.RawPrivateKey);
        string text = Prefix + KeyText.Format(Verifier.Name, Verifier.Id, [(byte)Verifier.Algorithm, .. seed]);
        CryptographicOperations.ZeroMemory(seed);
        return text;
    }

    /// <summary>Signs a note's text.</summary>
    /// <param name="noteText">The text, its last LF included.</param>
    /// <param name="time">When, to the second, for <see cref="KeyAlgorithm.CosignatureV1"/>; else not used.</param>
    /// <exception cref="ArgumentOutOfRangeException">A cosignature at or before 1970-01-01T00:00:00Z.</exception>
    public NoteSignature Sign(ReadOnlySpan<byte> noteText, DateTimeOffset time)
    {
        if (Verifier.Algorithm == KeyAlgorithm.Ed25519)
        {
            return new NoteSignature(Verifier.Name, Verifier.Id, SignatureAlgorithm.Ed25519.Sign(_key, noteText));
        }

        long unixSeconds = time.ToUnixTimeSeconds();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(unixSeconds, nameof(time)); // tlog-witness: a witness MUST NOT omit the time.
        byte[] bytes = new byte[sizeof(ulong) + SignatureAlgorithm.Ed25519.SignatureSize];
        BinaryPrimitives.WriteInt64BigEndian(bytes, unixSeconds);
        SignatureAlgorithm.Ed25519.Sign(_key, VerifierKey.CosignedMessage(noteText, unixSeconds), bytes.AsSpan(sizeof(ulong)));
        return new NoteSignature(Verifier.Name, Verifier.Id, bytes);
    }

    /// <summary>Wipes the key from memory.</summary>
    public void Dispose() => _key.Dispose();
}

/// <summary>The form that both keys' texts share: name, id, and base64 of type and 32 bytes.</summary>
internal static class KeyText
{
    /// <summary>Length of type and key, bytes.</summary>
    public const int MaterialLength = 1 + 32;

    private const int IdLength = 8;

    public static bool IsSupported(KeyAlgorithm algorithm) => algorithm is KeyAlgorithm.Ed25519 or KeyAlgorithm.CosignatureV1;

    public static bool TryParse(ReadOnlySpan<char> text, out ReadOnlySpan<char> name, out uint id, Span<byte> material)
    {
        // Base64 has pluses too, names and ids have none.
        id = 0;
        int plus = text.IndexOf('+');
        name = plus < 0 ? default : text[..plus];
        ReadOnlySpan<char> rest = text[(plus + 1)..];
        return KeyName.IsValid(name)
            && rest.Length > IdLength && rest[IdLength] == '+'
            && uint.TryParse(rest[..IdLength], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out id)
            && rest[..IdLength].IndexOfAnyInRange('A', 'F') < 0
            && CanonicalBase64.TryDecodeExactly(rest[(IdLength + 1)..], material)
            && IsSupported((KeyAlgorithm)material[0]);
    }

    public static string Format(string name, uint id, ReadOnlySpan<byte> material) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}+{id:x8}+{Convert.ToBase64String(material)}");
}
