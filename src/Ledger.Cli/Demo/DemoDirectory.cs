using Ledger.Cli.Hosting;

namespace Ledger.Cli.Demo;

/// <summary>Where the demo's data lies: a directory that says it is simulated, or one that goes away with the process.</summary>
internal sealed class DemoDirectory : IDisposable
{
    private const string Mark = "SIMULATED.txt";

    private DemoDirectory(string path, bool goesAway)
    {
        Path = path;
        GoesAway = goesAway;
    }

    public string Path { get; }

    public bool GoesAway { get; }

    /// <exception cref="CommandFailure">The directory holds a ledger that is not the demo's.</exception>
    public static DemoDirectory Open(Session session, string? path)
    {
        bool goesAway = path is null;
        path ??= Directory.CreateTempSubdirectory("ledger-demo-").FullName;
        string mark = System.IO.Path.Combine(path, Mark);
        if (!File.Exists(mark))
        {
            // Invented decisions must never end up beside real ones.
            if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
            {
                throw new CommandFailure(ExitCode.Refused, session.Texts.Format("demo.notOurs", path));
            }

            Directory.CreateDirectory(path);
            File.WriteAllText(mark, session.Texts["demo.mark"] + Environment.NewLine);
        }

        return new DemoDirectory(path, goesAway);
    }

    public void Dispose()
    {
        if (GoesAway)
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
