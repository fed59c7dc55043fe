using System.Diagnostics;
using System.Text;

namespace Ledger.Tests;

/// <summary>The clone that the tests run in: files that are checked, and pages that are made from the code.</summary>
internal static class Repository
{
    /// <summary>Set to 1 to write the pages made from the code instead of checking them.</summary>
    private const string UpdateVariable = "LEDGER_UPDATE_DOCS";

    public static string Root { get; } = FindRoot();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    public static string Read(params string[] parts) => File.ReadAllText(PathOf(parts));

    /// <summary>Files known to git or about to be, relative to the root.</summary>
    public static IReadOnlyList<string> TrackedFiles() =>
        [.. Run("git", "ls-files", "--cached", "--others", "--exclude-standard").Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(file => File.Exists(PathOf(file)))];

    /// <summary>Nothing if the page holds exactly this text, or what to do.</summary>
    public static string? Stale(string page, string text, string test)
    {
        string path = PathOf(page);
        if (string.Equals(Environment.GetEnvironmentVariable(UpdateVariable), "1", StringComparison.Ordinal))
        {
            File.WriteAllText(path, text);
            return null;
        }

        string actual = File.Exists(path) ? File.ReadAllText(path) : "";
        if (string.Equals(actual, text, StringComparison.Ordinal))
        {
            return null;
        }

        string[] expected = text.Split('\n');
        int line = actual.Split('\n').Zip(expected).TakeWhile(pair => string.Equals(pair.First, pair.Second, StringComparison.Ordinal)).Count();
        return new StringBuilder()
            .Append(page).Append(" is not what the code says, from line ").Append(line + 1).Append(" on: “")
            .Append(line < expected.Length ? expected[line] : "(end)").Append("”. If the change is meant, write it with: ")
            .Append(UpdateVariable).Append("=1 ./test ").Append(test).ToString();
    }

    /// <summary>Output of a program that must succeed.</summary>
    public static string Run(string program, params string[] arguments)
    {
        (int code, string output) = TryRun(program, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"{program} ended with {code}: {output}");
    }

    /// <summary>Exit code and output, standard error included when it failed.</summary>
    public static (int Code, string Output) TryRun(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = Root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start");
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, process.ExitCode == 0 ? output : output + error.GetAwaiter().GetResult());
    }

    /// <summary>Whether a program can be called by name.</summary>
    public static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(directory => File.Exists(Path.Combine(directory, program)));

    private static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Ledger.sln")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("The tests run inside a clone; there is no Ledger.sln above them.");
    }
}
