using System.CommandLine;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations.Retention;
using Microsoft.Extensions.Configuration;

namespace Ledger.Cli.Organisations;

/// <summary><c>ledger retention</c>: what may go because its time is over, and, when told to, its destruction.</summary>
internal static class RetentionCommand
{
    public const string Schema = "ledger.retention-run/1";

    public static Command Create(Session session)
    {
        Texts texts = session.Texts;
        Command command = new("retention", texts["retention.description"]);
        Option<DirectoryInfo> data = new("--data") { Description = texts["retention.data"], HelpName = "DIR", Required = true };
        Option<string?> organisation = new("--organisation", "-o") { Description = texts["retention.organisation"], HelpName = "ID" };
        Option<FileInfo?> config = new("--config") { Description = texts.Format("option.config", LedgerConfiguration.DefaultFile), HelpName = "FILE" };
        Option<bool> apply = new("--apply") { Description = texts["retention.apply"] };
        Option<bool> json = session.JsonOption();
        foreach (Option option in new Option[] { data, organisation, config, apply, json })
        {
            command.Options.Add(option);
        }

        session.SetAction(command, json, async (parsed, cancellationToken) =>
        {
            string directory = parsed.GetRequiredValue(data).FullName;
            SiloOptions options = Configured(session, parsed.GetValue(config)?.FullName, directory);
            string chosen = DataDirectory.Choose(session, directory, options.KeysDirectory ?? DataDirectory.KeysOf(directory), parsed.GetValue(organisation));
            bool applied = parsed.GetValue(apply);
            RetentionFindings findings = await RetentionWork.RunAsync(options, chosen, applied, session.Around.Time, cancellationToken);
            if (parsed.GetValue(json))
            {
                await session.SayAsync(Json(findings, applied));
            }
            else
            {
                await RetentionInWords.SayAsync(session, findings, applied, options.Retention.File);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    private static SiloOptions Configured(Session session, string? file, string directory)
    {
        IConfigurationRoot configuration = LedgerConfiguration.Over(
            LedgerConfiguration.Load(session, file, []), [new("Ledger:DataDirectory", directory)]);
        SiloOptions options = new();
        configuration.GetSection(SiloOptions.Section).Bind(options);
        if (options.Store.ConnectionString is null && !File.Exists(DataDirectory.StoreOf(directory)))
        {
            // Opening would make an empty store there.
            throw new CommandFailure(ExitCode.Failed, session.Texts.Format("data.none", directory));
        }

        return options;
    }

    private static string Json(RetentionFindings findings, bool applied) => JsonLine.Write(writer =>
    {
        writer.WriteString("schema", Schema);
        writer.WriteString("organisation", findings.Organisation);
        writer.WriteString("profile", findings.Profile);
        writer.WriteBoolean("rules", findings.HasRules);
        writer.WriteBoolean("applied", applied);
        writer.WriteStartArray("ending");
        foreach (EndingPeriod period in findings.Ending)
        {
            writer.WriteStartObject();
            writer.WriteString("class", period.Class);
            writer.WriteString("month", period.Month);
            writer.WriteNumber("decisions", period.Decisions);
            writer.WriteNumber("workers", period.Workers);
            writer.WriteNumber("workersOnHold", period.WorkersOnHold);
            writer.WriteNumber("months", period.Months);
            writer.WriteString("dueSince", period.DueSince.UtcDateTime);
            writer.WriteString("source", period.Source);
            writer.WriteBoolean("begun", period.Begun);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("staying");
        foreach (StayingClass staying in findings.Staying)
        {
            writer.WriteStartObject();
            writer.WriteString("class", staying.Class);
            writer.WriteNumber("decisions", staying.Decisions);
            if (staying is { Months: { } months, NextDue: { } due })
            {
                writer.WriteNumber("months", months);
                writer.WriteString("nextDue", due.UtcDateTime);
                writer.WriteString("source", staying.Source);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteNumber("releasedWorkers", findings.ReleasedWorkers);
        writer.WriteNumber("ended", findings.Ended);
        writer.WriteNumber("earlier", findings.Earlier);
    });
}
