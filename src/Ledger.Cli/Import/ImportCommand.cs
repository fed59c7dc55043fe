using System.CommandLine;
using System.Text.Json;
using Ledger.Cli.Hosting;
using Ledger.Cli.Import.Mapping;
using Spectre.Console;

namespace Ledger.Cli.Import;

/// <summary><c>ledger import FILE --mapping M.json</c>.</summary>
internal static class ImportCommand
{
    public const string JsonSchema = "ledger.import/1";
    private const int DryRunExamples = 3;

    public static Command Create(Session session)
    {
        Argument<string> file = new("FILE") { Description = ImportText.Say("ArgumentFile") };
        Option<string> mapping = new("--mapping", "-m") { Description = ImportText.Say("OptionMapping"), HelpName = "M.json", Required = true };
        Option<string?> state = new("--state") { Description = ImportText.Say("OptionState"), HelpName = "FILE" };
        Option<string?> report = new("--report") { Description = ImportText.Say("OptionReport"), HelpName = "FILE" };
        Option<bool> dryRun = new("--dry-run") { Description = ImportText.Say("OptionDryRun") };
        Option<bool> json = session.JsonOption();
        Option<int> batch = new("--batch") { Description = ImportText.Say("OptionBatch", ImportRequest.MaxBatchDecisions), HelpName = "N", DefaultValueFactory = _ => 500 };
        Option<int> giveUp = new("--give-up-after") { Description = ImportText.Say("OptionGiveUp"), HelpName = "SECONDS", DefaultValueFactory = _ => 120 };
        batch.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > ImportRequest.MaxBatchDecisions)
            {
                result.AddError(ImportText.Say("OptionBatch", ImportRequest.MaxBatchDecisions));
            }
        });

        Command command = new("import", ImportText.Say("CommandDescription"));
        command.Arguments.Add(file);
        command.Options.Add(mapping);
        ConnectionOptions connection = new(session);
        connection.AddTo(command);
        foreach (Option option in new Option[] { state, report, dryRun, batch, giveUp, json })
        {
            command.Options.Add(option);
        }

        session.SetAction(command, json, async (parsed, cancellation) =>
        {
            string path = Path.GetFullPath(parsed.GetRequiredValue(file), session.Around.Directory);
            string mappingPath = Path.GetFullPath(parsed.GetRequiredValue(mapping), session.Around.Directory);
            ImportMapping read = ReadMapping(path, mappingPath);
            bool dry = parsed.GetValue(dryRun);
            string? reportPath = parsed.GetValue(report) is { } named ? Path.GetFullPath(named, session.Around.Directory) : null;
            string? statePath = parsed.GetValue(state) is { } kept ? Path.GetFullPath(kept, session.Around.Directory) : null;
            ImportRequest request = new(path, read, OrganisationOf(session, command, connection, parsed, read))
            {
                StatePath = dry ? null : statePath ?? Beside(session, path, ".import-state.json"),
                ReportPath = dry ? reportPath : reportPath ?? Beside(session, path, ".import-report.jsonl"),
                BatchDecisions = parsed.GetValue(batch),
                GiveUpAfter = TimeSpan.FromSeconds(parsed.GetValue(giveUp)),
            };
            try
            {
                return dry
                    ? await TryAsync(session, request, parsed.GetValue(json), cancellation)
                    : await ImportAsync(session, connection, request, parsed, parsed.GetValue(json), cancellation);
            }
            catch (ImportException error)
            {
                throw new CommandFailure(error.Later ? ExitCode.Unavailable : ExitCode.Failed, error.Message, error);
            }
            catch (Exception error) when (error is OperationCanceledException or Grpc.Core.RpcException && cancellation.IsCancellationRequested)
            {
                long row = request.StatePath is { } saved ? (ImportState.Read(saved)?.Rows ?? 0) + 1 : 1;
                throw new CommandFailure(ExitCode.Interrupted, ImportText.Say("Interrupted", row), error);
            }
        });
        return command;
    }

    // The command line first, then the environment, then the mapping, then the default.
    private static string OrganisationOf(Session session, Command command, ConnectionOptions connection, ParseResult parsed, ImportMapping mapping)
    {
        Option option = command.Options.First(candidate => candidate.Name == "--organisation");
        bool given = parsed.GetResult(option) is { Implicit: false } || session.Around.Variable(ConnectionOptions.OrganisationVariable) is not null;
        return given || mapping.Organisation is null ? connection.Organisation(session, parsed) : mapping.Organisation;
    }

    private static ImportMapping ReadMapping(string file, string mapping)
    {
        if (!File.Exists(file))
        {
            throw new CommandFailure(ExitCode.Usage, ImportText.Say("NoFile", file));
        }

        try
        {
            return ImportMapping.Load(mapping);
        }
        catch (Exception error) when (error is MappingException or IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCode.Usage, ImportText.Say("BadMapping", mapping, error.Message), error);
        }
    }

    // Beside the file; where that folder cannot be written, as on a read-only medium, in the current one.
    private static string Beside(Session session, string file, string ending)
    {
        string beside = file + ending;
        try
        {
            using FileStream probe = new(beside + ".new", FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return beside;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Path.Combine(session.Around.Directory, Path.GetFileName(beside));
        }
    }

    private static IAnsiConsole? ScreenOf(Session session) => session.Around.ErrorIsTerminal ? Screen.ForProgress(session) : null;

    private static async Task<ExitCode> TryAsync(Session session, ImportRequest request, bool json, CancellationToken cancellation)
    {
        TimeProvider time = session.Around.Time;
        DryRun dry = await ProgressBar.ShowAsync(ScreenOf(session), time, progress =>
            Task.Run(() => Importer.Try(request, time, DryRunExamples, progress, cancellation), cancellation));
        if (json)
        {
            Summary(session.Around.Out, request, dry.Counts, dryRun: true, dry.Elapsed, dry.Counts.Decisions, 0, 0);
        }
        else
        {
            ImportSummary.WriteDryRun(session.Around.Out, dry);
        }

        return dry.Counts.BadRows + dry.Counts.Refused > 0 ? ExitCode.Refused : ExitCode.Ok;
    }

    private static async Task<ExitCode> ImportAsync(
        Session session, ConnectionOptions connection, ImportRequest request, ParseResult parsed, bool json, CancellationToken cancellation)
    {
        await using LedgerConnection ledger = await connection.OpenAsync(session, parsed, cancellation);
        TimeProvider time = session.Around.Time;
        Importer importer = new(ledger.Decisions, time, new Random(Environment.ProcessId));
        ImportResult result = await ProgressBar.ShowAsync(ScreenOf(session), time, progress => importer.RunAsync(request, progress, cancellation));
        string? notice = result.StartedOver != StartedOver.No ? ImportText.Say("Over" + result.StartedOver)
            : result.ResumedFromRow > 0 ? ImportText.Say("Resumed", result.ResumedFromRow + 1)
            : null;
        if (notice is not null)
        {
            await session.RemarkAsync(notice);
        }

        if (json)
        {
            Summary(session.Around.Out, request, result.Counts, dryRun: false, result.Elapsed, result.DecisionsThisRun, result.ResumedFromRow, result.Reconnects);
        }
        else
        {
            ImportSummary.Write(session.Around.Out, request, result);
        }

        return result.Counts.BadRows + result.Counts.Refused > 0 ? ExitCode.Refused : ExitCode.Ok;
    }

    private static void Summary(TextWriter to, ImportRequest request, ImportCounts counts, bool dryRun, TimeSpan elapsed, long decisions, long resumedFrom, int reconnects)
    {
        Dictionary<string, object?> line = new(StringComparer.Ordinal)
        {
            ["schema"] = JsonSchema,
            ["file"] = request.File,
            ["mapping"] = request.Mapping.Id,
            ["organisation"] = request.Organisation,
            ["dryRun"] = dryRun,
            ["rows"] = counts.Rows,
            ["rowsWithDecisions"] = counts.RowsWithDecisions,
            ["rowsPartOf"] = counts.RowsPartOf,
            ["rowsSkipped"] = counts.RowsSkipped,
            ["badRows"] = counts.BadRows,
            ["decisions"] = counts.Decisions,
            ["recorded"] = counts.Recorded,
            ["already"] = counts.Already,
            ["refused"] = counts.Refused,
            ["byRule"] = counts.ByRule,
            ["partOf"] = counts.PartOf,
            ["skipped"] = counts.Skipped,
            ["bad"] = counts.Bad,
            ["refusedBy"] = counts.RefusedBy,
            ["resumedFromRow"] = resumedFrom,
            ["reconnects"] = reconnects,
            ["report"] = counts.BadRows + counts.Refused > 0 ? request.ReportPath : null,
            ["seconds"] = Math.Round(elapsed.TotalSeconds, 3),
            ["rate"] = Math.Round(ImportSummary.Rate(decisions, elapsed), 1),
        };
        to.WriteLine(JsonSerializer.Serialize(line));
    }
}
