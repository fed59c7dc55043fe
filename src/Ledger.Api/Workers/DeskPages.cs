using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Ledger.Api.Access;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Api.Hosting.Pages;
using Ledger.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Api.Workers;

/// <summary>Where HR and the union enter what somebody signed on paper.</summary>
internal sealed class DeskPages(PageDesk pages, MandateDesk desk, WorkerDirectory directory, PageCookies cookies, NewIds ids)
{
    private static readonly IReadOnlyDictionary<string, string> None = new Dictionary<string, string>(StringComparer.Ordinal);

    public void Map(IEndpointRouteBuilder app)
    {
        pages.MapGet(app, SiteMap.Desk, async visit =>
        {
            await visit.AdmitAsync(new V1.EnterMandateRequest { Parent = visit.Organisation });
            return visit.Show<DeskPage>();
        });
        pages.MapGet(app, SiteMap.DeskGiveMandate, async visit =>
        {
            await visit.AdmitAsync(new V1.EnterMandateRequest { Parent = visit.Organisation });
            return GiveForm(visit, visit.Kept ?? None, []);
        });
        pages.MapPost(app, SiteMap.DeskGiveMandate, GiveAsync);
        pages.MapGet(app, SiteMap.DeskTakeBackMandate, async visit =>
        {
            await visit.AdmitAsync(new V1.EnterWithdrawalRequest { Parent = visit.Organisation });
            return visit.Show<DeskTakeBackPage>(new DeskModel(visit.Kept ?? None, []));
        });
        pages.MapPost(app, SiteMap.DeskTakeBackMandate, TakeBackAsync);
        pages.MapGet(app, SiteMap.DeskEntered, EnteredAsync);
    }

    private IResult GiveForm(PageVisit visit, IReadOnlyDictionary<string, string> typed, List<(string Field, string Words)> errors) =>
        visit.Show<DeskGivePage>(
            new DeskModel(typed, errors)
            {
                NewId = typed.GetValueOrDefault("id") is { } id && ResourceNames.TryParseId(id, out _) ? id : ids.Next().ToString(),
                Earliest = Today(visit).AddDays(1),
                Latest = Latest(visit),
            },
            errors.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);

    private async Task<IResult> GiveAsync(PageVisit visit)
    {
        Dictionary<string, string> typed = await TypedAsync(visit);
        V1.EnterMandateRequest request = new()
        {
            Parent = visit.Organisation,
            EmployeeNumber = typed.GetValueOrDefault("numero", ""),
            FormReference = Code(typed, "formulaire"),
            Mandate = new V1.Mandate
            {
                MandateId = typed.GetValueOrDefault("id", ""),
                Representative = Pseudonym(typed, "code"),
                Purpose = typed.GetValueOrDefault("but", ""),
            },
        };
        await visit.AdmitAsync(request);
        List<(string, string)> errors = CheckForm(visit, typed, request.FormReference, request.EmployeeNumber);
        if (!ResourceNames.IsPseudonym(request.Mandate.Representative))
        {
            errors.Add(("code", visit.Words[request.Mandate.Representative.Length == 0 ? "desk.codeMissing" : "mandate.codeWrong"]));
        }

        if (!DateOnly.TryParseExact(typed.GetValueOrDefault("jusqu", ""), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly last)
            || last <= Today(visit) || last > Latest(visit))
        {
            errors.Add(("jusqu", visit.Words.Format("desk.untilWrong", Day(visit, Today(visit).AddDays(1)), Day(visit, Latest(visit)))));
        }
        else
        {
            // The last second of that day: what is sent twice asks for the same, and every page names that day.
            request.Mandate.ExpiresAt = PageTime.StartOf(last.AddDays(1)).AddSeconds(-1).ToTimestamp();
        }

        if (request.Mandate.Purpose.Length > Limits.Sentence)
        {
            errors.Add(("but", visit.Words.Format("mandate.purposeLong", Limits.Sentence)));
        }

        if (errors.Count > 0)
        {
            return GiveForm(visit, typed, errors);
        }

        try
        {
            await desk.GiveAsync(request, visit.Admission!, visit.Context, visit.Http.RequestAborted);
        }
        catch (RefusedException refused) when (refused.Refusals[0].Code is RefusalCode.EntersForSelf)
        {
            return GiveForm(visit, typed, [("code", visit.Words["desk.forSelf"])]);
        }
        catch (RefusedException refused) when (refused.Refusals[0].Code is RefusalCode.FormEntered or RefusalCode.MandateIdTaken)
        {
            return GiveForm(visit, typed, [("formulaire", visit.Words["desk.formEntered"])]);
        }
        catch (RefusedException refused) when (refused.Refusals[0].Code is RefusalCode.Erased)
        {
            return GiveForm(visit, typed, [("numero", visit.Words["desk.erased"])]);
        }

        return await DoneAsync(visit, new EnteredCookie(
            visit.Identity!.Person, "given", request.FormReference, request.Mandate.MandateId, PageTime.StartOf(last),
            IsHr(visit) ? (await directory.LookupAsync(new V1.LookupWorkerRequest { Parent = visit.Organisation, EmployeeNumber = request.EmployeeNumber })).Worker_ : null));
    }

    private async Task<IResult> TakeBackAsync(PageVisit visit)
    {
        Dictionary<string, string> typed = await TypedAsync(visit);
        V1.EnterWithdrawalRequest request = new()
        {
            Parent = visit.Organisation,
            EmployeeNumber = typed.GetValueOrDefault("numero", ""),
            FormReference = Code(typed, "formulaire"),
            Mandate = Code(typed, "mandat"),
            Representative = Pseudonym(typed, "code"),
        };
        await visit.AdmitAsync(request);
        List<(string, string)> errors = CheckForm(visit, typed, request.FormReference, request.EmployeeNumber);
        if (request.Mandate.Length > 0 && MandateDesk.NumberOf(request.Mandate) is null)
        {
            errors.Add(("mandat", visit.Words["desk.mandateWrong"]));
        }

        if (request.Representative.Length > 0 && !ResourceNames.IsPseudonym(request.Representative))
        {
            errors.Add(("code", visit.Words["mandate.codeWrong"]));
        }

        if (request.Mandate.Length == 0 && request.Representative.Length == 0)
        {
            errors.Add(("mandat", visit.Words["desk.whichMissing"]));
        }

        if (errors.Count == 0)
        {
            try
            {
                await desk.WithdrawAsync(request, visit.Admission!, visit.Context, visit.Http.RequestAborted);
                return await DoneAsync(visit, new EnteredCookie(visit.Identity!.Person, "taken", request.FormReference, null, null, null));
            }
            catch (RefusedException refused) when (refused.Refusals[0].Code is RefusalCode.NotFound)
            {
                errors.Add((request.Mandate.Length > 0 ? "mandat" : "code", visit.Words["desk.noneMeant"]));
            }
        }

        return visit.Show<DeskTakeBackPage>(new DeskModel(typed, errors), StatusCodes.Status400BadRequest);
    }

    private Task<IResult> DoneAsync(PageVisit visit, EnteredCookie entered)
    {
        // What was entered is in no address: those are kept by browsers and proxies.
        cookies.Write(visit.Http, EnteredCookie.Name, entered, PageSession.Idle);
        return Task.FromResult(visit.GoTo(visit.Url(SiteMap.DeskEntered)));
    }

    private async Task<IResult> EnteredAsync(PageVisit visit)
    {
        await visit.AdmitAsync(new V1.EnterMandateRequest { Parent = visit.Organisation });
        return cookies.Read<EnteredCookie>(visit.Http, EnteredCookie.Name) is { } entered && string.Equals(entered.Person, visit.Identity!.Person, StringComparison.Ordinal)
            ? visit.Show<DeskEnteredPage>(entered)
            : visit.GoTo(visit.Url(SiteMap.Desk));
    }

    private static bool IsHr(PageVisit visit) => visit.Admission!.Role == Role.Hr;

    private static List<(string Field, string Words)> CheckForm(PageVisit visit, Dictionary<string, string> typed, string form, string number)
    {
        List<(string, string)> errors = [];
        if (!MandateDesk.IsForm(form))
        {
            errors.Add(("formulaire", visit.Words[form.Length == 0 ? "desk.formMissing" : "desk.formWrong"]));
        }

        Violations violations = new(visit.Now);
        DecisionCheck.EmployeeNumber(violations, number, "numero");
        if (!violations.None)
        {
            errors.Add(("numero", visit.Words[number.Length == 0 ? "hr.numberMissing" : "hr.numberWrong"]));
        }
        else if (!string.Equals(number, typed.GetValueOrDefault("encore", ""), StringComparison.Ordinal))
        {
            // A slip here would open, or close, somebody else's record.
            errors.Add(("encore", visit.Words["desk.numbersDiffer"]));
        }

        return errors;
    }

    private static async Task<Dictionary<string, string>> TypedAsync(PageVisit visit) =>
        (await visit.Http.Request.ReadFormAsync(visit.Http.RequestAborted)).Where(f => !f.Key.StartsWith('_'))
        .ToDictionary(f => f.Key, f => f.Value.ToString().Trim(), StringComparer.Ordinal);

    /// <summary>A code as people copy it from paper: capitals and spaces make no difference.</summary>
    private static string Code(Dictionary<string, string> typed, string field) =>
        typed.GetValueOrDefault(field, "").Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();

    private static string Pseudonym(Dictionary<string, string> typed, string field) =>
        typed.GetValueOrDefault(field, "").Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();

    private static DateOnly Today(PageVisit visit) => DateOnly.FromDateTime(Words.At(visit.Now, PageTime.Zone).DateTime);

    /// <summary>The last day that a mandate may still be in force, all of it.</summary>
    private static DateOnly Latest(PageVisit visit) => DateOnly.FromDateTime(Words.At(visit.Now + Limits.LongestMandate, PageTime.Zone).DateTime).AddDays(-1);

    private static string Day(PageVisit visit, DateOnly day) => visit.Words.Day(PageTime.StartOf(day), PageTime.Zone);
}

/// <summary>What stands in a form of the desk, and what is wrong with it.</summary>
internal sealed record DeskModel(IReadOnlyDictionary<string, string> Typed, IReadOnlyList<(string Field, string Words)> Errors)
{
    /// <summary>Id of the mandate that the form makes.</summary>
    public string NewId { get; init; } = "";

    /// <summary>The first and the last day that a mandate may last to.</summary>
    public DateOnly Earliest { get; init; }

    public DateOnly Latest { get; init; }

    public string? ErrorOf(string field) => Errors.Where(e => e.Field == field).Select(e => e.Words).FirstOrDefault();
}

/// <summary>What was entered last, for the page that confirms it.</summary>
/// <param name="Person">Who entered it.</param>
/// <param name="What"><c>given</c> or <c>taken</c>.</param>
/// <param name="Form">Code of the form.</param>
/// <param name="MandateId">The mandate, if one was given.</param>
/// <param name="LastDay">The start of its last day, UTC.</param>
/// <param name="Worker">Pseudonym of the worker, to HR alone.</param>
internal sealed record EnteredCookie(string Person, string What, string Form, string? MandateId, DateTimeOffset? LastDay, string? Worker)
{
    public const string Name = "entered";
}
