using Microsoft.AspNetCore.Http;

namespace Ledger.Api.Hosting.Pages;

/// <summary>
/// Keeps what was typed into a form that came after its session's end, sealed, for half an hour, until the same person has signed in again. Nothing is
/// done with it but to fill the form again.
/// </summary>
internal sealed class KeptForms(PageCookies cookies)
{
    /// <summary>Fields of every form: the page it stands on, and whose it is.</summary>
    public const string PageField = "_page", OwnerField = "_owner";

    private const string Cookie = "kept";
    private const int MostCharacters = 8_000;
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(30);

    /// <summary>Keeps it; the page to come back to, or nothing if there is none.</summary>
    public async Task<string?> KeepAsync(PageVisit visit)
    {
        HttpRequest request = visit.Http.Request;
        if (!request.HasFormContentType)
        {
            return null;
        }

        IFormCollection form = await request.ReadFormAsync(visit.Http.RequestAborted);
        string page = form[PageField].ToString();
        if (!IsLocal(page))
        {
            return null;
        }

        Dictionary<string, string> fields = form.Where(f => !f.Key.StartsWith('_')).ToDictionary(f => f.Key, f => f.Value.ToString(), StringComparer.Ordinal);
        // Another site could post here too; it would want somebody to send what it has typed.
        if (string.Equals(request.Headers["Sec-Fetch-Site"].ToString(), "same-origin", StringComparison.Ordinal)
            && fields.Sum(f => f.Key.Length + f.Value.Length) <= MostCharacters)
        {
            cookies.Write(visit.Http, Cookie, new KeptForm(page, form[OwnerField].ToString(), fields), Kept);
        }

        return page;
    }

    /// <summary>What was kept for this page and this person; it is kept no longer.</summary>
    public IReadOnlyDictionary<string, string>? TakeBack(PageVisit visit)
    {
        if (cookies.Read<KeptForm>(visit.Http, Cookie) is not { } found || !string.Equals(found.Page, visit.Http.Request.Path, StringComparison.Ordinal))
        {
            return null;
        }

        cookies.Delete(visit.Http, Cookie);
        return string.Equals(found.Owner, visit.Identity!.Person, StringComparison.Ordinal) ? found.Fields : null;
    }

    /// <summary>Whether an address leads to a page here and nowhere else.</summary>
    public static bool IsLocal(string address) =>
        (address.StartsWith("/fr", StringComparison.Ordinal) || address.StartsWith("/en", StringComparison.Ordinal))
        && (address.Length == 3 || address[3] is '/' or '?') && !address.Contains("//", StringComparison.Ordinal) && !address.Contains('\\', StringComparison.Ordinal)
        && !address.Any(char.IsControl);

    private sealed record KeptForm(string Page, string Owner, Dictionary<string, string> Fields);
}
