using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using Ledger.Cli.Decisions;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;
using Ledger.V1;

namespace Ledger.Cli.Workers;

/// <summary><c>ledger erasure</c> and <c>ledger hold</c>: how long a person's record is kept, by those who answer for it.</summary>
internal static class ProtectionCommands
{
    public const string Schema = "ledger.protection/1";

    private static readonly Dictionary<string, ErasureReason> ErasureReasons = new(StringComparer.Ordinal)
    {
        ["person-asked"] = ErasureReason.PersonAsked,
        ["retention-ended"] = ErasureReason.RetentionEnded,
        ["order"] = ErasureReason.ErasureOrdered,
        ["mistake"] = ErasureReason.Mistake,
    };

    private static readonly Dictionary<string, HoldReason> HoldReasons = new(StringComparer.Ordinal)
    {
        ["dispute"] = HoldReason.Dispute,
        ["investigation"] = HoldReason.Investigation,
        ["order"] = HoldReason.HoldOrdered,
    };

    public static Command Erasure(Session session) => new("erasure", session.Texts["erasure.description"])
    {
        Begin(session, "request", "erasure.request", ErasureReasons, (ledger, parent, reason, ground, id, call) =>
        {
            RequestErasureRequest request = new() { Parent = parent, Reason = reason, Ground = ground };
            request.ErasureId = id ?? ContentId.Of(request);
            return ledger.Workers.RequestErasureAsync(request, call);
        }),
        End(session, "confirm", "erasure.confirm", (ledger, parent, id, call) =>
            ledger.Workers.ConfirmErasureAsync(new ConfirmErasureRequest { Parent = parent, ErasureId = id }, call)),
        OfPerson(session, new Command("show", session.Texts["erasure.show"]), (ledger, parent, _, call) =>
            ledger.Workers.GetProtectionAsync(new GetProtectionRequest { Parent = parent }, call)),
    };

    public static Command Hold(Session session) => new("hold", session.Texts["hold.description"])
    {
        Begin(session, "place", "hold.place", HoldReasons, (ledger, parent, reason, ground, id, call) =>
        {
            PlaceHoldRequest request = new() { Parent = parent, Reason = reason, Ground = ground };
            request.HoldId = id ?? ContentId.Of(request);
            return ledger.Workers.PlaceHoldAsync(request, call);
        }),
        End(session, "lift", "hold.lift", (ledger, parent, id, call) =>
            ledger.Workers.LiftHoldAsync(new LiftHoldRequest { Parent = parent, HoldId = id }, call)),
    };

    /// <summary>A command that begins something for a reason, on a ground.</summary>
    private static Command Begin<T>(
        Session session, string name, string description, Dictionary<string, T> reasons,
        Func<LedgerConnection, string, T, string, string?, Grpc.Core.CallOptions, Grpc.Core.AsyncUnaryCall<Protection>> call)
    {
        Texts texts = session.Texts;
        Command command = new(name, texts[description]);
        Option<string> reason = new("--reason") { Description = texts["protection.reason"], HelpName = string.Join('|', reasons.Keys), Required = true };
        reason.AcceptOnlyFromAmong([.. reasons.Keys]);
        Option<string?> ground = new("--ground") { Description = texts["protection.ground"], HelpName = "TEXT" };
        Option<string?> id = new("--id") { Description = texts["option.contentId"], HelpName = "UUID" };
        foreach (System.CommandLine.Option option in new System.CommandLine.Option[] { reason, ground, id })
        {
            command.Options.Add(option);
        }

        return OfPerson(session, command, (ledger, parent, parsed, options) =>
            call(ledger, parent, reasons[parsed.GetRequiredValue(reason)], parsed.GetValue(ground) ?? "", parsed.GetValue(id), options));
    }

    /// <summary>A command that ends what has an id.</summary>
    private static Command End(
        Session session, string name, string description, Func<LedgerConnection, string, string, Grpc.Core.CallOptions, Grpc.Core.AsyncUnaryCall<Protection>> call)
    {
        Command command = new(name, session.Texts[description]);
        Argument<string> id = new("ID") { Description = session.Texts["protection.id"] };
        command.Arguments.Add(id);
        return OfPerson(session, command, (ledger, parent, parsed, options) => call(ledger, parent, parsed.GetRequiredValue(id), options));
    }

    private static Command OfPerson(
        Session session, Command command, Func<LedgerConnection, string, ParseResult, Grpc.Core.CallOptions, Grpc.Core.AsyncUnaryCall<Protection>> call)
    {
        ConnectionOptions connection = new(session);
        WorkerOptions worker = new(session, withPurpose: false);
        Option<bool> json = session.JsonOption();
        worker.AddTo(command);
        connection.AddTo(command);
        command.Options.Add(json);
        session.SetAction(command, json, async (parsed, cancellationToken) =>
        {
            worker.Check(session, parsed);
            string organisation = connection.Organisation(session, parsed);
            await using LedgerConnection ledger = await connection.OpenAsync(session, parsed, cancellationToken);
            Worker about = await worker.FindAsync(session, ledger, parsed, organisation, cancellationToken);
            Protection protection = await call(ledger, about.Name, parsed, ledger.Call(cancellationToken));
            await session.SayAsync(parsed.GetValue(json)
                ? JsonLine.Write(writer =>
                {
                    writer.WriteString("schema", Schema);
                    writer.WriteString("worker", about.Worker_);
                    writer.WriteMessage("protection", protection);
                })
                : InWords(session, about, protection));
            return ExitCode.Ok;
        });
        return command;
    }

    private static string InWords(Session session, Worker about, Protection protection)
    {
        Texts texts = session.Texts;
        string state = protection.ErasedAt is { } erased ? texts.Format("protection.erased", When(erased), protection.ErasureId)
            : protection.ErasureId.Length > 0 ? texts.Format("protection.requested", When(protection.RequestedAt), protection.ErasureId)
            : texts["protection.kept"];
        return string.Join('\n', [
            texts.Format("protection.title", about.Worker_), state,
            .. protection.HoldIds.Select(hold => texts.Format("protection.hold", hold)),
        ]);

        string When(Timestamp instant) => texts.Instant(instant.ToDateTimeOffset(), TimeZoneInfo.Local.Id);
    }
}
