using System.Diagnostics;
using Google.Protobuf;
using Ledger.Api.Access;
using Ledger.Api.Decisions;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Components;

namespace Ledger.Api.Hosting.Pages;

/// <summary>One request for a page: which page, in which language, by whom.</summary>
internal sealed class PageVisit(HttpContext http, PageRoute route, AccessRow row, Words words, Gatekeeper gatekeeper)
{
    public HttpContext Http { get; } = http;

    public PageRoute Route { get; } = route;

    public AccessRow Row { get; } = row;

    public Words Words { get; } = words;

    public bool French => Words.IsFrench;

    /// <summary>Who is signed in; nobody on a public page that nobody signed in to.</summary>
    public Caller? Caller { get; set; }

    public Identity? Identity { get; private set; }

    /// <summary>When the session ends unless it is used, UTC.</summary>
    public DateTimeOffset? SessionEnds { get; set; }

    public DateTimeOffset Now { get; set; }

    /// <summary>Set once somebody was let in.</summary>
    public Admission? Admission { get; private set; }

    public string? AntiforgeryToken { get; set; }

    /// <summary>What was typed into a form of this page when the session had ended.</summary>
    public IReadOnlyDictionary<string, string>? Kept { get; set; }

    /// <summary>Whether the decisions of this ledger are invented.</summary>
    public bool Simulated => Caller?.Organisation.EndsWith("-simulee", StringComparison.Ordinal) == true
        || (Http.Request.RouteValues.TryGetValue("organisation", out object? shown) && shown is string name && name.EndsWith("-simulee", StringComparison.Ordinal));

    public string Trace => Activity.Current?.TraceId.ToHexString() ?? Http.TraceIdentifier;

    /// <summary>The address of a page in this language.</summary>
    public string Url(PageRoute page, params IReadOnlyList<string> places) => page.Url(French, places);

    /// <summary>The same page with the same question, in the other language.</summary>
    public string OtherLanguage => ReferenceEquals(Route, SiteMap.Unknown) ? SiteMap.Start.Url(!French)
        : Route.Url(!French, [.. Route.Places.Select(place => $"{Http.Request.RouteValues[place]}")]) + Http.Request.QueryString;

    public string? Place(string name) => Http.Request.RouteValues[name]?.ToString();

    /// <summary>A value of the query; spaces around say nothing.</summary>
    public string Query(string name) => Http.Request.Query[name].ToString().Trim();

    /// <summary>Lets the reader in, as the same call would, or ends the visit.</summary>
    /// <exception cref="RefusedException">They may not.</exception>
    public async ValueTask<Admission> AdmitAsync(IMessage request)
    {
        Admission = await gatekeeper.AdmitAsync(Row, Caller!, request, RequestedResource.Of(request), Http, Http.RequestAborted);
        return Admission;
    }

    public CallContext Context => CallContexts.Of(Http, RoleNames.Of(Admission!.Role!.Value));

    public async ValueTask<Identity> WhoAsync() => Identity ??= await gatekeeper.IdentityOfAsync(Caller!);

    /// <summary>Name of the reader's own record.</summary>
    /// <exception cref="RefusedException">They have none.</exception>
    public async ValueTask<string> OwnRecordAsync() => (await WhoAsync()).Worker is { } worker
        ? ResourceNames.Worker(Caller!.Organisation, worker)
        : throw new RefusedException(new Refusal(RefusalCode.NotPermitted, ""));

    public string Organisation => $"organisations/{Caller!.Organisation}";

    /// <summary>The page, made by a component from its model.</summary>
    public IResult Show<T>(object? model = null, int status = StatusCodes.Status200OK)
        where T : IComponent
    {
        Dictionary<string, object?> parameters = new(StringComparer.Ordinal) { ["Visit"] = this };
        if (model is not null)
        {
            parameters["Model"] = model;
        }

        return new RazorComponentResult<T>(parameters) { StatusCode = status, PreventStreamingRendering = true };
    }

    /// <summary>Sends the browser on with a GET (RFC 9110 §15.4.4).</summary>
    public IResult GoTo(string url)
    {
        Http.Response.StatusCode = StatusCodes.Status303SeeOther;
        Http.Response.Headers.Location = url;
        return Results.Empty;
    }
}
