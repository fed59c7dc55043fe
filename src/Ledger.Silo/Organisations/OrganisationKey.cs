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

    /// <summary>First 128 bits of HMAC-SHA-256(key, "ledger-pseudonym/v1" LF number) in hexadecimal.</summary>
    public string PseudonymOf(string employeeNumber) => Derive("ledger-pseudonym/v1\n", employeeNumber);

    /// <summary>Tells whether two keys are the same without telling anything of the key.</summary>
    public string Fingerprint() => Derive("ledger-key-fingerprint/v1\n", "");

    private string Derive(string purpose, string text)
    {
        Span<byte> message = stackalloc byte[Encoding.UTF8.GetMaxByteCount(purpose.Length + text.Length)];
        int length = Encoding.UTF8.GetBytes(purpose, message);
        length += Encoding.UTF8.GetBytes(text, message[length..]);
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, message[..length], mac);
        return Convert.ToHexStringLower(mac[..16]);
    }

    /// <summary>Reads an organisation's key file, or makes one that only its owner can read.</summary>
    /// <exception cref="InvalidDataException">The file is not a key.</exception>
    public static OrganisationKey LoadOrCreate(string directory, string organisation)
    {
        string path = Path.Combine(directory, $"organisation-{organisation}.key");
        if (!File.Exists(path))
        {
            Create(directory, path);
        }

        byte[] secret = new byte[Length];
        string text = File.ReadAllText(path).Trim();
        return Convert.TryFromBase64String(text, secret, out int written) && written == Length
            ? new OrganisationKey(secret)
            : throw new InvalidDataException($"{path} is not a key: it must hold 32 bytes in base64. Restore it from a backup; do not delete it.");
    }

    private static void Create(string directory, string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        else
        {
            Directory.CreateDirectory(directory);
        }

        string draft = $"{path}.new";
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (FileStream file = new(draft, options))
        {
            file.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(Length)) + "\n"));
            file.Flush(flushToDisk: true);
        }

        // Two processes that start together agree on whichever key came first.
        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
        }
    }
}
