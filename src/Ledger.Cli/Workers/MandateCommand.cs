using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Ledger.Cli.Decisions;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;
using Ledger.V1;

namespace Ledger.Cli.Workers;

/// <summary><c>ledger mandate</c>: a worker lets a representative see their record, takes it back, and sees what was given.</summary>
internal static class MandateCommand
{
    public const string Schema = "ledger.mandates/1";

    public static Command Create(Session session) =>
        new("mandate", session.Texts["mandate.description"]) { Give(session), Withdraw(session), List(session) };

    private static Command Give(Session session)
    {
        Texts texts = session.Texts;
        Command command = new("give", texts["mandate.give"]);
        Option<string> representative = new("--to") { Description = texts["mandate.to"], HelpName = "PSEUDONYM", Required = true };
        Option<string> until = new("--until") { Description = texts["mandate.until"], HelpName = "DATE", Required = true };
        Option<string?> purpose = new("--for") { Description = texts["mandate.for"], HelpName = "TEXT" };
        Option<string?> id = new("--id") { Description = texts["option.contentId"], HelpName = "UUID" };
        foreach (System.CommandLine.Option option in new System.CommandLine.Option[] { representative, until, purpose, id })
        {
            command.Options.Add(option);
        }

        return OfOwn(session, command, async (ledger, me, parsed, cancellationToken) =>
        {
            Mandate mandate = new()
            {
                Representative = parsed.GetRequiredValue(representative),
                Purpose = parsed.GetValue(purpose) ?? "",
                ExpiresAt = Instants.Parse(session, "--until", parsed.GetRequiredValue(until)).ToTimestamp(),
            };
            GiveMandateRequest request = new() { Parent = me, Mandate = mandate };
            mandate.MandateId = parsed.GetValue(id) ?? ContentId.Of(request);
            return [await ledger.Workers.GiveMandateAsync(request, ledger.Call(cancellationToken))];
        });
    }

    private static Command Withdraw(Session session)
    {
        Command command = new("withdraw", session.Texts["mandate.withdraw"]);
        Argument<string> id = new("ID") { Description = session.Texts["mandate.id"] };
        command.Arguments.Add(id);
        return OfOwn(session, command, async (ledger, me, parsed, cancellationToken) =>
            [await ledger.Workers.WithdrawMandateAsync(
                new WithdrawMandateRequest { Name = $"{me}/mandates/{parsed.GetRequiredValue(id)}" }, ledger.Call(cancellationToken))]);
    }

    private static Command List(Session session) => OfOwn(session, new Command("list", session.Texts["mandate.list"]), async (ledger, me, _, cancellationToken) =>
        [.. (await ledger.Workers.ListMandatesAsync(new ListMandatesRequest { Parent = me }, ledger.Call(cancellationToken))).Mandates]);

    /// <summary>Mandates are the worker's own: whose they are is in the token.</summary>
    private static Command OfOwn(Session session, Command command, Func<LedgerConnection, string, ParseResult, CancellationToken, Task<Mandate[]>> work)
    {
        ConnectionOptions connection = new(session);
        Option<bool> json = session.JsonOption();
        connection.AddTo(command);
        command.Options.Add(json);
        session.SetAction(command, json, async (parsed, cancellationToken) =>
        {
            await using LedgerConnection ledger = await connection.OpenAsync(session, parsed, cancellationToken);
            Caller caller = await ledger.Access.GetCallerAsync(new GetCallerRequest(), ledger.Call(cancellationToken));
            if (caller.Worker.Length == 0)
            {
                throw new CommandFailure(ExitCode.Usage, session.Texts["mandate.noWorker"]);
            }

            Mandate[] mandates = await work(ledger, caller.Worker, parsed, cancellationToken);
            if (parsed.GetValue(json))
            {
                await session.SayAsync(JsonLine.Write(writer =>
                {
                    writer.WriteString("schema", Schema);
                    writer.WriteStartArray("mandates");
                    foreach (Mandate mandate in mandates)
                    {
                        writer.WriteMessageValue(mandate);
                    }

                    writer.WriteEndArray();
                }));
                return ExitCode.Ok;
            }

            foreach (Mandate mandate in mandates)
            {
                await session.SayAsync(InWords(session, mandate));
            }

            if (mandates.Length == 0)
            {
                await session.SayAsync(session.Texts["mandate.none"]);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static string InWords(Session session, Mandate mandate)
    {
        Texts texts = session.Texts;
        bool ended = mandate.WithdrawnAt is null && mandate.ExpiresAt.ToDateTimeOffset() <= session.Around.Time.GetUtcNow();
        string state = mandate.WithdrawnAt is { } withdrawn ? texts.Format("mandate.withdrawn", When(withdrawn))
            : texts.Format(ended ? "mandate.ended" : "mandate.inForce", When(mandate.ExpiresAt));
        string purpose = mandate.Purpose.Length > 0 ? texts.Format("mandate.purpose", mandate.Purpose) : "";
        return texts.Format("mandate.line", mandate.MandateId, mandate.Representative, When(mandate.GivenAt), state) + purpose;

        string When(Timestamp instant) => texts.Instant(instant.ToDateTimeOffset(), TimeZoneInfo.Local.Id);
    }
}
