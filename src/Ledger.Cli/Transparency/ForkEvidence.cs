using System.Globalization;
using System.Text;
using Ledger.Cli.Languages;
using Ledger.EventStore;
using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary>
/// What is kept of a fork, for those who decide about it: both signed checkpoints, the keys, the proof that binds them, and what it all
/// means, in both languages. One folder, complete by itself.
/// </summary>
internal static class ForkEvidence
{
    public const string Folder = "evidence";
    private const string Draft = ".new";
    private const string FirstFile = "first.checkpoint", SecondFile = "second.checkpoint", ProofFile = "proof.txt", KeysFile = "log-keys.txt";

    /// <summary>Writes the folder, unless it is there; it has its name only once all of it is on disk.</summary>
    /// <param name="directory">Where evidence goes.</param>
    /// <param name="fork">The proof.</param>
    /// <param name="trust">The log's keys that are trusted, and why.</param>
    /// <param name="first">The note seen first; null when the second contradicts itself.</param>
    /// <param name="second">The note that contradicts it.</param>
    /// <param name="now">When it was found.</param>
    /// <returns>Path of the folder.</returns>
    public static string Write(
        string directory, Fork fork, KeySuccession trust, Note? first, Note second, DateTimeOffset now)
    {
        string parent = Path.Combine(directory, Folder);
        DurableFiles.CreateDirectoryForOwner(parent);
        if (FindSame(parent, second) is { } before)
        {
            return before;
        }

        string log = OriginHash.Of(fork.Larger.Origin)[..8];
        foreach (string cutOff in Directory.GetDirectories(parent, $"{log}-*{Draft}"))
        {
            Directory.Delete(cutOff, recursive: true);
        }

        string folder = Path.Combine(parent, string.Create(CultureInfo.InvariantCulture, $"{log}-{now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}"));
        string draft = folder + Draft;

        DurableFiles.CreateDirectoryForOwner(draft);
        if (first is not null)
        {
            DurableFiles.Replace(Path.Combine(draft, FirstFile), first.ToArray());
        }

        DurableFiles.Replace(Path.Combine(draft, SecondFile), second.ToArray());
        DurableFiles.Replace(Path.Combine(draft, ProofFile), fork.ToArray());
        DurableFiles.Replace(Path.Combine(draft, KeysFile), Encoding.UTF8.GetBytes(string.Concat(trust.Keys.Select(k => $"{k}\n"))));
        for (int i = 0; i < trust.Statements.Count; i++)
        {
            string file = string.Create(CultureInfo.InvariantCulture, $"key-statement-{i + 1}.txt");
            DurableFiles.Replace(Path.Combine(draft, file), trust.Statements[i].ToArray());
        }

        foreach ((string tag, string file) in new[] { ("fr", "lisez-moi.txt"), ("en", "readme.txt") })
        {
            string text = Explain(new Texts(new Language(tag, Guessed: false).Culture), fork, folder);
            DurableFiles.Replace(Path.Combine(draft, file), Encoding.UTF8.GetBytes(text + "\n"));
        }

        DurableFiles.RenameDirectory(draft, folder);
        return folder;
    }

    /// <summary>Evidence that is there already about a log, however it came; null when there is none.</summary>
    public static string? Find(string directory, string origin)
    {
        string parent = Path.Combine(directory, Folder);
        return Directory.Exists(parent) ? Whole(parent, OriginHash.Of(origin)[..8] + "-*").Order(StringComparer.Ordinal).FirstOrDefault() : null;
    }

    private static IEnumerable<string> Whole(string parent, string pattern) =>
        Directory.EnumerateDirectories(parent, pattern).Where(d => !d.EndsWith(Draft, StringComparison.Ordinal));

    private static string? FindSame(string parent, Note second) => Whole(parent, "*")
        .FirstOrDefault(d => Path.Combine(d, SecondFile) is var file && File.Exists(file) && File.ReadAllBytes(file).AsSpan().SequenceEqual(second.ToArray()));

    /// <summary>What it proves, what it does not, and whom to tell.</summary>
    public static string Explain(Texts texts, Fork fork, string folder) => string.Join(
        "\n\n",
        texts["fork.title"],
        texts.Format(
            fork.Smaller.Head.Size == fork.Larger.Head.Size ? "fork.sameSize" : "fork.rewritten",
            fork.Larger.Origin, fork.Smaller.Head.Size, fork.Smaller.Head.Root, fork.Larger.Head.Size, fork.Larger.Head.Root, fork.Prefix),
        texts["fork.proves"],
        texts["fork.provesNot"],
        texts.Format("fork.tell", folder));
}
