using Ledger.Cli.Hosting;

namespace Ledger.Cli.Diagnosis;

/// <summary>Whether only the owner can read the keys: who has one can turn pseudonyms back into employee numbers.</summary>
internal static class KeyCheck
{
    private const string Name = "keys";

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    public static IEnumerable<Finding> Look(Session session, LedgerSettings settings)
    {
        string directory = Path.GetFullPath(settings.KeysDirectory);
        if (!Directory.Exists(directory))
        {
            bool storeIsThere = settings.StoreAddress is null && File.Exists(settings.StoreFile);
            yield return storeIsThere
                ? new Finding(Name, Weight.Problem, session.Texts.Format("doctor.keys.lost", directory), session.Texts["doctor.keys.lostRemedy"])
                : new Finding(Name, Weight.Good, session.Texts.Format("doctor.keys.none", directory));
            yield break;
        }

        string[] files = Directory.GetFiles(directory);
        if (!OperatingSystem.IsWindows())
        {
            foreach (string path in files.Prepend(directory))
            {
                if ((File.GetUnixFileMode(path) & Others) == UnixFileMode.None)
                {
                    continue;
                }

                string mode = Directory.Exists(path) ? "700" : "600";
                yield return new Finding(
                    Name, Weight.Problem, session.Texts.Format("doctor.keys.open", path), session.Texts.Format("doctor.keys.openRemedy", mode, path));
            }
        }

        foreach (string missing in settings.Organisations.Where(o => !File.Exists(Path.Combine(directory, $"organisation-{o}.key"))))
        {
            yield return new Finding(
                Name, Weight.Advice, session.Texts.Format("doctor.keys.missing", missing, directory), session.Texts["doctor.keys.missingRemedy"]);
        }

        yield return new Finding(Name, Weight.Good, session.Texts.Count("doctor.keys.counted", DataDirectory.KeysIn(directory).Count()));
    }
}
