using System.CommandLine;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;
using Ledger.V1;

namespace Ledger.Cli.Access;

/// <summary><c>ledger whoami</c>: who a token is at a ledger; a representative reads there the pseudonym that mandates are given to.</summary>
internal static class WhoAmICommand
{
    public const string Schema = "ledger.caller/1";

    public static Command Create(Session session)
    {
        Texts texts = session.Texts;
        Command command = new("whoami", texts["whoami.description"]);
        ConnectionOptions connection = new(session);
        Option<bool> json = session.JsonOption();
        connection.AddTo(command);
        command.Options.Add(json);
        session.SetAction(command, json, async (parsed, cancellationToken) =>
        {
            await using LedgerConnection ledger = await connection.OpenAsync(session, parsed, cancellationToken);
            Caller caller = await ledger.Access.GetCallerAsync(new GetCallerRequest(), ledger.Call(cancellationToken));
            if (parsed.GetValue(json))
            {
                await session.SayAsync(JsonLine.Write(writer =>
                {
                    writer.WriteString("schema", Schema);
                    writer.WriteMessage("caller", caller);
                }));
                return ExitCode.Ok;
            }

            await session.SayAsync(texts.Format("whoami.person", caller.Person));
            await session.SayAsync(texts.Format("whoami.roles", caller.Organisation, string.Join(", ", caller.Roles.Select(role => texts[$"role.{role}"]))));
            if (caller.Worker.Length > 0)
            {
                await session.SayAsync(texts.Format("whoami.worker", caller.Worker));
            }

            return ExitCode.Ok;
        });
        return command;
    }
}
