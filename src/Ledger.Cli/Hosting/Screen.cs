using Spectre.Console;

namespace Ledger.Cli.Hosting;

/// <summary>Spectre.Console on the session's own streams.</summary>
internal static class Screen
{
    public static IAnsiConsole For(Session session) => Create(session.Around.Out, session.Around.OutIsTerminal, session.Around);

    /// <summary>For progress: on the error stream, and silent when that is not a terminal.</summary>
    public static IAnsiConsole ForProgress(Session session) => Create(session.Around.Error, session.Around.ErrorIsTerminal, session.Around);

    private static IAnsiConsole Create(TextWriter writer, bool terminal, Surroundings around)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = terminal && around.Variable("NO_COLOR") is null ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        console.Profile.Width = around.Width;
        return console;
    }
}
