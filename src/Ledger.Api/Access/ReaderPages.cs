using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Api.Hosting.Pages;
using Ledger.Api.Organisations;
using Ledger.Api.Transparency;
using Ledger.Api.Workers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Api.Access;

/// <summary>Where representatives and human resources begin.</summary>
internal sealed class ReaderPages(PageDesk desk, WorkerDirectory directory, PageCookies cookies, UnitQueries units, LogPages logs)
{
    public void Map(IEndpointRouteBuilder app)
    {
        desk.MapGet(app, SiteMap.Representative, async visit =>
        {
            await visit.AdmitAsync(new V1.ListMembersRequest { Parent = visit.Organisation });
            return visit.Show<RepresentativePage>(await RepresentativeAsync(visit, visit.Kept ?? None, []));
        });
        desk.MapGet(app, SiteMap.OpenMember, OpenMemberAsync);
        desk.MapGet(app, SiteMap.Hr, async visit =>
        {
            await visit.AdmitAsync(new V1.LookupWorkerRequest { Parent = visit.Organisation });
            return visit.Show<HrPage>(new ReaderModel(visit.Kept ?? None, []));
        });
        desk.MapPost(app, SiteMap.FindPerson, FindAsync);
        desk.MapGet(app, SiteMap.FindPerson, async visit =>
        {
            await visit.AdmitAsync(new V1.LookupWorkerRequest { Parent = visit.Organisation });
            return visit.GoTo(visit.Url(SiteMap.Hr));
        });
    }

    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>(StringComparer.Ordinal);

    // The first page is there whatever the counts and the log do.
    private async Task<ReaderModel> RepresentativeAsync(PageVisit visit, IReadOnlyDictionary<string, string> typed, IReadOnlyList<(string Field, string Words)> errors) =>
        new(typed, errors)
        {
            Members = await OrNothingAsync(async () => await units.MembersAsync(visit.Caller!.Organisation, (await visit.WhoAsync()).Person)),
            Log = await OrNothingAsync(() => logs.LookAsync(visit.Caller!.Organisation)),
        };

    private static async Task<T?> OrNothingAsync<T>(Func<Task<T>> ask)
        where T : class
    {
        try
        {
            return await ask();
        }
        catch (RefusedException)
        {
            return null;
        }
    }

    private async Task<IResult> OpenMemberAsync(PageVisit visit)
    {
        await visit.AdmitAsync(new V1.LookupWorkerRequest { Parent = visit.Organisation });
        string code = visit.Query("code").Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();
        return ResourceNames.IsPseudonym(code)
            ? visit.GoTo(visit.Url(SiteMap.PersonDecisions, code))
            : visit.Show<RepresentativePage>(
                await RepresentativeAsync(visit, new Dictionary<string, string>(StringComparer.Ordinal) { ["code"] = visit.Query("code") }, [("code", visit.Words[code.Length == 0 ? "union.codeMissing" : "mandate.codeWrong"])]),
                StatusCodes.Status400BadRequest);
    }

    private async Task<IResult> FindAsync(PageVisit visit)
    {
        IFormCollection form = await visit.Http.Request.ReadFormAsync(visit.Http.RequestAborted);
        string number = form["numero"].ToString().Trim(), purpose = form["but"].ToString().Trim();
        V1.LookupWorkerRequest request = new() { Parent = visit.Organisation, EmployeeNumber = number };
        await visit.AdmitAsync(request);
        List<(string, string)> errors = [];
        Violations violations = new(visit.Now);
        DecisionCheck.EmployeeNumber(violations, number, "numero");
        if (!violations.None)
        {
            errors.Add(("numero", visit.Words[number.Length == 0 ? "hr.numberMissing" : "hr.numberWrong"]));
        }

        violations.Text(purpose, "but", Limits.Sentence);
        if (purpose.Length is 0 or > Limits.Sentence)
        {
            errors.Add(("but", purpose.Length == 0 ? visit.Words["hr.purposeMissing"] : visit.Words.Format("mandate.purposeLong", Limits.Sentence)));
        }

        if (errors.Count > 0)
        {
            return visit.Show<HrPage>(
                new ReaderModel(new Dictionary<string, string>(StringComparer.Ordinal) { ["numero"] = number, ["but"] = purpose }, errors), StatusCodes.Status400BadRequest);
        }

        V1.Worker found = await directory.LookupAsync(request);
        cookies.Write(visit.Http, PurposeCookie.Name, new PurposeCookie(visit.Identity!.Person, found.Worker_, purpose), PageSession.Idle);
        return visit.GoTo(visit.Url(SiteMap.PersonDecisions, found.Worker_));
    }
}

/// <summary>What stands in a form, and what is wrong with it.</summary>
internal sealed record ReaderModel(IReadOnlyDictionary<string, string> Typed, IReadOnlyList<(string Field, string Words)> Errors)
{
    /// <summary>Who gave the reader a mandate; nothing: not known yet.</summary>
    public V1.ListMembersResponse? Members { get; init; }

    /// <summary>How the log does; nothing: not known.</summary>
    public LogModel? Log { get; init; }
}
