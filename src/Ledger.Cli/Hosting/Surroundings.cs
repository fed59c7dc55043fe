using System.Collections;

namespace Ledger.Cli.Hosting;

/// <summary>What the command takes from outside: streams, environment, clock. Tests put their own in its place.</summary>
internal sealed record Surroundings(
    Func<Stream> OpenInput,
    TextWriter Out,
    TextWriter Error,
    bool OutIsTerminal,
    bool ErrorIsTerminal,
    int Width,
    IReadOnlyDictionary<string, string> Environment,
    TimeProvider Time,
    string Directory)
{
    // What a redirected table is laid out for: wide enough to be useful in a file, narrow enough to be mailed.
    private const int RedirectedWidth = 120;

    public static Surroundings OfProcess() => new(
        Console.OpenStandardInput,
        Console.Out,
        Console.Error,
        !Console.IsOutputRedirected,
        !Console.IsErrorRedirected,
        WidthOf(),
        System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "", StringComparer.OrdinalIgnoreCase),
        TimeProvider.System,
        System.IO.Directory.GetCurrentDirectory());

    /// <summary>An environment variable, or nothing if it is unset or empty.</summary>
    public string? Variable(string name) => Environment.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;

    private static int WidthOf()
    {
        if (Console.IsOutputRedirected)
        {
            return RedirectedWidth;
        }

        try
        {
            return Console.WindowWidth is > 0 and int width ? width : RedirectedWidth;
        }
        catch (IOException)
        {
            return RedirectedWidth;
        }
    }
}
