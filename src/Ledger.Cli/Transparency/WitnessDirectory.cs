using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ledger.Cli.Hosting;
using Ledger.EventStore;
using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary>
/// What a witness keeps: its key, the last checkpoint it signed of each log, and evidence. Held by one process at a time: two that sign
/// with one key could be shown two histories.
/// </summary>
/// <remarks>
/// <code>
/// lock                       held while a witness runs
/// witness.key                PRIVATE+KEY+…, for its owner only
/// &lt;hash of origin&gt;.state     ledger-witness-state/v1 and the checkpoint, cosigned
/// &lt;hash of origin&gt;.stopped   the log was caught: names the folder of evidence
/// evidence/                  a folder for each time
/// </code>
/// </remarks>
internal sealed class WitnessDirectory : IDisposable
{
    private const string KeyFile = "witness.key", LockFile = "lock", StateSuffix = ".state", StoppedSuffix = ".stopped";
    private const int WouldBlock = 11, MacWouldBlock = 35, WindowsSharingViolation = unchecked((int)0x80070020);

    private readonly Session session;
    private readonly FileStream @lock;

    private WitnessDirectory(Session session, string path, FileStream @lock, SignerKey key)
    {
        this.session = session;
        this.@lock = @lock;
        Path = path;
        Key = key;
    }

    public string Path { get; }

    /// <summary>The witness's key.</summary>
    public SignerKey Key { get; }

    /// <summary>Takes the directory, and makes it and the key if there are none.</summary>
    /// <param name="session">Where the command runs.</param>
    /// <param name="path">The directory.</param>
    /// <param name="name">Name for the key; null leaves the one it has.</param>
    /// <exception cref="CommandFailure">Another process holds it, or what is in it cannot be used.</exception>
    public static WitnessDirectory Open(Session session, string path, string? name)
    {
        DurableFiles.CreateDirectoryForOwner(path);
        FileStream taken = Take(session, path);
        try
        {
            return new WitnessDirectory(session, path, taken, LoadOrCreate(session, path, name));
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>The last state of a log; null when nothing of it was ever signed.</summary>
    /// <exception cref="CommandFailure">The file is not what this witness wrote.</exception>
    public WitnessState? ReadState(string origin)
    {
        string file = FileOf(origin, StateSuffix);
        if (!File.Exists(file))
        {
            return null;
        }

        return WitnessState.TryParse(File.ReadAllBytes(file), out WitnessState? state)
            && string.Equals(state.Latest.Origin, origin, StringComparison.Ordinal)
            && state.Signed.Verify([Key.Verifier], out _) == NoteVerdict.Verified
                ? state
                : throw new CommandFailure(ExitCode.Failed, session.Texts.Format("witness.damaged", file));
    }

    /// <summary>Makes a state durable, before the cosignature in it leaves.</summary>
    public void Write(WitnessState state) => DurableFiles.Replace(FileOf(state.Latest.Origin, StateSuffix), state.ToArray());

    /// <summary>The folder of evidence for which the witness stopped signing a log; null when it did not.</summary>
    public string? StoppedBy(string origin)
    {
        string file = FileOf(origin, StoppedSuffix);
        if (File.Exists(file))
        {
            return System.IO.Path.Combine(Path, File.ReadAllText(file).Trim());
        }

        // Killed after the evidence was there and before the marker was.
        if (ForkEvidence.Find(Path, origin) is { } evidence)
        {
            Mark(origin, evidence);
            return evidence;
        }

        return null;
    }

    /// <summary>Keeps the evidence and never signs this log again.</summary>
    /// <returns>The folder of evidence.</returns>
    public string Stop(Fork fork, KeySuccession trust, Note? first, Note second)
    {
        string evidence = ForkEvidence.Write(Path, fork, trust, first, second, session.Around.Time.GetUtcNow());
        Mark(fork.Larger.Origin, evidence);
        return evidence;
    }

    public void Dispose()
    {
        Key.Dispose();
        @lock.Dispose();
    }

    // Relative, so that the directory can be moved as a whole.
    private void Mark(string origin, string evidence) =>
        DurableFiles.Replace(FileOf(origin, StoppedSuffix), Encoding.UTF8.GetBytes(System.IO.Path.GetRelativePath(Path, evidence) + "\n"));

    private string FileOf(string origin, string suffix) => System.IO.Path.Combine(Path, OriginHash.Of(origin) + suffix);

    // A lock of the operating system: a killed process leaves nothing to clean up.
    private static FileStream Take(Session session, string path)
    {
        try
        {
            return new FileStream(System.IO.Path.Combine(path, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult is WouldBlock or MacWouldBlock or WindowsSharingViolation)
        {
            throw new CommandFailure(ExitCode.Unavailable, session.Texts.Format("witness.inUse", path), e);
        }
    }

    private static SignerKey LoadOrCreate(Session session, string path, string? name)
    {
        string file = System.IO.Path.Combine(path, KeyFile);
        if (File.Exists(file))
        {
            if (!SignerKey.TryParse(File.ReadAllText(file).Trim(), out SignerKey? key) || key.Verifier.Algorithm != KeyAlgorithm.CosignatureV1)
            {
                throw new CommandFailure(ExitCode.Failed, session.Texts.Format("witness.badKey", file));
            }

            if (name is null || string.Equals(name, key.Verifier.Name, StringComparison.Ordinal))
            {
                return key;
            }

            string actual = key.Verifier.Name;
            key.Dispose();
            throw new CommandFailure(ExitCode.Usage, session.Texts.Format("witness.otherName", actual, name));
        }

        // Without its key, states are of no use, and a new key would sign as if nothing had been seen.
        if (Directory.EnumerateFiles(path, "*" + StateSuffix).Any())
        {
            throw new CommandFailure(ExitCode.Failed, session.Texts.Format("witness.lostKey", file));
        }

        byte[] seed = RandomNumberGenerator.GetBytes(SignerKey.SeedLength);
        SignerKey made = SignerKey.FromSeed(name ?? NewName(), KeyAlgorithm.CosignatureV1, seed);
        CryptographicOperations.ZeroMemory(seed);
        DurableFiles.Replace(file, Encoding.UTF8.GetBytes(made.ToSecretString() + "\n"), forOwner: true);
        return made;
    }

    // Two unions that name nothing must not have the same name.
    private static string NewName() => string.Create(CultureInfo.InvariantCulture, $"witness-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}");
}
