using System.Globalization;
using Ledger.Api.Access;
using Ledger.Api.Hosting;
using Ledger.Api.Hosting.Pages;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Api.Decisions;

/// <summary>What was refused at intake in a month, for the employer and the union.</summary>
internal sealed class RefusedPages(PageDesk desk, RefusedQueries queries)
{
    public const string Month = "mois", Following = "suite";
    private const int PageLength = 200;

    public void Map(IEndpointRouteBuilder app) => desk.MapGet(app, SiteMap.RefusedDecisions, async visit =>
    {
        DateTime now = new(visit.Now.Year, visit.Now.Month, 1), month = MonthOf(visit) is { } asked && asked < now ? asked : now;
        string token = visit.Query(Following);
        V1.ListRefusedDecisionsRequest request = new()
        {
            Parent = visit.Organisation,
            Month = Written(month),
            PageSize = PageLength,
            PageToken = RefusedQueries.IsToken(token) ? token : "",
        };
        await visit.AdmitAsync(request);
        V1.ListRefusedDecisionsResponse page = await queries.ListAsync(request, tellsProducers: false);
        string here = visit.Url(SiteMap.RefusedDecisions);
        return visit.Show<RefusedPage>(new RefusedPageModel(
            month, page.Refused, visit.Url(visit.Admission!.Role == Role.Hr ? SiteMap.Hr : SiteMap.Representative),
            month.Year > Earliest ? Of(month.AddMonths(-1)) : null, month < now ? Of(month.AddMonths(1)) : null,
            page.NextPageToken.Length > 0 ? $"{Of(month).Url}&{Following}={Uri.EscapeDataString(page.NextPageToken)}" : null,
            request.PageToken.Length > 0 ? Of(month).Url : null));

        (string Url, string Words) Of(DateTime other) => ($"{here}?{Month}={Written(other)}", visit.Words.Month(other.Year, other.Month));
    });

    // There were no ledgers of this kind before.
    private const int Earliest = 2020;

    private static string Written(DateTime month) => month.ToString("yyyyMM", CultureInfo.InvariantCulture);

    // A month that is none shows this one: there is nothing to mend on a page where one only chooses.
    private static DateTime? MonthOf(PageVisit visit) =>
        DateTime.TryParseExact(visit.Query(Month), "yyyyMM", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime month) && month.Year >= Earliest ? month : null;
}

/// <summary>A month of refused decisions.</summary>
internal sealed record RefusedPageModel(
    DateTime Month, IReadOnlyList<V1.RefusedDecisions> Refused, string Back, (string Url, string Words)? Earlier, (string Url, string Words)? Later, string? Next, string? First);

/// <summary>Words for what was refused.</summary>
internal static class RefusedInWords
{
    /// <summary>Why, in a few words; a code that has none yet stands for itself.</summary>
    public static string Why(Words words, V1.RefusedDecisions refused)
    {
        string why = words.Find($"refused.code.{refused.Code}") ?? refused.Code;
        return refused.DataCategory == V1.DataCategory.Unspecified ? why : words.Format("refused.whyOf", why, words[$"data.{Names.Of(refused.DataCategory)}"]);
    }

    /// <summary>A field in plain words, or those of what it belongs to; nothing for no field.</summary>
    public static string? Field(Words words, string field)
    {
        for (string part = field; part.Length > 0; part = part[..Math.Max(0, part.LastIndexOf('.'))])
        {
            if (words.Find($"refused.at.{part}") is { } found)
            {
                return found;
            }
        }

        return null;
    }
}
