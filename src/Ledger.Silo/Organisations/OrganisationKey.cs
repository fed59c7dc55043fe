using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Ledger.Silo.Hosting;

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

        // Two processes that start together must agree on one key, and File.Move looks before it renames: only one may make it at a time.
        using FileStream turn = TakeTurn(directory);
        if (File.Exists(path))
        {
            return;
        }

        string draft = $"{path}.new";
        using (FileStream file = new(draft, ForOwnerOnly(FileMode.Create)))
        {
            file.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(RandomNumberGenerator.GetBytes(Length)) + "\n"));
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: false);
    }

    private static FileStream TakeTurn(string directory)
    {
        long start = Stopwatch.GetTimestamp();
        for (SpinWait wait = default; ; wait.SpinOnce())
        {
            try
            {
                return new FileStream(Path.Combine(directory, "lock"), ForOwnerOnly(FileMode.OpenOrCreate));
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(start) < Limits.KeyPatience)
            {
                // The other one writes 45 bytes; try again.
            }
        }
    }

    private static FileStreamOptions ForOwnerOnly(FileMode mode)
    {
        FileStreamOptions options = new() { Mode = mode, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
