namespace Ledger.Cli.Hosting;

/// <summary>What a data directory tells without being opened.</summary>
internal static class DataDirectory
{
    private const string KeyPrefix = "organisation-";
    private const string KeySuffix = ".key";

    /// <summary>Where a data directory has its keys.</summary>
    public static string KeysOf(string directory) => Path.Combine(directory, "keys");

    /// <summary>Where a data directory has its embedded store.</summary>
    public static string StoreOf(string directory) => Path.Combine(directory, "events.db");

    /// <summary>Organisations whose keys are in the directory.</summary>
    public static string[] Organisations(string directory) => OrganisationsIn(KeysOf(directory));

    /// <summary>Organisations whose keys are in a directory of keys.</summary>
    public static string[] OrganisationsIn(string keys) => Directory.Exists(keys)
        ? [.. KeysIn(keys)
            .Select(file => Path.GetFileName(file)[KeyPrefix.Length..^KeySuffix.Length])
            .Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The organisation asked for, or the only one there is.</summary>
    /// <exception cref="CommandFailure">There is none, or not that one, or several and none was asked for.</exception>
    public static string Choose(Session session, string directory, string keys, string? asked)
    {
        string[] held = OrganisationsIn(keys);
        return asked is null && held is [var only] ? only
            : asked is not null && held.Contains(asked, StringComparer.Ordinal) ? asked
            : throw new CommandFailure(ExitCode.Usage, held.Length == 0
                ? session.Texts.Format("data.keys", keys)
                : session.Texts.Format("data.organisation", directory, asked, string.Join(", ", held)));
    }

    /// <summary>The key files of a directory of keys.</summary>
    public static IEnumerable<string> KeysIn(string directory) => Directory.EnumerateFiles(directory, $"{KeyPrefix}*{KeySuffix}");
}
