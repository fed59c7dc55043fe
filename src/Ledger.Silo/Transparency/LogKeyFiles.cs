using System.Text;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations;
using Ledger.Verification;

namespace Ledger.Silo.Transparency;

/// <summary>
/// The files of a log's keys: <c>log-{org}.key</c> signs, <c>.next.key</c> is about to, <c>.previous.key</c> still does for a while;
/// <c>log-{org}.rotate</c> asks for a new key.
/// </summary>
internal sealed class LogKeyFiles(string directory, string organisation)
{
    private string Current => CurrentName(organisation);

    private string NextPath => PathOf($"log-{organisation}.next.key");

    private string PreviousPath => PathOf($"log-{organisation}.previous.key");

    private string RequestPath => PathOf(RequestName(organisation));

    /// <summary>Name of the file of the key that signs.</summary>
    public static string CurrentName(string organisation) => $"log-{organisation}.key";

    /// <summary>Name of the file whose presence asks for a new key.</summary>
    public static string RequestName(string organisation) => $"log-{organisation}.rotate";

    public SignerKey ReadOrCreate(string origin, Entropy entropy) =>
        Parse(KeyFile.ReadOrCreate(directory, Current, () => NewKey(origin, entropy)), PathOf(Current));

    public SignerKey? TryReadCurrent() => TryRead(PathOf(Current));

    public SignerKey? TryReadPrevious() => TryRead(PreviousPath);

    public SignerKey? TryReadNext() => TryRead(NextPath);

    /// <summary>Whether a new key is asked for, and whether the old one is lost.</summary>
    public (bool Asked, bool Lost) ReadRequest() =>
        File.Exists(RequestPath) ? (true, string.Equals(File.ReadAllText(RequestPath).Trim(), LogKeyRotation.Lost, StringComparison.Ordinal)) : (false, false);

    /// <summary>Whether a new key is asked for, or a change was interrupted.</summary>
    public bool IsChanging => File.Exists(RequestPath) || File.Exists(NextPath);

    /// <summary>Waits until no other process changes the keys.</summary>
    public FileStream TakeTurn() => KeyFile.TakeTurn(directory);

    /// <summary>Makes the key that is about to sign, or takes the one that an interrupted change left.</summary>
    public SignerKey PrepareNext(string origin, Entropy entropy)
    {
        if (TryReadNext() is { } left)
        {
            return left;
        }

        DurableFiles.Replace(NextPath, Encoding.UTF8.GetBytes(NewKey(origin, entropy) + "\n"), forOwner: true);
        return TryReadNext()!;
    }

    /// <summary>The change is recorded: the next key becomes the current one, the current one the previous.</summary>
    public void Advance()
    {
        // The request goes first: were it there when the next key is in its place, it would be taken for one more.
        File.Delete(RequestPath);
        DurableFiles.SyncDirectory(directory);
        if (File.Exists(PathOf(Current)))
        {
            File.Move(PathOf(Current), PreviousPath, overwrite: true);
        }

        File.Move(NextPath, PathOf(Current), overwrite: true);
        DurableFiles.SyncDirectory(directory);
    }

    /// <summary>A key that signs no more must not lie around for a thief.</summary>
    public void DeletePrevious() => File.Delete(PreviousPath);

    private static SignerKey? TryRead(string path) => File.Exists(path) ? Parse(File.ReadAllText(path).Trim(), path) : null;

    private static SignerKey Parse(string text, string path) =>
        SignerKey.TryParse(text, out SignerKey? key)
            ? key
            : throw new LogStoppedException($"{path} is not a key of a log (c2sp.org/signed-note). Restore it from a backup; do not delete it.");

    private static string NewKey(string origin, Entropy entropy)
    {
        Span<byte> seed = stackalloc byte[32];
        entropy.Fill(seed);
        using SignerKey key = SignerKey.FromSeed(origin, KeyAlgorithm.Ed25519, seed);
        seed.Clear();
        return key.ToSecretString();
    }

    private string PathOf(string name) => Path.Combine(directory, name);
}
