namespace Ledger.Api.Hosting.Pages;

/// <summary>A page's address in both languages; their places have the same names.</summary>
/// <param name="French">Route in French, for example <c>/fr/mes-decisions/{decision}</c>.</param>
/// <param name="English">Route in English.</param>
internal sealed record PageRoute(string French, string English)
{
    /// <summary>The address in a language, its places filled in order.</summary>
    public string Url(bool french, params IReadOnlyList<string> places)
    {
        string url = french ? French : English;
        foreach (string place in places)
        {
            int open = url.IndexOf('{', StringComparison.Ordinal);
            int close = url.IndexOf('}', open);
            url = string.Concat(url.AsSpan(0, open), Uri.EscapeDataString(place), url.AsSpan(close + 1));
        }

        return url;
    }

    /// <summary>Names of its places, in order.</summary>
    public IReadOnlyList<string> Places => [.. French.Split('{').Skip(1).Select(part => part[..part.IndexOf('}', StringComparison.Ordinal)].Split(':')[0])];
}
