using System.CommandLine;
using System.Text;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;
using Ledger.Cli.Transparency;
using Ledger.V1;

namespace Ledger.Cli.Decisions;

/// <summary>
/// <c>ledger export</c>: a worker's whole trail as JSON lines, or everything recorded about them as an evidence file or a dossier; the file
/// appears only once it is complete.
/// </summary>
internal static class ExportCommand
{
    public const string Schema = "ledger.export/1";
    private const string Output = "-";

    public static Command Create(Session session)
    {
        Texts texts = session.Texts;
        Command command = new("export", texts["export.description"]);
        ConnectionOptions connection = new(session);
        WorkerOptions worker = new(session);
        FilterOptions filters = new(session);
        Option<string?> file = new("--output", "-O") { Description = texts["export.output"], HelpName = "FILE|-" };
        Option<string?> evidence = new("--evidence") { Description = texts["export.evidence"], HelpName = "FILE" };
        Option<string?> dossier = new("--dossier") { Description = texts["export.dossier"], HelpName = "FILE.html" };
        Option<string[]> withhold = new("--withhold") { Description = texts["export.withhold"], HelpName = "FIELD|*", AllowMultipleArgumentsPerToken = true };
        Option<bool> force = new("--force") { Description = texts["export.force"] };
        Option<bool> json = session.JsonOption();
        worker.AddTo(command);
        command.Options.Add(file);
        command.Options.Add(evidence);
        command.Options.Add(dossier);
        command.Options.Add(withhold);
        command.Options.Add(force);
        connection.AddTo(command);
        filters.AddTo(command);
        command.Options.Add(json);
        session.SetAction(command, json, async (parsed, cancellationToken) =>
        {
            worker.Check(session, parsed);
            string[] targets = [.. new[] { parsed.GetValue(file), parsed.GetValue(evidence), parsed.GetValue(dossier) }.OfType<string>()];
            if (targets.Length != 1)
            {
                throw new CommandFailure(ExitCode.Usage, texts["export.oneOf"]) { Field = "--output" };
            }

            bool asDossier = parsed.GetValue(dossier) is not null;
            bool asEvidence = asDossier || parsed.GetValue(evidence) is not null;
            if (!asEvidence && parsed.GetValue(withhold) is { Length: > 0 })
            {
                throw new CommandFailure(ExitCode.Usage, texts["export.withholdEvidence"]) { Field = "--withhold" };
            }

            if (asEvidence && filters.AreUsed(parsed))
            {
                throw new CommandFailure(ExitCode.Usage, texts["export.evidenceWhole"]) { Field = asDossier ? "--dossier" : "--evidence" };
            }

            string target = targets[0];
            bool toOutput = !asEvidence && string.Equals(target, Output, StringComparison.Ordinal);
            string path = toOutput ? target : Path.GetFullPath(target, session.Around.Directory);
            if (!toOutput && File.Exists(path) && !parsed.GetValue(force))
            {
                throw new CommandFailure(ExitCode.Usage, texts.Format("export.exists", path));
            }

            if (toOutput && parsed.GetValue(json))
            {
                throw new CommandFailure(ExitCode.Usage, texts["export.outputAndJson"]);
            }

            await using LedgerConnection ledger = await connection.OpenAsync(session, parsed, cancellationToken);
            Worker about = await worker.FindAsync(session, ledger, parsed, connection.Organisation(session, parsed), cancellationToken);
            if (asEvidence)
            {
                EvidenceExport export = new(session, ledger, about, worker.Purpose(parsed), parsed.GetValue(withhold) ?? []);
                await export.RunAsync(path, asDossier, parsed.GetValue(json), cancellationToken);
                return ExitCode.Ok;
            }

            ListDecisionsRequest request = filters.Request(session, parsed);
            request.Parent = about.Name;
            request.Purpose = worker.Purpose(parsed);
            Trail trail = new(ledger, request);
            Exported exported = toOutput
                ? await ToOutputAsync(session, trail, cancellationToken)
                : await ToFileAsync(session, trail, path, cancellationToken);
            await ReportAsync(session, about, trail, exported, toOutput, parsed.GetValue(json), path);
            return ExitCode.Ok;
        });
        return command;
    }

    private static async Task<Exported> ToOutputAsync(Session session, Trail trail, CancellationToken cancellationToken)
    {
        long decisions = 0;
        await foreach (RecordedDecision decision in trail.ReadAsync(long.MaxValue, cancellationToken))
        {
            await session.SayAsync(JsonLine.Write(decision));
            decisions++;
        }

        return new Exported(decisions, 0, "");
    }

    private static async Task<Exported> ToFileAsync(Session session, Trail trail, string path, CancellationToken cancellationToken)
    {
        long decisions = 0;
        await using WholeFile file = new(path);
        await using Progress progress = Progress.Start(session, "export.progress");
        await foreach (RecordedDecision decision in trail.ReadAsync(long.MaxValue, cancellationToken))
        {
            await file.WriteAsync(Encoding.UTF8.GetBytes(JsonLine.Write(decision) + "\n"), cancellationToken);
            progress.Report(++decisions);
        }

        string sha256 = await file.CompleteAsync(cancellationToken);
        return new Exported(decisions, file.Length, sha256);
    }

    private static async Task ReportAsync(
        Session session, Worker about, Trail trail, Exported exported, bool toOutput, bool json, string path)
    {
        if (toOutput)
        {
            await session.RemarkAsync(session.Texts.Count("export.counted", exported.Decisions));
        }
        else if (json)
        {
            await session.SayAsync(JsonLine.Write(writer =>
            {
                writer.WriteString("schema", Schema);
                writer.WriteString("worker", about.Worker_);
                writer.WriteString("file", path);
                writer.WriteNumber("decisions", exported.Decisions);
                writer.WriteNumber("bytes", exported.Bytes);
                writer.WriteString("sha256", exported.Sha256);
                writer.WriteNumber("lastRevision", trail.LastRevision);
            }));
        }
        else
        {
            await session.SayAsync(session.Texts.Count("export.counted", exported.Decisions));
            await session.SayAsync(session.Texts.Format("export.written", path, exported.Bytes, exported.Sha256));
        }
    }

    private sealed record Exported(long Decisions, long Bytes, string Sha256);
}
