using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Globalization;
using Ledger.Cli.Access;
using Ledger.Cli.Decisions;
using Ledger.Cli.Demo;
using Ledger.Cli.Diagnosis;
using Ledger.Cli.Hosting;
using Ledger.Cli.Import;
using Ledger.Cli.Languages;
using Ledger.Cli.Organisations;
using Ledger.Cli.Transparency;
using Ledger.Cli.Workers;

namespace Ledger.Cli;

/// <summary>The command <c>ledger</c>: everything a person or a script can ask of it.</summary>
internal static class LedgerCommand
{
    /// <summary>Runs one command line and returns its exit code.</summary>
    public static async Task<int> RunAsync(string[] args, Surroundings around, CancellationToken cancellationToken)
    {
        Language language = Language.Choose(args, around.Environment);
        // Only the words of System.CommandLine follow this; numbers and dates take their culture from Texts, so that a host
        // started from here stays culture-free.
        CultureInfo.CurrentUICulture = language.Culture;
        Session session = new(around, new Texts(language.Culture), language);
        RootCommand root = Create(session);
        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        InvocationConfiguration invocation = new()
        {
            Output = around.Out,
            Error = around.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        if (parsed.Action is ParseErrorAction)
        {
            return (int)UsageErrors.Print(session, parsed);
        }

        int code = await parsed.InvokeAsync(invocation, cancellationToken);
        await around.Out.FlushAsync(CancellationToken.None);
        await around.Error.FlushAsync(CancellationToken.None);
        return code;
    }

    /// <summary>The tree of commands.</summary>
    public static RootCommand Create(Session session)
    {
        RootCommand root = new(session.Texts["root.description"]);
        root.Options.Add(new Option<string?>("--language")
        {
            Description = session.Texts["option.language"],
            HelpName = "fr|en",
            Recursive = true,
        }.AcceptOnlyFromAmong("fr", "en"));
        root.Subcommands.Add(ServeCommand.Create(session));
        root.Subcommands.Add(DemoCommand.Create(session));
        root.Subcommands.Add(RecordCommand.Create(session));
        root.Subcommands.Add(ImportCommand.Create(session));
        root.Subcommands.Add(TrailCommand.Create(session));
        root.Subcommands.Add(WatchCommand.Create(session));
        root.Subcommands.Add(ExportCommand.Create(session));
        root.Subcommands.Add(WhoAmICommand.Create(session));
        root.Subcommands.Add(MandateCommand.Create(session));
        root.Subcommands.Add(ProtectionCommands.Erasure(session));
        root.Subcommands.Add(ProtectionCommands.Hold(session));
        root.Subcommands.Add(TokenCommand.Create(session));
        root.Subcommands.Add(KeysCommand.Create(session));
        root.Subcommands.Add(RetentionCommand.Create(session));
        root.Subcommands.Add(VerifyCommand.Create(session));
        root.Subcommands.Add(WitnessCommand.Create(session));
        root.Subcommands.Add(DoctorCommand.Create(session));
        root.Subcommands.Add(HealthCommand.Create(session));
        root.Subcommands.Add(CompletionCommand.Create(session));

        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Description = session.Texts["option.help"];
        root.Options.OfType<VersionOption>().Single().Description = session.Texts["option.version"];
        help.Action = new HelpWithExitCodes((HelpAction)help.Action!, session.Texts);
        root.SetAction(parsed => help.Action is SynchronousCommandLineAction action ? action.Invoke(parsed) : 0);
        return root;
    }
}
