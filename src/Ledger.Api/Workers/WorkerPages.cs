using Google.Protobuf.WellKnownTypes;
using Ledger.Api.Access;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Api.Hosting.Pages;
using Ledger.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Api.Workers;

/// <summary>A worker's pages beside the decisions: who looked, what is held, and who may look for them.</summary>
internal sealed class WorkerPages(PageDesk desk, Trails trails, Mandates mandates, PageCookies cookies, NewIds ids)
{
    // A thousand decisions are a working life with today's systems; a page says where it ends.
    private const int PageLength = 100, MostRead = 1000;

    private static readonly Dictionary<string, int> Durations = new Dictionary<string, int>(StringComparer.Ordinal) { ["1"] = 1, ["3"] = 3, ["6"] = 6, ["12"] = 12 };

    public void Map(IEndpointRouteBuilder app)
    {
        desk.MapGet(app, SiteMap.WhoLooked, LookedAsync);
        desk.MapGet(app, SiteMap.HeldAboutMe, HeldAsync);
        desk.MapGet(app, SiteMap.HeldAboutPerson, HeldAsync);
        desk.MapGet(app, SiteMap.MyRepresentative, async visit =>
        {
            V1.ListMandatesResponse given = await ListAsync(visit);
            return Form(visit, given, visit.Kept ?? new Dictionary<string, string>(StringComparer.Ordinal), []);
        });
        desk.MapPost(app, SiteMap.GiveMandate, GiveAsync);
        desk.MapGet(app, SiteMap.GiveMandate, visit => Again(visit));
        desk.MapGet(app, SiteMap.MandateGiven, visit => ConfirmedAsync(visit, "given"));
        desk.MapGet(app, SiteMap.TakeBackMandate, AskTakeBackAsync);
        desk.MapPost(app, SiteMap.TakeBackMandate, TakeBackAsync);
        desk.MapGet(app, SiteMap.MandateTakenBack, visit => ConfirmedAsync(visit, "taken"));
    }

    /// <summary>What somebody can read out at a desk: the first eight digits of an id.</summary>
    public static string ReferenceOf(string id) => $"M-{id[..4].ToUpperInvariant()}-{id[4..8].ToUpperInvariant()}";

    private static async Task<IResult> Again(PageVisit visit)
    {
        await visit.AdmitAsync(new V1.ListMandatesRequest { Parent = await visit.OwnRecordAsync() });
        return visit.GoTo(visit.Url(SiteMap.MyRepresentative));
    }

    private async Task<IResult> LookedAsync(PageVisit visit)
    {
        V1.ListDecisionsRequest request = new() { Parent = await visit.OwnRecordAsync(), PageSize = PageLength, PageToken = visit.Query("suite") };
        await visit.AdmitAsync(request);
        V1.ListDecisionsResponse page = await trails.ListAsync(request, visit.Admission!.Scope);
        string? next = page.NextPageToken.Length > 0 ? $"{visit.Http.Request.Path}?suite={page.NextPageToken}" : null;
        return visit.Show<LookedPage>(new LookedModel(page.Views, next, request.PageToken.Length > 0));
    }

    private async Task<IResult> HeldAsync(PageVisit visit)
    {
        (string record, bool own, string? purpose) = await PurposeCookie.RecordOfAsync(visit, cookies);
        V1.ListDecisionsRequest request = new() { Parent = record, PageSize = Limits.LargestPage, Purpose = purpose ?? "" };
        await visit.AdmitAsync(request);
        List<V1.RecordedDecision> read = [];
        await foreach (V1.ListDecisionsResponse page in trails.PagesAsync(request, visit.Admission!.Scope))
        {
            read.AddRange(page.Decisions);
            if (read.Count >= MostRead)
            {
                break;
            }
        }

        return visit.Show<HeldPage>(HeldModel.Of(read, request.PageToken.Length > 0, own ? null : record[(record.LastIndexOf('/') + 1)..]));
    }

    private async Task<V1.ListMandatesResponse> ListAsync(PageVisit visit)
    {
        V1.ListMandatesRequest request = new() { Parent = await visit.OwnRecordAsync() };
        await visit.AdmitAsync(request);
        return await mandates.ListAsync(request);
    }

    private IResult Form(PageVisit visit, V1.ListMandatesResponse given, IReadOnlyDictionary<string, string> typed, List<(string, string)> errors) =>
        visit.Show<MandatePage>(
            new MandateModel(given.Mandates, typed, errors, typed.GetValueOrDefault("id") is { } id && ResourceNames.TryParseId(id, out _) ? id : ids.Next().ToString()),
            errors.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);

    private async Task<IResult> GiveAsync(PageVisit visit)
    {
        string record = await visit.OwnRecordAsync();
        IFormCollection form = await visit.Http.Request.ReadFormAsync(visit.Http.RequestAborted);
        Dictionary<string, string> typed = form.Where(f => !f.Key.StartsWith('_')).ToDictionary(f => f.Key, f => f.Value.ToString().Trim(), StringComparer.Ordinal);
        string code = typed.GetValueOrDefault("code", "").Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();
        V1.GiveMandateRequest request = new()
        {
            Parent = record,
            Mandate = new V1.Mandate { MandateId = typed.GetValueOrDefault("id", ""), Representative = code, Purpose = typed.GetValueOrDefault("but", "") },
        };
        await visit.AdmitAsync(request);
        List<(string, string)> errors = [];
        if (!ResourceNames.IsPseudonym(code))
        {
            errors.Add(("code", visit.Words[code.Length == 0 ? "mandate.codeMissing" : "mandate.codeWrong"]));
        }

        if (!Durations.TryGetValue(typed.GetValueOrDefault("duree", ""), out int months))
        {
            errors.Add(("duree", visit.Words["mandate.durationMissing"]));
        }

        if (request.Mandate.Purpose.Length > Limits.Sentence)
        {
            errors.Add(("but", visit.Words.Format("mandate.purposeLong", Limits.Sentence)));
        }

        if (errors.Count > 0)
        {
            return Form(visit, await mandates.ListAsync(new V1.ListMandatesRequest { Parent = record }), typed, errors);
        }

        request.Mandate.ExpiresAt = visit.Now.AddMonths(months).ToTimestamp();
        V1.Mandate given = await mandates.GiveAsync(request, visit.Context);
        return visit.GoTo(visit.Url(SiteMap.MandateGiven, given.MandateId));
    }

    private async Task<IResult> AskTakeBackAsync(PageVisit visit)
    {
        string record = await visit.OwnRecordAsync();
        await visit.AdmitAsync(new V1.WithdrawMandateRequest { Name = $"{record}/mandates/{visit.Place("mandate")}" });
        return visit.Show<TakeBackPage>(Named(await mandates.ListAsync(new V1.ListMandatesRequest { Parent = record }), visit));
    }

    private async Task<IResult> TakeBackAsync(PageVisit visit)
    {
        V1.WithdrawMandateRequest request = new() { Name = $"{await visit.OwnRecordAsync()}/mandates/{visit.Place("mandate")}" };
        await visit.AdmitAsync(request);
        V1.Mandate taken = await mandates.WithdrawAsync(request, visit.Context);
        return visit.GoTo(visit.Url(SiteMap.MandateTakenBack, taken.MandateId));
    }

    private async Task<IResult> ConfirmedAsync(PageVisit visit, string what) =>
        visit.Show<MandateConfirmedPage>(new ConfirmedModel(Named(await ListAsync(visit), visit), what));

    private static V1.Mandate Named(V1.ListMandatesResponse given, PageVisit visit) =>
        given.Mandates.FirstOrDefault(m => string.Equals(m.MandateId, visit.Place("mandate"), StringComparison.Ordinal))
        ?? throw new RefusedException(new Refusal(RefusalCode.NotFound, ""));
}

/// <summary>Makes the ids of what a form makes.</summary>
internal sealed record NewIds(Func<Guid> Next);

/// <summary>Who looked.</summary>
internal sealed record LookedModel(IReadOnlyList<V1.RecordView> Views, string? Next, bool Later);

/// <summary>Mandates, and the form for another.</summary>
internal sealed record MandateModel(
    IReadOnlyList<V1.Mandate> Given, IReadOnlyDictionary<string, string> Typed, IReadOnlyList<(string Field, string Words)> Errors, string NewId);

/// <summary>What was done about a mandate.</summary>
internal sealed record ConfirmedModel(V1.Mandate Mandate, string What);

/// <summary>What a record holds, by kind.</summary>
/// <param name="Data">Every category of data, with how many decisions used it, where it came from, and whether some was collected off shift.</param>
/// <param name="Scores">Scores that machines made, newest first.</param>
/// <param name="Inferences">What machines recommended, newest first.</param>
/// <param name="Read">Decisions read for it.</param>
/// <param name="More">Whether older ones were not.</param>
/// <param name="Worker">Pseudonym of the person; nothing: the reader.</param>
internal sealed record HeldModel(
    IReadOnlyList<HeldData> Data, IReadOnlyList<V1.RecordedDecision> Scores, IReadOnlyList<V1.RecordedDecision> Inferences, int Read, bool More, string? Worker)
{
    public static HeldModel Of(IReadOnlyList<V1.RecordedDecision> decisions, bool more, string? worker)
    {
        ILookup<V1.DataCategory, V1.DataUse> uses = decisions.SelectMany(d => d.Decision.Personal?.DataUsed ?? []).ToLookup(u => u.Category);
        // Those from 100 on are never accepted.
        IEnumerable<V1.DataCategory> all = System.Enum.GetValues<V1.DataCategory>().Where(c => c is > V1.DataCategory.Unspecified and < V1.DataCategory.EmotionalState);
        return new HeldModel(
            [.. all.Select(c => new HeldData(
                c, uses[c].Count(), [.. uses[c].Select(u => u.Source).Distinct(StringComparer.Ordinal)],
                uses[c].Any(u => u.Shift is V1.ShiftRelation.OffShift or V1.ShiftRelation.OnAndOffShift))).OrderByDescending(h => h.Uses)],
            [.. decisions.Where(d => d.Decision.Personal?.Score is not null)],
            [.. decisions.Where(d => d.Decision.Personal?.Recommendation is not null)],
            decisions.Count, more, worker);
    }
}

/// <summary>One category of data.</summary>
internal sealed record HeldData(V1.DataCategory Category, int Uses, IReadOnlyList<string> Sources, bool OffShift);
