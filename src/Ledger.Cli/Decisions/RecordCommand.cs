using System.CommandLine;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;
using Ledger.V1;

namespace Ledger.Cli.Decisions;

/// <summary><c>ledger record</c>: one decision from flags, or one or many from a file.</summary>
internal static class RecordCommand
{
    public const string Schema = "ledger.receipt/1";
    public const string SummarySchema = "ledger.record-summary/1";

    public static Command Create(Session session)
    {
        Texts texts = session.Texts;
        Command command = new("record", texts["record.description"]);
        ConnectionOptions connection = new(session);
        DecisionFlags flags = new(session);
        Option<string?> file = new("--file", "-f") { Description = texts["record.file"], HelpName = "FILE|-" };
        Option<bool> json = session.JsonOption();
        command.Options.Add(file);
        connection.AddTo(command);
        flags.AddTo(command);
        command.Options.Add(json);
        session.SetAction(command, json, async (parsed, cancellationToken) =>
        {
            string organisation = connection.Organisation(session, parsed);
            IAsyncEnumerable<ReadDecision> decisions = parsed.GetValue(file) is { } path
                ? flags.AnyGiven(parsed)
                    ? throw new CommandFailure(ExitCode.Usage, texts["usage.fileOrFlags"])
                    : DecisionFile.ReadAsync(session, path, cancellationToken)
                : One(flags.Decision(session, parsed));
            await using LedgerConnection ledger = await connection.OpenAsync(session, parsed, cancellationToken);
            Recording recording = new(session, ledger, organisation, parsed.GetValue(json));
            return await recording.RunAsync(decisions, summarise: parsed.GetValue(file) is not null, cancellationToken);
        });
        return command;
    }

    private static async IAsyncEnumerable<ReadDecision> One(Decision decision)
    {
        await Task.CompletedTask;
        yield return new ReadDecision(1, decision);
    }
}
