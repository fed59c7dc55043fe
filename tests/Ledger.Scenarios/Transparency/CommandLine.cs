using System.Text.Json;
using Ledger.Cli;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;

namespace Ledger.Scenarios.Transparency;

/// <summary>What a command said and how it ended.</summary>
internal sealed record Said(int Code, string Out, string Error)
{
    /// <summary>The last line of the output, as JSON.</summary>
    public JsonElement Json => JsonDocument.Parse(Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement;

    public override string ToString() => $"{Code}\n{Out}\n{Error}";
}

/// <summary>Runs command lines as a person would, in this process.</summary>
internal static class CommandLine
{
    /// <summary>A place to run in, whose words go to the two writers.</summary>
    public static Session Session(TextWriter output, TextWriter error)
    {
        Language language = new("en", Guessed: false);
        return new Session(Around(output, error), new Texts(language.Culture), language);
    }

    public static Task<Said> RunAsync(params string[] arguments) => RunAsync("", arguments);

    /// <summary>The same with a token to call with.</summary>
    public static Task<Said> RunAsync(string token, string[] arguments) => RunAsync(TimeProvider.System, token, arguments);

    /// <summary>The same at another time.</summary>
    public static Task<Said> RunAtAsync(TimeProvider time, params string[] arguments) => RunAsync(time, "", arguments);

    private static async Task<Said> RunAsync(TimeProvider time, string token, string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = await LedgerCommand.RunAsync(arguments, Around(output, error, token) with { Time = time }, CancellationToken.None);
        return new Said(code, output.ToString(), error.ToString());
    }

    private static Surroundings Around(TextWriter output, TextWriter error, string token = "") => new(
        () => Stream.Null, output, error, OutIsTerminal: false, ErrorIsTerminal: false, 120,
        new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["LANG"] = "en_CA.UTF-8", ["LEDGER_TOKEN"] = token }, TimeProvider.System, Path.GetTempPath());
}
