using System.CommandLine;
using Ledger.Cli.Hosting;
using Microsoft.Extensions.Configuration;

namespace Ledger.Cli.Diagnosis;

/// <summary><c>ledger doctor</c>: looks at everything a ledger needs here, and says what to do about what it finds.</summary>
internal static class DoctorCommand
{
    public const string Schema = "ledger.doctor/1";

    public static Command Create(Session session)
    {
        Command command = new("doctor", session.Texts["doctor.description"]);
        ServeOptions options = new(session);
        Option<bool> json = session.JsonOption();
        Option<string?> token = new("--token") { Description = session.Texts.Format("doctor.token", ConnectionOptions.TokenVariable), HelpName = "TOKEN|-" };
        options.AddTo(command);
        command.Options.Add(token);
        command.Options.Add(json);
        session.SetAction(command, json, async (parsed, cancellationToken) =>
        {
            List<Finding> findings = [];
            await foreach (Finding finding in ExamineAsync(session, () => options.Load(session, parsed), TokenOf(session, parsed.GetValue(token)), cancellationToken))
            {
                findings.Add(finding);
                if (!parsed.GetValue(json))
                {
                    await SayAsync(session, finding);
                }
            }

            bool healthy = findings.TrueForAll(f => f.Weight != Weight.Problem);
            await session.SayAsync(parsed.GetValue(json)
                ? Json(findings, healthy)
                : session.Texts[healthy ? "doctor.healthy" : "doctor.unhealthy"]);
            return healthy ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    private static async IAsyncEnumerable<Finding> ExamineAsync(
        Session session, Func<IConfigurationRoot> load, string? token, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IConfigurationRoot? configuration = null;
        LedgerSettings? settings = null;
        Finding? unreadable = null;
        try
        {
            configuration = load();
            settings = LedgerSettings.From(configuration, session);
        }
        catch (CommandFailure failure)
        {
            unreadable = new Finding("configuration", Weight.Problem, failure.Message, session.Texts["doctor.configuration.remedy"]);
        }

        if (configuration is null || settings is null)
        {
            // Everything else depends on it: looking in the wrong places would only mislead.
            yield return unreadable!;
            yield return ClockCheck.Look(session, storeFile: null);
            yield break;
        }

        if (token is not null)
        {
            // Asked about a token, it is the token that is looked at and nothing else.
            await foreach (Finding finding in AccessCheck.LookAsync(session, settings, configuration, token).WithCancellation(cancellationToken))
            {
                yield return finding;
            }

            yield break;
        }

        yield return new Finding("configuration", Weight.Good, session.Texts.Format("doctor.configuration.good", Path.GetFullPath(settings.DataDirectory)));
        (bool serving, string answer) = await HealthCommand.AskAsync(
            session, new Uri(settings.Http, HealthCommand.ReadyPath), cancellationToken);
        if (serving && settings.StoreAddress is null && !StoreCheck.IsHeld(settings))
        {
            yield return new Finding(
                "store", Weight.Problem, session.Texts.Format("doctor.store.stranger", settings.HttpPort, Path.GetFullPath(settings.DataDirectory)),
                session.Texts.Format("doctor.ports.takenRemedy", settings.HttpPort, "Ledger:Api:HttpPort"));
            serving = false;
        }

        yield return await StoreCheck.LookAsync(session, settings, configuration, serving, answer, cancellationToken);
        yield return DiskCheck.Look(session, settings);
        yield return ClockCheck.Look(session, settings.StoreAddress is null ? settings.StoreFile : null);
        foreach (Finding finding in PortCheck.Look(session, settings, serving).Concat(KeyCheck.Look(session, settings)))
        {
            yield return finding;
        }
    }

    // A token among the arguments stands in the list of processes: a hyphen takes it from the environment.
    private static string? TokenOf(Session session, string? said) =>
        said is "-" ? session.Around.Variable(ConnectionOptions.TokenVariable) ?? "" : said;

    private static async Task SayAsync(Session session, Finding finding)
    {
        string mark = finding.Weight switch { Weight.Good => "✓", Weight.Advice => "!", _ => "✗" };
        foreach (string line in new Decisions.Paragraphs(session).Fold(finding.Sentence, $"{mark} ", 2))
        {
            await session.SayAsync(line);
        }

        if (finding.Remedy is { } remedy)
        {
            foreach (string line in new Decisions.Paragraphs(session).Fold(remedy, "  → ", 4))
            {
                await session.SayAsync(line);
            }
        }
    }

    private static string Json(List<Finding> findings, bool healthy) => JsonLine.Write(writer =>
    {
        writer.WriteString("schema", Schema);
        writer.WriteBoolean("healthy", healthy);
        writer.WriteStartArray("findings");
        foreach (Finding finding in findings)
        {
            writer.WriteStartObject();
            writer.WriteString("check", finding.Check);
            writer.WriteString("weight", finding.Weight switch { Weight.Good => "good", Weight.Advice => "advice", _ => "problem" });
            writer.WriteString("finding", finding.Sentence);
            writer.WriteString("remedy", finding.Remedy);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });
}
