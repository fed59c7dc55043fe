using System.CommandLine;

namespace Ledger.Cli.Hosting;

/// <summary>What a command line got wrong, and where its help is. Nothing goes to the output: a script must not read help as an answer.</summary>
internal static class UsageErrors
{
    public static ExitCode Print(Session session, ParseResult parsed)
    {
        foreach (string message in parsed.Errors.Select(e => e.Message).Distinct(StringComparer.Ordinal))
        {
            session.Around.Error.WriteLine(session.Texts.Format("failure.line", message));
        }

        foreach (string word in parsed.UnmatchedTokens)
        {
            if (Nearest.To(word, Words(parsed.CommandResult.Command)) is { } near)
            {
                session.Around.Error.WriteLine(session.Texts.Format("usage.nearest", near));
            }
        }

        session.Around.Error.WriteLine(session.Texts.Format("usage.help", PathOf(parsed)));
        session.Around.Error.Flush();
        return ExitCode.Usage;
    }

    private static IEnumerable<string> Words(Command command) =>
        command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name).Concat(command.Options.Select(o => o.Name));

    private static string PathOf(ParseResult parsed)
    {
        IEnumerable<string> names = parsed.CommandResult.Command is RootCommand ? []
            : [.. parsed.CommandResult.Command.Parents.OfType<Command>().Where(c => c is not RootCommand).Select(c => c.Name), parsed.CommandResult.Command.Name];
        return string.Join(' ', ["ledger", .. names, "--help"]);
    }
}
