using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Ledger.Api.Hosting;

/// <summary>The language a caller reads, from <c>Accept-Language</c>: French or English, French if neither is asked for.</summary>
internal static class CallerLanguage
{
    public static readonly CultureInfo French = CultureInfo.GetCultureInfo("fr-CA");
    public static readonly CultureInfo English = CultureInfo.GetCultureInfo("en-CA");

    public static CultureInfo Of(HttpContext context)
    {
        if (!StringWithQualityHeaderValue.TryParseList(context.Request.Headers.AcceptLanguage, out IList<StringWithQualityHeaderValue>? asked))
        {
            return French;
        }

        // A stable sort: of two languages liked equally the first named wins.
        foreach (StringWithQualityHeaderValue language in asked.Where(l => l.Quality is not 0).OrderByDescending(l => l.Quality ?? 1))
        {
            if (language.Value.StartsWith("en", StringComparison.OrdinalIgnoreCase))
            {
                return English;
            }

            if (language.Value.StartsWith("fr", StringComparison.OrdinalIgnoreCase))
            {
                return French;
            }
        }

        return French;
    }
}
