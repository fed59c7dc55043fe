using System.CommandLine;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;
using Ledger.V1;

namespace Ledger.Cli.Decisions;

/// <summary><c>ledger trail</c>: the decisions about one worker, newest first.</summary>
internal static class TrailCommand
{
    public const string Schema = "ledger.trail/1";
    private const int DefaultLimit = 20;

    public static Command Create(Session session)
    {
        Texts texts = session.Texts;
        Command command = new("trail", texts["trail.description"]);
        ConnectionOptions connection = new(session);
        WorkerOptions worker = new(session);
        FilterOptions filters = new(session);
        Option<int> limit = new("--limit", "-n") { Description = texts["trail.limit"], HelpName = "N", DefaultValueFactory = _ => DefaultLimit };
        Option<bool> all = new("--all") { Description = texts["trail.all"] };
        Option<string?> pageToken = new("--page-token") { Description = texts["trail.pageToken"], HelpName = "TOKEN" };
        Option<bool> table = new("--table") { Description = texts["trail.table"] };
        Option<bool> json = session.JsonOption();
        limit.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: string text }] && int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out int number) && number < 1)
            {
                result.AddError(texts["usage.limit"]);
            }
        });
        worker.AddTo(command);
        connection.AddTo(command);
        filters.AddTo(command);
        foreach (Option option in new Option[] { limit, all, pageToken, table, json })
        {
            command.Options.Add(option);
        }

        session.SetAction(command, json, async (parsed, cancellationToken) =>
        {
            worker.Check(session, parsed);
            ListDecisionsRequest request = filters.Request(session, parsed);
            request.PageToken = parsed.GetValue(pageToken) ?? "";
            string organisation = connection.Organisation(session, parsed);
            await using LedgerConnection ledger = await connection.OpenAsync(session, parsed, cancellationToken);
            Worker about = await worker.FindAsync(session, ledger, parsed, organisation, cancellationToken);
            request.Parent = about.Name;
            request.Purpose = worker.Purpose(parsed);
            Trail trail = new(ledger, request);
            IAsyncEnumerable<RecordedDecision> decisions = trail.ReadAsync(parsed.GetValue(all) ? long.MaxValue : parsed.GetValue(limit), cancellationToken);
            if (parsed.GetValue(json))
            {
                await WriteJsonAsync(session, organisation, about, trail, decisions);
            }
            else
            {
                await WriteWordsAsync(session, organisation, about, trail, decisions, parsed.GetValue(table));
            }

            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>The trail in words or as a table, with what is not shown said below it.</summary>
    public static async Task WriteWordsAsync(
        Session session, string organisation, Worker about, Trail trail, IAsyncEnumerable<RecordedDecision> decisions, bool table)
    {
        Paragraphs paragraphs = new(session);
        List<RecordedDecision> rows = [];
        long shown = 0;
        await foreach (RecordedDecision decision in decisions)
        {
            if (shown++ == 0)
            {
                await session.SayAsync(session.Texts.Format("trail.title", about.Worker_, organisation));
                await session.SayAsync("");
            }

            if (table)
            {
                rows.Add(decision);
                continue;
            }

            foreach (string line in paragraphs.Of(decision))
            {
                await session.SayAsync(line);
            }
        }

        if (shown == 0)
        {
            await session.SayAsync(trail.LastRevision < 0
                ? session.Texts.Format("trail.nothing", about.Worker_, organisation)
                : session.Texts.Format("trail.noMatch", about.Worker_, organisation));
            return;
        }

        if (table)
        {
            TrailTable.Write(session, rows);
        }

        foreach (RecordView view in trail.Views)
        {
            string when = session.Texts.Instant(view.ViewedAt.ToDateTimeOffset(), TimeZoneInfo.Local.Id);
            string why = view.Purpose.Length > 0 ? view.Purpose : session.Texts[view.MandateId.Length > 0 ? "trail.byMandate" : "trail.noPurpose"];
            await session.SayAsync(session.Texts.Format("trail.view", when, session.Texts[$"role.{view.Role}"], view.Viewer, why));
        }

        if (trail.Views.Count > 0)
        {
            await session.SayAsync("");
        }

        await session.SayAsync(trail.NextPageToken.Length == 0
            ? session.Texts.Count("trail.end", shown)
            : session.Texts.Count("trail.more", shown) + " " + session.Texts.Format("trail.goOn", trail.NextPageToken));
    }

    private static async Task WriteJsonAsync(
        Session session, string organisation, Worker about, Trail trail, IAsyncEnumerable<RecordedDecision> decisions)
    {
        TextWriter output = session.Around.Out;
        long shown = 0;
        // The object is opened only once the first page is here: a ledger that cannot be read answers with no list at all.
        await foreach (RecordedDecision decision in decisions)
        {
            await output.WriteAsync(shown++ == 0 ? Head(organisation, about) : ",");
            await output.WriteAsync(JsonLine.Write(decision));
        }

        if (shown == 0)
        {
            await output.WriteAsync(Head(organisation, about));
        }

        string tail = JsonLine.Write(writer =>
        {
            writer.WriteNumber("count", shown);
            writer.WriteNumber("lastRevision", trail.LastRevision);
            writer.WriteString("nextPageToken", trail.NextPageToken);
            writer.WriteStartArray("views");
            foreach (RecordView view in trail.Views)
            {
                writer.WriteRawValue(JsonLine.Write(view));
            }

            writer.WriteEndArray();
        });
        await output.WriteLineAsync($"],{tail[1..]}");
    }

    private static string Head(string organisation, Worker about) => JsonLine.Write(writer =>
    {
        writer.WriteString("schema", Schema);
        writer.WriteString("organisation", organisation);
        writer.WriteString("worker", about.Worker_);
        writer.WriteStartArray("decisions");
        writer.WriteEndArray();
    })[..^2];
}
