using System.CommandLine;
using System.Text.Json;
using Ledger.Cli.Import.Mapping;
using Ledger.V1;

namespace Ledger.Cli.Import;

/// <summary>What the command needs from around it.</summary>
/// <param name="Connection">Options that say which ledger, such as <c>--server</c>.</param>
/// <param name="Connect">Opens that ledger; what it returns is disposed of at the end.</param>
/// <param name="Time">The clock.</param>
/// <param name="Out">Results.</param>
/// <param name="Error">Everything else that is said.</param>
/// <param name="Screen">Where a person looks; null where there is none: then nothing moves and nothing is coloured.</param>
internal sealed record ImportHost(
    IReadOnlyList<Option> Connection,
    Func<ParseResult, CancellationToken, Task<ImportLedger>> Connect,
    TimeProvider Time,
    TextWriter Out,
    TextWriter Error,
    Spectre.Console.IAnsiConsole? Screen);

/// <summary>A ledger to import into.</summary>
internal sealed record ImportLedger(DecisionService.DecisionServiceClient Client, IAsyncDisposable Lifetime);

/// <summary><c>ledger import FILE --mapping M.json</c>.</summary>
internal static class ImportCommand
{
    public const string JsonSchema = "ledger.import/1";
    private const int Done = 0;
    private const int Failed = 1;
    private const int Usage = 2;
    private const int SomeRefused = 3;
    private const int Unavailable = 4;
    private const int Interrupted = 130;
    private const int DryRunExamples = 3;

    public static Command Create(ImportHost host)
    {
        Argument<string> file = new("FILE") { Description = ImportText.Say("ArgumentFile") };
        Option<string> mapping = new("--mapping") { Description = ImportText.Say("OptionMapping"), HelpName = "M.json", Required = true };
        Option<string?> organisation = new("--organisation") { Description = ImportText.Say("OptionOrganisation"), HelpName = "ORG" };
        Option<string?> state = new("--state") { Description = ImportText.Say("OptionState"), HelpName = "FILE" };
        Option<string?> report = new("--report") { Description = ImportText.Say("OptionReport"), HelpName = "FILE" };
        Option<bool> dryRun = new("--dry-run") { Description = ImportText.Say("OptionDryRun") };
        Option<bool> json = new("--json") { Description = ImportText.Say("OptionJson") };
        Option<int> batch = new("--batch") { Description = ImportText.Say("OptionBatch", ImportRequest.MaxBatchDecisions), DefaultValueFactory = _ => 500 };
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
        Option[] own = [mapping, organisation, state, report, dryRun, json, batch, giveUp];
        foreach (Option option in own.Concat(host.Connection))
        {
            command.Options.Add(option);
        }

        command.SetAction(async (parsed, cancellation) =>
        {
            string path = parsed.GetRequiredValue(file);
            string mappingPath = parsed.GetRequiredValue(mapping);
            if (ReadMapping(host, path, mappingPath) is not { } read)
            {
                return Usage;
            }

            bool dry = parsed.GetValue(dryRun);
            string? name = parsed.GetValue(organisation) ?? read.Organisation;
            if (name is null && !dry)
            {
                await host.Error.WriteLineAsync(ImportText.Say("NoOrganisation"));
                return Usage;
            }

            string? reportPath = parsed.GetValue(report);
            ImportRequest request = new(path, read, name ?? "")
            {
                StatePath = dry ? null : parsed.GetValue(state) ?? Beside(path, ".import-state.json"),
                ReportPath = dry ? reportPath : reportPath ?? Beside(path, ".import-report.jsonl"),
                BatchDecisions = parsed.GetValue(batch),
                GiveUpAfter = TimeSpan.FromSeconds(parsed.GetValue(giveUp)),
            };
            try
            {
                return dry
                    ? await TryAsync(host, request, parsed.GetValue(json), cancellation)
                    : await ImportAsync(host, request, parsed, parsed.GetValue(json), cancellation);
            }
            catch (ImportException error)
            {
                await host.Error.WriteLineAsync(error.Message);
                return error.Later ? Unavailable : Failed;
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                long row = request.StatePath is { } saved ? (ImportState.Read(saved)?.Rows ?? 0) + 1 : 1;
                await host.Error.WriteLineAsync(ImportText.Say("Interrupted", row));
                return Interrupted;
            }
        });
        return command;
    }

    private static ImportMapping? ReadMapping(ImportHost host, string file, string mapping)
    {
        if (!File.Exists(file))
        {
            host.Error.WriteLine(ImportText.Say("NoFile", file));
            return null;
        }

        try
        {
            return ImportMapping.Load(mapping);
        }
        catch (Exception error) when (error is MappingException or IOException or UnauthorizedAccessException)
        {
            host.Error.WriteLine(ImportText.Say("BadMapping", mapping, error.Message));
            return null;
        }
    }

    // Beside the file; where that folder cannot be written, as on a read-only medium, in the current one.
    private static string Beside(string file, string ending)
    {
        string beside = file + ending;
        try
        {
            using FileStream probe = new(beside + ".new", FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            return beside;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Path.GetFileName(beside);
        }
    }

    private static async Task<int> TryAsync(ImportHost host, ImportRequest request, bool json, CancellationToken cancellation)
    {
        DryRun dry = await ProgressBar.ShowAsync(host.Screen, host.Time, progress =>
            Task.Run(() => Importer.Try(request, host.Time, DryRunExamples, progress, cancellation), cancellation));
        if (json)
        {
            Summary(host.Out, request, dry.Counts, dryRun: true, dry.Elapsed, dry.Counts.Decisions, 0, 0);
        }
        else
        {
            ImportSummary.WriteDryRun(host.Out, dry);
        }

        return dry.Counts.BadRows + dry.Counts.Refused > 0 ? SomeRefused : Done;
    }

    private static async Task<int> ImportAsync(ImportHost host, ImportRequest request, ParseResult parsed, bool json, CancellationToken cancellation)
    {
        ImportLedger ledger = await host.Connect(parsed, cancellation);
        await using IAsyncDisposable lifetime = ledger.Lifetime;
        Importer importer = new(ledger.Client, host.Time, new Random(Environment.ProcessId));
        ImportResult result = await ProgressBar.ShowAsync(host.Screen, host.Time, progress => importer.RunAsync(request, progress, cancellation));
        string? notice = result.StartedOver != StartedOver.No ? ImportText.Say("Over" + result.StartedOver)
            : result.ResumedFromRow > 0 ? ImportText.Say("Resumed", result.ResumedFromRow + 1)
            : null;
        if (notice is not null)
        {
            await host.Error.WriteLineAsync(notice);
        }

        if (json)
        {
            Summary(host.Out, request, result.Counts, dryRun: false, result.Elapsed, result.DecisionsThisRun, result.ResumedFromRow, result.Reconnects);
        }
        else
        {
            ImportSummary.Write(host.Out, request, result);
        }

        return result.Counts.BadRows + result.Counts.Refused > 0 ? SomeRefused : Done;
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
