using System.CommandLine;
using Ledger.Cli.Languages;

namespace Ledger.Cli.Hosting;

/// <summary>One command line being run: where it runs and in which language it speaks.</summary>
internal sealed record Session(Surroundings Around, Texts Texts, Language Language)
{
    /// <summary>Gives a command its work; what goes wrong is said on the error stream, and in JSON where JSON was asked for.</summary>
    public void SetAction(Command command, Option<bool>? json, Func<ParseResult, CancellationToken, Task<ExitCode>> work) =>
        command.SetAction(async (parsed, cancellationToken) =>
        {
            bool wantsJson = json is not null && parsed.GetValue(json);
            return (int)await Failures.GuardAsync(this, wantsJson, () => work(parsed, cancellationToken), cancellationToken);
        });

    public Task SayAsync(string line) => Around.Out.WriteLineAsync(line);

    public Task RemarkAsync(string line) => Around.Error.WriteLineAsync(line);

    /// <summary>The option every command shares that answers scripts.</summary>
    public Option<bool> JsonOption() => new("--json") { Description = Texts["option.json"] };
}
