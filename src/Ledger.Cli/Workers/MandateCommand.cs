using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Ledger.Cli.Decisions;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;
using Ledger.V1;

namespace Ledger.Cli.Workers;

/// <summary>
/// <c>ledger mandate</c>: a worker lets a representative see their record, takes it back, and sees what was given; a desk enters it for who signed on paper.
/// </summary>
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
        DeskOptions desk = new(session);
        foreach (System.CommandLine.Option option in new System.CommandLine.Option[] { representative, until, purpose, id, desk.Form, desk.Employee })
        {
            command.Options.Add(option);
        }

        return Of(session, command, async (ledger, caller, parsed, cancellationToken) =>
        {
            Mandate mandate = new()
            {
                Representative = parsed.GetRequiredValue(representative),
                Purpose = parsed.GetValue(purpose) ?? "",
                ExpiresAt = Instants.Parse(session, "--until", parsed.GetRequiredValue(until)).ToTimestamp(),
            };
            if (desk.Read(session, parsed) is (string form, string number))
            {
                EnterMandateRequest entry = new() { Parent = Organisation(caller), EmployeeNumber = number, FormReference = form, Mandate = mandate };
                mandate.MandateId = parsed.GetValue(id) ?? ContentId.Of(entry);
                EnterMandateResponse entered = await ledger.Workers.EnterMandateAsync(entry, ledger.Call(cancellationToken));
                return new Outcome(entered.Mandate is { } shown ? [shown] : [], texts.Format("mandate.entered", form));
            }

            GiveMandateRequest request = new() { Parent = Own(session, caller), Mandate = mandate };
            mandate.MandateId = parsed.GetValue(id) ?? ContentId.Of(request);
            return new Outcome([await ledger.Workers.GiveMandateAsync(request, ledger.Call(cancellationToken))]);
        });
    }

    private static Command Withdraw(Session session)
    {
        Command command = new("withdraw", session.Texts["mandate.withdraw"]);
        Argument<string?> id = new("ID") { Description = session.Texts["mandate.id"], Arity = ArgumentArity.ZeroOrOne };
        Option<string?> representative = new("--to") { Description = session.Texts["mandate.withdrawTo"], HelpName = "PSEUDONYM" };
        DeskOptions desk = new(session);
        command.Arguments.Add(id);
        command.Options.Add(representative);
        command.Options.Add(desk.Form);
        command.Options.Add(desk.Employee);
        return Of(session, command, async (ledger, caller, parsed, cancellationToken) =>
        {
            if (desk.Read(session, parsed) is (string form, string number))
            {
                EnterWithdrawalRequest entry = new()
                {
                    Parent = Organisation(caller),
                    EmployeeNumber = number,
                    FormReference = form,
                    Mandate = parsed.GetValue(id) ?? "",
                    Representative = parsed.GetValue(representative) ?? "",
                };
                EnterWithdrawalResponse entered = await ledger.Workers.EnterWithdrawalAsync(entry, ledger.Call(cancellationToken));
                return new Outcome([], entered.TakenBack > 0
                    ? session.Texts.Format("mandate.enteredBack", form, entered.TakenBack) : session.Texts.Format("mandate.entered", form));
            }

            return parsed.GetValue(id) is { } mandate
                ? new Outcome([await ledger.Workers.WithdrawMandateAsync(
                    new WithdrawMandateRequest { Name = $"{Own(session, caller)}/mandates/{mandate}" }, ledger.Call(cancellationToken))])
                : throw new CommandFailure(ExitCode.Usage, session.Texts["mandate.which"]);
        });
    }

    private static Command List(Session session) =>
        Of(session, new Command("list", session.Texts["mandate.list"]), async (ledger, caller, _, cancellationToken) => new Outcome(
            [.. (await ledger.Workers.ListMandatesAsync(new ListMandatesRequest { Parent = Own(session, caller) }, ledger.Call(cancellationToken))).Mandates]));

    /// <summary>Mandates are the worker's own: whose they are is in the token.</summary>
    private static string Own(Session session, Caller caller) =>
        caller.Worker.Length > 0 ? caller.Worker : throw new CommandFailure(ExitCode.Usage, session.Texts["mandate.noWorker"]);

    private static string Organisation(Caller caller) => $"organisations/{caller.Organisation}";

    private static Command Of(Session session, Command command, Func<LedgerConnection, Caller, ParseResult, CancellationToken, Task<Outcome>> work)
    {
        ConnectionOptions connection = new(session);
        Option<bool> json = session.JsonOption();
        connection.AddTo(command);
        command.Options.Add(json);
        session.SetAction(command, json, async (parsed, cancellationToken) =>
        {
            await using LedgerConnection ledger = await connection.OpenAsync(session, parsed, cancellationToken);
            Caller caller = await ledger.Access.GetCallerAsync(new GetCallerRequest(), ledger.Call(cancellationToken));
            (Mandate[] mandates, string? said) = await work(ledger, caller, parsed, cancellationToken);
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

            if (said is not null || mandates.Length == 0)
            {
                await session.SayAsync(said ?? session.Texts["mandate.none"]);
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
        return texts.Format("mandate.line", mandate.MandateId, mandate.Representative, When(mandate.GivenAt), state) + purpose
            + Desk("mandate.enteredBy", mandate.DeskEntry) + Desk("mandate.takenBy", mandate.WithdrawalDeskEntry);

        string Desk(string key, DeskEntry? entry) => entry is null ? "" : texts.Format($"{key}.{entry.Role}", entry.FormReference);

        string When(Timestamp instant) => texts.Instant(instant.ToDateTimeOffset(), TimeZoneInfo.Local.Id);
    }

    /// <summary>What a command did: the mandates that it is about, and what else there is to say.</summary>
    private sealed record Outcome(Mandate[] Mandates, string? Said = null);

    /// <summary>From which form on paper, and for whom, a desk enters something.</summary>
    private sealed class DeskOptions(Session session)
    {
        public Option<string?> Form { get; } = new("--form") { Description = session.Texts["mandate.form"], HelpName = "F-XXXX-XXXX" };

        public Option<string?> Employee { get; } = new("--employee", "-e") { Description = session.Texts["mandate.employee"], HelpName = "N" };

        /// <summary>Both, or nothing: the worker acts for themselves.</summary>
        public (string Form, string Employee)? Read(Session current, ParseResult parsed) => (parsed.GetValue(Form), parsed.GetValue(Employee)) switch
        {
            (null, null) => null,
            ({ } form, { } number) => (form, number),
            _ => throw new CommandFailure(ExitCode.Usage, current.Texts["mandate.formAndEmployee"]),
        };
    }
}
