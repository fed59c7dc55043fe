namespace Ledger.Cli.Hosting;

/// <summary>What a data directory tells without being opened.</summary>
internal static class DataDirectory
{
    private const string KeyPrefix = "organisation-";
    private const string KeySuffix = ".key";

    /// <summary>Where a data directory has its keys.</summary>
    public static string KeysOf(string directory) => Path.Combine(directory, "keys");

    /// <summary>Organisations whose keys are in the directory.</summary>
    public static string[] Organisations(string directory) => OrganisationsIn(KeysOf(directory));

    /// <summary>Organisations whose keys are in a directory of keys.</summary>
    public static string[] OrganisationsIn(string keys) => Directory.Exists(keys)
        ? [.. KeysIn(keys)
            .Select(file => Path.GetFileName(file)[KeyPrefix.Length..^KeySuffix.Length])
            .Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The key files of a directory of keys.</summary>
    public static IEnumerable<string> KeysIn(string directory) => Directory.EnumerateFiles(directory, $"{KeyPrefix}*{KeySuffix}");
}
