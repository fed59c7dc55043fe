using System.Resources;
using Ledger.Api.Access;
using Ledger.Contracts;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Ledger.Api.Hosting.Pages;

/// <summary>Answers every page in the same way: who reads, may they, headers, and what happens if it goes wrong.</summary>
internal sealed class PageDesk(
    PageSession sessions, Gatekeeper gatekeeper, IAntiforgery antiforgery, KeptForms kept, TimeProvider time, ILogger<PageDesk> logger)
{
    private static readonly ResourceManager[] Texts =
    [
        .. new[] { "Hosting.Pages.FrameTexts", "Decisions.DecisionPageTexts", "Decisions.RefusedPageTexts", "Workers.WorkerPageTexts", "Workers.DeskPageTexts", "Access.AccessPageTexts",
            "Transparency.LogPageTexts", "Organisations.UnitPageTexts", "Help.HelpTexts" }
            .Select(name => new ResourceManager($"Ledger.Api.{name}", typeof(PageDesk).Assembly)),
    ];

    private static readonly Words French = new(CallerLanguage.French, Texts), English = new(CallerLanguage.English, Texts);

    public static Words WordsIn(bool french) => french ? French : English;

    public void MapGet(IEndpointRouteBuilder app, PageRoute page, Func<PageVisit, Task<IResult>> answer) => Map(app, page, HttpMethods.Get, answer);

    public void MapPost(IEndpointRouteBuilder app, PageRoute page, Func<PageVisit, Task<IResult>> answer) => Map(app, page, HttpMethods.Post, answer);

    private void Map(IEndpointRouteBuilder app, PageRoute page, string method, Func<PageVisit, Task<IResult>> answer)
    {
        foreach (bool french in (bool[])[true, false])
        {
            string[] methods = HttpMethods.IsGet(method) ? [HttpMethods.Get, HttpMethods.Head] : [method];
            app.MapMethods(french ? page.French : page.English, methods, (RequestDelegate)(http => ServeAsync(http, page, french, answer)));
        }
    }

    private async Task ServeAsync(HttpContext http, PageRoute page, bool french, Func<PageVisit, Task<IResult>> answer)
    {
        AccessRow row = AccessTable.Find(page.French)!;
        PageVisit visit = new(http, page, row, WordsIn(french), gatekeeper) { Now = time.GetUtcNow() };
        http.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        http.Response.Headers.Vary = "Cookie, Accept-Encoding, Sec-Fetch-Site";
        http.Response.Headers.ContentLanguage = visit.Words.Culture.Name;
        IResult result;
        try
        {
            result = await AnswerAsync(visit, answer);
        }
        catch (RefusedException refused)
        {
            result = Refused(visit, refused.Refusals[0]);
        }
        catch (Exception e) when (e is TimeoutException or OrleansException or SiloUnavailableException or OrleansMessageRejectionException)
        {
            result = Refused(visit, new Refusal(RefusalCode.ServiceUnavailable, "", RetryAfter: Limits.RetryAfter));
        }
        catch (Exception e) when (e is not OperationCanceledException || !http.RequestAborted.IsCancellationRequested)
        {
            logger.LogError(e, "A page failed. Trace {Trace}.", visit.Trace);
            result = Refused(visit, new Refusal(RefusalCode.Internal, "", [visit.Trace]));
        }

        await result.ExecuteAsync(http);
    }

    private async Task<IResult> AnswerAsync(PageVisit visit, Func<PageVisit, Task<IResult>> answer)
    {
        HttpContext http = visit.Http;
        await sessions.EnterAsync(visit);
        bool isPost = HttpMethods.IsPost(http.Request.Method);
        if (visit.Caller is null && !visit.Row.IsPublic)
        {
            string back = http.Request.Path + http.Request.QueryString;
            if (isPost)
            {
                back = await kept.KeepAsync(visit) ?? visit.Url(SiteMap.Start);
            }

            return visit.GoTo($"{visit.Url(SiteMap.SignIn)}?{SignInPages.Back}={Uri.EscapeDataString(back)}");
        }

        if (visit.Caller is not null)
        {
            await visit.WhoAsync();
            if (isPost && !await antiforgery.IsRequestValidAsync(http))
            {
                return visit.Show<Refused>(new RefusedModel(StatusCodes.Status400BadRequest, "form", null), StatusCodes.Status400BadRequest);
            }

            visit.AntiforgeryToken = antiforgery.GetAndStoreTokens(http).RequestToken;
            // The framework has just said no-cache; a page about a person is stored nowhere.
            http.Response.Headers.CacheControl = "no-store";
            visit.Kept = isPost ? null : kept.TakeBack(visit);
        }

        IResult result = await answer(visit);
        return visit.Row.IsPublic || visit.Admission is not null ? result
            : throw new InvalidOperationException($"{visit.Route.French} was shown without asking whether it may be.");
    }

    private static IResult Refused(PageVisit visit, Refusal refusal)
    {
        int status = RefusalStatus.HttpStatusOf(refusal.Code);
        if (refusal.Code == RefusalCode.Unauthenticated)
        {
            return visit.GoTo($"{visit.Url(SiteMap.SignIn)}?{SignInPages.Back}={Uri.EscapeDataString(visit.Http.Request.Path + visit.Http.Request.QueryString)}");
        }

        if (refusal is { Code: RefusalCode.Missing, Field: "purpose" })
        {
            // Who must say what for says it there.
            return visit.GoTo(visit.Url(SiteMap.Hr));
        }

        if (refusal.RetryAfter is { } delay)
        {
            visit.Http.Response.Headers.RetryAfter = Math.Ceiling(delay.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        // Whether a thing is not there or not for them is said in the same words.
        string kind = status switch { 403 or 404 => "notFound", 429 or 503 or 504 => "later", 400 => "wrong", _ => "fault" };
        return visit.Show<Refused>(new RefusedModel(status, kind, refusal.RetryAfter), status);
    }
}

/// <summary>Why a page is not shown.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Kind">Which words say it.</param>
/// <param name="RetryAfter">When to try again, if that helps.</param>
internal sealed record RefusedModel(int Status, string Kind, TimeSpan? RetryAfter);
