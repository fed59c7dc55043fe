using System.Text;
using Google.Protobuf;
using Ledger.Api.Access;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Api.Hosting.Pages;
using Ledger.Api.Transparency;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Api.Workers;

/// <summary>
/// Everything about me, or about somebody who asked for a copy, to take along: the dossier that checks itself, the same as data, and as a table.
/// </summary>
internal sealed class FilePages(PageDesk desk, Trails trails, WorkerDossier dossier, PageCookies cookies)
{
    private static readonly JsonFormatter Json = new(JsonFormatter.Settings.Default);

    public void Map(IEndpointRouteBuilder app)
    {
        desk.MapGet(app, SiteMap.MyFile, async visit =>
        {
            await visit.AdmitAsync(new V1.ListDecisionsRequest { Parent = await visit.OwnRecordAsync() });
            return visit.Show<FilePage>();
        });
        foreach ((PageRoute file, PageRoute data, PageRoute table) in ((PageRoute, PageRoute, PageRoute)[])
            [(SiteMap.MyDossier, SiteMap.MyData, SiteMap.MyTable), (SiteMap.PersonDossier, SiteMap.PersonData, SiteMap.PersonTable)])
        {
            desk.MapGet(app, file, DossierAsync);
            desk.MapGet(app, data, visit => DownloadAsync(visit, "application/json; charset=utf-8", "json", WriteJsonAsync));
            desk.MapGet(app, table, visit => DownloadAsync(visit, "text/csv; charset=utf-8", "csv", WriteTableAsync));
        }
    }

    private async Task<IResult> DossierAsync(PageVisit visit)
    {
        (string record, _, string? purpose) = await PurposeCookie.RecordOfAsync(visit, cookies);
        await visit.AdmitAsync(new V1.ExportEvidenceRequest { Parent = record, Purpose = purpose ?? "" });
        (string organisation, string worker) = ResourceNames.WorkerOf(record);
        return await FileAsync(visit, "text/html; charset=utf-8", "html", file =>
            dossier.WriteAsync(organisation, worker, [], visit.French ? "fr" : "en", file, visit.Http.RequestAborted));
    }

    private async Task<IResult> DownloadAsync(
        PageVisit visit, string type, string extension, Func<PageVisit, string, TextWriter, Task> write)
    {
        (string record, _, string? purpose) = await PurposeCookie.RecordOfAsync(visit, cookies);
        await visit.AdmitAsync(new V1.ListDecisionsRequest { Parent = record, Purpose = purpose ?? "" });
        return await FileAsync(visit, type, extension, async file =>
        {
            await using StreamWriter text = new(file, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
            await write(visit, record, text);
        });
    }

    /// <summary>Nothing goes out before all of it was had: half a record must not look like a whole one.</summary>
    private static async Task<IResult> FileAsync(PageVisit visit, string type, string extension, Func<Stream, Task> write)
    {
        FileStream file = Dossier.OpenPrivateCopy();
        try
        {
            await write(file);
            file.Position = 0;
            return Results.File(file, type, $"{visit.Words[visit.Place("worker") is null ? "file.name" : "file.theirName"]}-{visit.Now:yyyy-MM-dd}.{extension}");
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    private async Task WriteTableAsync(PageVisit visit, string record, TextWriter text)
    {
        RecordTable table = new(visit.Words, toWorker: visit.Place("worker") is null);
        await text.WriteAsync(table.Head());
        await foreach (V1.ListDecisionsResponse page in PagesAsync(visit, record))
        {
            foreach (V1.RecordedDecision recorded in page.Decisions)
            {
                await text.WriteAsync(table.Row(recorded));
            }
        }
    }

    private async Task WriteJsonAsync(PageVisit visit, string record, TextWriter text)
    {
        List<V1.RecordView> views = [];
        await text.WriteAsync($"{{\"schema\":\"ledger.record/1\",\"record\":\"{record}\",\"decisions\":[");
        bool first = true;
        await foreach (V1.ListDecisionsResponse page in PagesAsync(visit, record))
        {
            views.AddRange(page.Views);
            foreach (V1.RecordedDecision recorded in page.Decisions)
            {
                await text.WriteAsync(first ? "\n" : ",\n");
                first = false;
                Json.Format(recorded, text);
            }
        }

        await text.WriteAsync("],\"views\":[");
        await text.WriteAsync(string.Join(',', views.Select(view => "\n" + Json.Format(view))));
        await text.WriteAsync("]}\n");
    }

    private IAsyncEnumerable<V1.ListDecisionsResponse> PagesAsync(PageVisit visit, string record) =>
        trails.PagesAsync(new V1.ListDecisionsRequest { Parent = record, PageSize = Limits.LargestPage }, visit.Admission!.Scope);
}
