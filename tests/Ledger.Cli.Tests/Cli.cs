using System.Text.Json;
using Ledger.Cli.Hosting;

namespace Ledger.Cli.Tests;

/// <summary>What a command said and how it ended.</summary>
public sealed record Answer(int Code, string Out, string Error)
{
    /// <summary>The last line of the output, as JSON.</summary>
    internal JsonElement Json => JsonDocument.Parse(Lines[^1]).RootElement;

    internal string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    internal string Schema => Json.GetProperty("schema").GetString()!;
}

/// <summary>Runs command lines as a person would, with everything around them captured.</summary>
internal static class Cli
{
    public static async Task<Answer> RunAsync(params string[] args) => await RunAsync([], args);

    public static async Task<Answer> RunAsync(Dictionary<string, string> environment, params string[] args)
    {
        StringWriter output = new(), error = new();
        int code = await LedgerCommand.RunAsync(args, Around(output, error, environment), CancellationToken.None);
        return new Answer(code, output.ToString(), error.ToString());
    }

    public static async Task<Answer> RunWithInputAsync(Dictionary<string, string> environment, string input, params string[] args)
    {
        StringWriter output = new(), error = new();
        Surroundings around = Around(output, error, environment) with { OpenInput = () => new MemoryStream(System.Text.Encoding.UTF8.GetBytes(input)) };
        int code = await LedgerCommand.RunAsync(args, around, CancellationToken.None);
        return new Answer(code, output.ToString(), error.ToString());
    }

    public static Surroundings Around(TextWriter output, TextWriter error, Dictionary<string, string> environment)
    {
        Dictionary<string, string> around = new(environment, StringComparer.OrdinalIgnoreCase);
        around.TryAdd("LANG", "en_CA.UTF-8");
        return new Surroundings(() => Stream.Null, output, error, false, false, 120, around, TimeProvider.System, Path.GetTempPath());
    }
}

/// <summary>A directory that goes away with the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("ledger-cli-test-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
