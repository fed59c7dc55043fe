using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations;

namespace Ledger.Silo.Workers.Sealing;

/// <summary>
/// The keys that wrap the workers' keys of one organisation: the newest version wraps, all unwrap. They live in the file
/// <c>organisation-{org}.ring</c> in the directory of keys, apart from what they wrap.
/// </summary>
/// <remarks>
/// <code>
/// ledger-key-ring/v1 LF                     the file
/// &lt;version&gt; &lt;base64 of 32 bytes&gt; LF        one or more, versions rising, at most 16
///
/// wrapped key     = version (4, big-endian) ‖ nonce (12) ‖ ciphertext (32) ‖ tag (16)     AES-256-GCM
/// associated data = ledger-wrap/v1 LF organisation LF holder LF version
/// </code>
/// </remarks>
internal sealed class OrganisationKeyRing
{
    /// <summary>Length of a wrapped key, bytes.</summary>
    public const int WrappedLength = 4 + GcmKey.NonceLength + WorkerKey.Length + GcmKey.TagLength;

    private const string Header = "ledger-key-ring/v1";

    private readonly FrozenDictionary<int, byte[]> keys;
    private readonly string organisation;
    private readonly string path;

    private OrganisationKeyRing(string organisation, string path, IReadOnlyDictionary<int, byte[]> keys)
    {
        this.organisation = organisation;
        this.path = path;
        this.keys = keys.ToFrozenDictionary();
        Versions = [.. keys.Keys.Order()];
    }

    /// <summary>The versions in the ring, oldest first; one or more.</summary>
    public IReadOnlyList<int> Versions { get; }

    /// <summary>The version that wraps.</summary>
    public int Newest => Versions[^1];

    /// <summary>Name of an organisation's file.</summary>
    public static string FileName(string organisation) => $"organisation-{organisation}.ring";

    /// <summary>Reads an organisation's ring; where there is none, one with version 1 is made that only its owner can read.</summary>
    /// <exception cref="InvalidDataException">The file is not a ring.</exception>
    public static OrganisationKeyRing LoadOrCreate(string directory, string organisation, Entropy entropy)
    {
        string text = KeyFile.ReadOrCreate(directory, FileName(organisation), () => $"{Header}\n{Line(1, NewKey(entropy))}");
        return Parse(text, Path.Combine(directory, FileName(organisation)), organisation);
    }

    /// <summary>Puts a new version into the ring's file, durably, and returns the ring that has it.</summary>
    /// <exception cref="InvalidDataException">The file is not a ring, or has as many versions as it can have: a rotation never came to its end.</exception>
    public static OrganisationKeyRing AddVersion(string directory, string organisation, Entropy entropy)
    {
        LoadOrCreate(directory, organisation, entropy);
        using FileStream turn = KeyFile.TakeTurn(directory);
        OrganisationKeyRing ring = LoadOrCreate(directory, organisation, entropy);
        if (ring.Versions.Count >= Limits.KeyRingVersions)
        {
            throw new InvalidDataException($"{ring.path} has {ring.Versions.Count} versions already: an earlier rotation must come to its end first.");
        }

        return ring.Write(new Dictionary<int, byte[]>(ring.keys) { [ring.Newest + 1] = NewKey(entropy) });
    }

    /// <summary>Takes the versions below this one out of the ring's file, durably, and returns the ring without them. The newest stays.</summary>
    public static OrganisationKeyRing RemoveOlderThan(string directory, string organisation, int version, Entropy entropy)
    {
        using FileStream turn = KeyFile.TakeTurn(directory);
        OrganisationKeyRing ring = LoadOrCreate(directory, organisation, entropy);
        Dictionary<int, byte[]> kept = ring.keys.Where(k => k.Key >= version || k.Key == ring.Newest).ToDictionary();
        return kept.Count == ring.keys.Count ? ring : ring.Write(kept);
    }

    /// <summary>Tells the key of a version from another and nothing else about it.</summary>
    public byte[] Fingerprint(int version) =>
        HMACSHA256.HashData(keys[version], Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"ledger-ring-fingerprint/v1\n{organisation}\n{version}")))[..16];

    /// <summary>Wraps a holder's key under the newest version.</summary>
    public StoredKey Wrap(string holder, ReadOnlySpan<byte> key, Entropy entropy)
    {
        byte[] wrapped = new byte[WrappedLength];
        BinaryPrimitives.WriteInt32BigEndian(wrapped, Newest);
        Span<byte> nonce = wrapped.AsSpan(4, GcmKey.NonceLength);
        entropy.Fill(nonce);
        using GcmKey wrapping = new(keys[Newest]);
        wrapping.Encrypt(nonce, key, wrapped.AsSpan(4 + GcmKey.NonceLength), Associated(holder, Newest));
        return new StoredKey(new KeyId(organisation, holder), Newest, wrapped);
    }

    /// <summary>Unwraps a holder's key.</summary>
    /// <param name="stored">What the store has for the holder.</param>
    /// <param name="key">Where the key's 32 bytes go; the caller clears them.</param>
    /// <returns>False: the ring has no such version; the file may have it by now.</returns>
    /// <exception cref="InvalidDataException">It was not wrapped by this ring for this holder.</exception>
    public bool TryUnwrap(StoredKey stored, Span<byte> key)
    {
        if (!keys.TryGetValue(stored.Version, out byte[]? version))
        {
            return false;
        }

        ReadOnlySpan<byte> wrapped = stored.Wrapped.Span;
        if (wrapped.Length == WrappedLength && BinaryPrimitives.ReadInt32BigEndian(wrapped) == stored.Version)
        {
            using GcmKey wrapping = new(version);
            if (wrapping.TryDecrypt(wrapped.Slice(4, GcmKey.NonceLength), wrapped[(4 + GcmKey.NonceLength)..], key, Associated(stored.Id.Holder, stored.Version)))
            {
                return true;
            }
        }

        throw new InvalidDataException(
            $"A worker's key of organisation {organisation} was not wrapped by version {stored.Version} of {path}. Restore that file and the store of workers' keys from backups of one time; do not delete either.");
    }

    private static byte[] NewKey(Entropy entropy)
    {
        byte[] key = new byte[GcmKey.Length];
        entropy.Fill(key);
        return key;
    }

    private static string Line(int version, byte[] key) => string.Create(CultureInfo.InvariantCulture, $"{version} {Convert.ToBase64String(key)}");

    private static OrganisationKeyRing Parse(string text, string path, string organisation)
    {
        string[] lines = text.Split('\n');
        SortedDictionary<int, byte[]> read = [];
        int last = 0;
        bool holds = string.Equals(lines[0], Header, StringComparison.Ordinal) && lines.Length > 1 && lines.Length <= 1 + Limits.KeyRingVersions;
        foreach (string line in lines.Skip(1))
        {
            byte[] key = new byte[GcmKey.Length];
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            holds = holds && space > 0 && int.TryParse(line.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out int version) && version > last
                && Convert.TryFromBase64String(line[(space + 1)..], key, out int written) && written == GcmKey.Length
                && read.TryAdd(last = version, key);
        }

        return holds
            ? new OrganisationKeyRing(organisation, path, read)
            : throw new InvalidDataException($"{path} is not a ring of keys ({Header}). Restore it from a backup; do not delete it: without it nothing about any worker can be read.");
    }

    private OrganisationKeyRing Write(Dictionary<int, byte[]> changed)
    {
        IEnumerable<string> lines = changed.OrderBy(k => k.Key).Select(k => Line(k.Key, k.Value));
        DurableFiles.Replace(path, Encoding.UTF8.GetBytes($"{Header}\n{string.Join('\n', lines)}\n"), forOwner: true);
        return new OrganisationKeyRing(organisation, path, changed);
    }

    private byte[] Associated(string holder, int version) =>
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"ledger-wrap/v1\n{organisation}\n{holder}\n{version}"));
}
