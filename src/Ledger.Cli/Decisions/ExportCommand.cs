using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;
using Ledger.V1;

namespace Ledger.Cli.Decisions;

/// <summary><c>ledger export</c>: a worker's whole trail as JSON lines; the file appears only once it is complete.</summary>
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
        Option<string> file = new("--output", "-O") { Description = texts["export.output"], HelpName = "FILE|-", Required = true };
        Option<bool> force = new("--force") { Description = texts["export.force"] };
        Option<bool> json = session.JsonOption();
        worker.AddTo(command);
        command.Options.Add(file);
        command.Options.Add(force);
        connection.AddTo(command);
        filters.AddTo(command);
        command.Options.Add(json);
        session.SetAction(command, json, async (parsed, cancellationToken) =>
        {
            worker.Check(session, parsed);
            string target = parsed.GetRequiredValue(file);
            bool toOutput = string.Equals(target, Output, StringComparison.Ordinal);
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
            Worker about = await worker.FindAsync(ledger, parsed, connection.Organisation(session, parsed), cancellationToken);
            ListDecisionsRequest request = filters.Request(session, parsed);
            request.Parent = about.Name;
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
        string draft = $"{path}.{Environment.ProcessId}.partial";
        try
        {
            Exported exported;
            using (IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
            await using (FileStream stream = new(draft, FileMode.Create, FileAccess.Write, FileShare.None))
            {
                await using Progress progress = Progress.Start(session, "export.progress");
                long decisions = 0, bytes = 0;
                await foreach (RecordedDecision decision in trail.ReadAsync(long.MaxValue, cancellationToken))
                {
                    byte[] line = Encoding.UTF8.GetBytes(JsonLine.Write(decision) + "\n");
                    hash.AppendData(line);
                    await stream.WriteAsync(line, cancellationToken);
                    bytes += line.Length;
                    progress.Report(++decisions);
                }

                // Durable before it has its name: a file that is there is whole.
                await stream.FlushAsync(cancellationToken);
                stream.Flush(flushToDisk: true);
                exported = new Exported(decisions, bytes, Convert.ToHexStringLower(hash.GetHashAndReset()));
            }

            File.Move(draft, path, overwrite: true);
            return exported;
        }
        catch
        {
            File.Delete(draft);
            throw;
        }
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
