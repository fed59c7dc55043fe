using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Api.Hosting.Pages;
using Ledger.Api.Workers;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Ledger.Api.Access;

/// <summary>The first page, signing in and out, and where each reader begins.</summary>
internal sealed class SignInPages(PageDesk desk, PageSession sessions, LocalTokens local, IOptions<AccessOptions> options, PageCookies cookies)
{
    /// <summary>Names in the query.</summary>
    public const string Back = "retour", Failed = "echec", Token = "jeton";

    public void Map(IEndpointRouteBuilder app)
    {
        desk.MapGet(app, SiteMap.Start, visit => Task.FromResult(visit.Show<Start>()));
        desk.MapGet(app, SiteMap.SignIn, SignIn);
        desk.MapGet(app, SiteMap.SignInAt, SignInAtAsync);
        desk.MapGet(app, SiteMap.SignInByLink, SignInByLinkAsync);
        desk.MapPost(app, SiteMap.SignOut, SignOutAsync);
        desk.MapGet(app, SiteMap.Stay, visit => Task.FromResult(visit.Caller is null ? visit.GoTo(visit.Url(SiteMap.SignIn)) : visit.Show<Stay>()));
        desk.MapPost(app, SiteMap.Stay, StayAsync);
        desk.MapGet(app, SiteMap.SignedOut, visit => Task.FromResult(visit.Show<SignedOut>()));
        desk.MapGet(app, SiteMap.Unknown, visit => throw new RefusedException(new Contracts.Refusal(Contracts.RefusalCode.NotFound, "")));
    }

    /// <summary>Where a reader begins.</summary>
    public static string FirstPage(PageVisit visit, Caller caller) =>
        caller.Roles.Contains(Role.Worker) ? visit.Url(SiteMap.MyDecisions)
        : caller.Roles.Contains(Role.Representative) ? visit.Url(SiteMap.Representative)
        : caller.Roles.Contains(Role.Hr) ? visit.Url(SiteMap.Hr)
        : caller.Organisation.Length > 0 ? visit.Url(SiteMap.PublicLedger, caller.Organisation)
        : visit.Url(SiteMap.Start);

    private Task<IResult> SignIn(PageVisit visit)
    {
        string back = KeptForms.IsLocal(visit.Query(Back)) ? visit.Query(Back) : visit.Url(SiteMap.Start);
        (string Name, string Url)[] providers = [.. options.Value.Issuers
            .Select((issuer, number) => (issuer, number)).Where(i => i.issuer.ClientId.Length > 0)
            .Select(i => (i.issuer.Name ?? new Uri(i.issuer.Authority).Host, $"{visit.Url(SiteMap.SignInAt, $"{i.number}")}?{Back}={Uri.EscapeDataString(back)}"))];
        return Task.FromResult(visit.Show<SignIn>(new SignInModel(providers, visit.Query(Failed).Length > 0, local.Issuer is not null, visit.Query(Back).Length > 0)));
    }

    private async Task<IResult> SignInAtAsync(PageVisit visit)
    {
        int provider = int.Parse(visit.Place("provider")!, System.Globalization.CultureInfo.InvariantCulture);
        if (provider >= options.Value.Issuers.Count || options.Value.Issuers[provider].ClientId.Length == 0)
        {
            throw new RefusedException(new Contracts.Refusal(Contracts.RefusalCode.NotFound, ""));
        }

        string back = KeptForms.IsLocal(visit.Query(Back)) ? visit.Query(Back) : visit.Url(SiteMap.Start);
        await visit.Http.ChallengeAsync(PageSignIn.SchemeOf(provider), new AuthenticationProperties { RedirectUri = back });
        return Results.Empty;
    }

    /// <summary>A ready link: a token of this machine, swapped at once for a session, and out of the address.</summary>
    private async Task<IResult> SignInByLinkAsync(PageVisit visit)
    {
        if (local.Issuer is null || visit.Http.Connection.RemoteIpAddress is not { } from || !System.Net.IPAddress.IsLoopback(from))
        {
            throw new RefusedException(new Contracts.Refusal(Contracts.RefusalCode.NotFound, ""));
        }

        if (await sessions.BeginByLinkAsync(visit, visit.Query(Token)) is not { } caller)
        {
            return visit.GoTo($"{visit.Url(SiteMap.SignIn)}?{Failed}=1");
        }

        return visit.GoTo(KeptForms.IsLocal(visit.Query(Back)) ? visit.Query(Back) : FirstPage(visit, caller));
    }

    /// <summary>In a tab of its own, so that what is half typed in the other stays there.</summary>
    private async Task<IResult> StayAsync(PageVisit visit)
    {
        if (visit.Caller is null)
        {
            return visit.GoTo(visit.Url(SiteMap.SignIn));
        }

        await PageSession.StayAsync(visit);
        return visit.Show<Stay>();
    }

    private async Task<IResult> SignOutAsync(PageVisit visit)
    {
        await sessions.EndAsync(visit);
        cookies.Delete(visit.Http, PurposeCookie.Name);
        cookies.Delete(visit.Http, EnteredCookie.Name);
        return visit.GoTo(visit.Url(SiteMap.SignedOut));
    }
}

/// <summary>How one can sign in.</summary>
internal sealed record SignInModel(IReadOnlyList<(string Name, string Url)> Providers, bool Failed, bool TakesLinks, bool Ended);

/// <summary>What a record is looked at for, told once and good for the pages of that record in this session.</summary>
/// <param name="Person">Who looks.</param>
/// <param name="Worker">Whose record.</param>
/// <param name="Purpose">What for.</param>
internal sealed record PurposeCookie(string Person, string Worker, string Purpose)
{
    public const string Name = "purpose";

    /// <summary>Whose record a page is about: the reader's own, or that of whom its address names, and then what for, if that was told.</summary>
    public static async ValueTask<(string Record, bool Own, string? Purpose)> RecordOfAsync(PageVisit visit, PageCookies cookies)
    {
        if (visit.Place("worker") is not { } worker)
        {
            return (await visit.OwnRecordAsync(), true, null);
        }

        PurposeCookie? told = cookies.Read<PurposeCookie>(visit.Http, Name);
        bool holds = told is not null && string.Equals(told.Worker, worker, StringComparison.Ordinal)
            && string.Equals(told.Person, (await visit.WhoAsync()).Person, StringComparison.Ordinal);
        return (ResourceNames.Worker(visit.Caller!.Organisation, worker), false, holds ? told!.Purpose : null);
    }
}
