using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Api.Hosting.Pages;
using Ledger.Api.Workers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Api.Access;

/// <summary>Where representatives and human resources begin.</summary>
internal sealed class ReaderPages(PageDesk desk, WorkerDirectory directory, PageCookies cookies)
{
    public void Map(IEndpointRouteBuilder app)
    {
        desk.MapGet(app, SiteMap.Representative, async visit =>
        {
            await visit.AdmitAsync(new V1.LookupWorkerRequest { Parent = visit.Organisation });
            return visit.Show<RepresentativePage>(new ReaderModel(visit.Kept ?? None, []));
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

    private static async Task<IResult> OpenMemberAsync(PageVisit visit)
    {
        await visit.AdmitAsync(new V1.LookupWorkerRequest { Parent = visit.Organisation });
        string code = visit.Query("code").Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();
        return ResourceNames.IsPseudonym(code)
            ? visit.GoTo(visit.Url(SiteMap.PersonDecisions, code))
            : visit.Show<RepresentativePage>(
                new ReaderModel(new Dictionary<string, string>(StringComparer.Ordinal) { ["code"] = visit.Query("code") }, [("code", visit.Words[code.Length == 0 ? "union.codeMissing" : "mandate.codeWrong"])]),
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
internal sealed record ReaderModel(IReadOnlyDictionary<string, string> Typed, IReadOnlyList<(string Field, string Words)> Errors);
