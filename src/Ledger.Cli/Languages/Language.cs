using System.Globalization;

namespace Ledger.Cli.Languages;

/// <summary>The language a command speaks.</summary>
/// <param name="Tag"><c>fr</c> or <c>en</c>; also what the server is asked for.</param>
/// <param name="Guessed">Nobody said which: neither the command line nor the environment.</param>
internal sealed record Language(string Tag, bool Guessed)
{
    private const string Option = "--language";

    // In the order POSIX gives them.
    private static readonly string[] Variables = ["LEDGER_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"];

    public CultureInfo Culture => CultureInfo.GetCultureInfo(string.Equals(Tag, "en", StringComparison.Ordinal) ? "en-CA" : "fr-CA");

    /// <summary>
    /// From <c>--language</c>, else the first variable that is set and names a language, else French: it is the language of work in Québec.
    /// Must be known before the command line is parsed, because help is written in it.
    /// </summary>
    public static Language Choose(IReadOnlyList<string> args, IReadOnlyDictionary<string, string> environment)
    {
        for (int i = 0; i < args.Count; i++)
        {
            string? asked = args[i].StartsWith(Option + "=", StringComparison.Ordinal) ? args[i][(Option.Length + 1)..]
                : string.Equals(args[i], Option, StringComparison.Ordinal) && i + 1 < args.Count ? args[i + 1] : null;
            if (asked is not null && Recognise(asked) is { } chosen)
            {
                return new Language(chosen, Guessed: false);
            }
        }

        foreach (string variable in Variables)
        {
            if (environment.TryGetValue(variable, out string? value) && value.Length > 0)
            {
                return Recognise(value) is { } named ? new Language(named, Guessed: false) : new Language("fr", Guessed: true);
            }
        }

        return new Language("fr", Guessed: true);
    }

    private static string? Recognise(string text) =>
        text.StartsWith("fr", StringComparison.OrdinalIgnoreCase) ? "fr"
        : text.StartsWith("en", StringComparison.OrdinalIgnoreCase) ? "en" : null;
}
