using System.Security.Cryptography;
using System.Text;

namespace Ledger.Silo.Organisations;

/// <summary>
/// The secret of one organisation. Turns employee numbers into pseudonyms: without it neither the number can be told from the pseudonym nor
/// guessed by trying all numbers.
/// </summary>
internal sealed class OrganisationKey(byte[] secret)
{
    public const int Length = 32;

    // Kept, it costs half of one made for each call, and every decision needs it.
    [ThreadStatic]
    private static (OrganisationKey Of, IncrementalHash Hmac)? kept;

    /// <summary>First 128 bits of HMAC-SHA-256(key, "ledger-pseudonym/v1" LF number) in hexadecimal.</summary>
    public string PseudonymOf(string employeeNumber) => Derive("ledger-pseudonym/v1\n", employeeNumber);

    /// <summary>The same for an account of an identity provider, with "ledger-person/v1": tells nothing of the worker who may have it.</summary>
    /// <param name="account">Issuer and subject, an LF between them.</param>
    public string PersonOf(string account) => Derive("ledger-person/v1\n", account);

    /// <summary>Tells whether two keys are the same without telling anything of the key.</summary>
    public string Fingerprint() => Derive("ledger-key-fingerprint/v1\n", "");

    private string Derive(string purpose, string text)
    {
        Span<byte> message = stackalloc byte[Encoding.UTF8.GetMaxByteCount(purpose.Length + text.Length)];
        int length = Encoding.UTF8.GetBytes(purpose, message);
        length += Encoding.UTF8.GetBytes(text, message[length..]);
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        IncrementalHash hmac = Hmac();
        hmac.AppendData(message[..length]);
        hmac.GetHashAndReset(mac);
        return Convert.ToHexStringLower(mac[..16]);
    }

    private IncrementalHash Hmac()
    {
        if (kept is not { } mine || !ReferenceEquals(mine.Of, this))
        {
            kept?.Hmac.Dispose();
            mine = (this, IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret));
            kept = mine;
        }

        return mine.Hmac;
    }

    /// <summary>Reads an organisation's key file, or makes one that only its owner can read.</summary>
    /// <exception cref="InvalidDataException">The file is not a key.</exception>
    public static OrganisationKey LoadOrCreate(string directory, string organisation)
    {
        string name = $"organisation-{organisation}.key";
        string text = KeyFile.ReadOrCreate(directory, name, () => Convert.ToBase64String(RandomNumberGenerator.GetBytes(Length)));
        byte[] secret = new byte[Length];
        return Convert.TryFromBase64String(text, secret, out int written) && written == Length
            ? new OrganisationKey(secret)
            : throw new InvalidDataException(
                $"{Path.Combine(directory, name)} is not a key: it must hold 32 bytes in base64. Restore it from a backup; do not delete it.");
    }
}
