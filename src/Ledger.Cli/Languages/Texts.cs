using System.Globalization;
using System.Resources;

[assembly: NeutralResourcesLanguage("en")]

namespace Ledger.Cli.Languages;

/// <summary>The words people read, in their language, with numbers and dates as that language writes them.</summary>
internal sealed class Texts(CultureInfo culture)
{
    private static readonly ResourceManager Resources = new("Ledger.Cli.Languages.Texts", typeof(Texts).Assembly);

    public CultureInfo Culture { get; } = culture;

    public string this[string key] =>
        Resources.GetString(key, Culture) ?? throw new InvalidOperationException($"There is no text '{key}'.");

    public string Format(string key, params object?[] arguments) => string.Format(Culture, this[key], arguments);

    /// <summary>One of two forms, by the language's rule: French counts zero as one.</summary>
    public string Count(string key, long number)
    {
        bool one = string.Equals(Culture.TwoLetterISOLanguageName, "fr", StringComparison.Ordinal) ? Math.Abs(number) < 2 : number == 1;
        return Format(one ? $"{key}.one" : $"{key}.many", number);
    }

    /// <summary>An instant as a clock at the work site showed it.</summary>
    public string Clock(DateTimeOffset instant, string timeZone) =>
        TimeZoneInfo.ConvertTime(instant, Zone(timeZone)).ToString(this["format.instant"], Culture);

    /// <summary>The same with the zone's name.</summary>
    public string Instant(DateTimeOffset instant, string timeZone) => Format("format.zoned", Clock(instant, timeZone), Zone(timeZone).Id);

    private static TimeZoneInfo Zone(string name) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(name, out TimeZoneInfo? zone) ? zone : TimeZoneInfo.Utc;
}
