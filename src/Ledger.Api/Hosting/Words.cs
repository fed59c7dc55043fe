using System.Globalization;
using System.Resources;

[assembly: NeutralResourcesLanguage("en")]

namespace Ledger.Api.Hosting;

/// <summary>
/// The words people read, in their language, with numbers, dates and clocks as that language writes them. Texts that every reader of decisions
/// needs are always there; a page or a command adds its own.
/// </summary>
/// <param name="culture"><c>fr-CA</c> or <c>en-CA</c>.</param>
/// <param name="own">Texts of the page or command; looked at first.</param>
public class Words(CultureInfo culture, params IReadOnlyList<ResourceManager> own)
{
    internal static readonly ResourceManager OfDecisions = new("Ledger.Api.Decisions.DecisionTexts", typeof(Words).Assembly);

    /// <summary>The language, and how it writes numbers.</summary>
    public CultureInfo Culture { get; } = culture;

    /// <summary>Whether it is French.</summary>
    public bool IsFrench => string.Equals(Culture.TwoLetterISOLanguageName, "fr", StringComparison.Ordinal);

    /// <summary>A text that must be there.</summary>
    public string this[string key] => Find(key) ?? throw new InvalidOperationException($"There is no text '{key}'.");

    /// <summary>A text that there may not be, for words of an open set.</summary>
    public string? Find(string key)
    {
        foreach (ResourceManager texts in own)
        {
            if (texts.GetString(key, Culture) is { } found)
            {
                return found;
            }
        }

        return OfDecisions.GetString(key, Culture);
    }

    /// <summary>A text with its places filled.</summary>
    public string Format(string key, params object?[] arguments) => string.Format(Culture, this[key], arguments);

    /// <summary>One of two forms, by the language's rule: French counts zero as one.</summary>
    public string Count(string key, double number) => Format(IsOne(number) ? $"{key}.one" : $"{key}.many", number);

    /// <summary>Whether a number takes the singular.</summary>
    public bool IsOne(double number) => IsFrench ? Math.Abs(number) < 2 : Math.Abs(number - 1) < double.Epsilon;

    /// <summary>A day as a calendar at the work site showed it: « 1er mars 2026 ».</summary>
    public string Day(DateTimeOffset instant, string timeZone) => Dated(At(instant, timeZone), "format.day");

    /// <summary>A month of the calendar: « mars 2026 ».</summary>
    public string Month(int year, int month) => new DateTime(year, month, 1).ToString(this["format.month"], Culture);

    /// <summary>An instant as calendar and clock at the work site showed it: « 3 mars 2026 à 17 h 20 ».</summary>
    public string Clock(DateTimeOffset instant, string timeZone)
    {
        DateTimeOffset local = At(instant, timeZone);
        return Format("format.dayAndClock", Dated(local, "format.day"), Time(instant, timeZone));
    }

    /// <summary>A clock alone: « 17 h 20 ».</summary>
    public string Time(DateTimeOffset instant, string timeZone)
    {
        DateTimeOffset local = At(instant, timeZone);
        return local.ToString(this[local.Minute == 0 ? "format.clockOnTheHour" : "format.clock"], Culture);
    }

    /// <summary>Calendar, clock and the zone's name.</summary>
    public string Instant(DateTimeOffset instant, string timeZone) => Format("format.zoned", Clock(instant, timeZone), Zone(timeZone).Id);

    /// <summary>An instant in the work site's time zone; an unknown zone reads as UTC.</summary>
    public static DateTimeOffset At(DateTimeOffset instant, string timeZone) => TimeZoneInfo.ConvertTime(instant, Zone(timeZone));

    private string Dated(DateTimeOffset local, string format)
    {
        string day = local.ToString(this[format], Culture);
        // OQLF: the first of a month, and no other day, is an ordinal.
        return IsFrench && local.Day == 1 ? "1er" + day[1..] : day;
    }

    private static TimeZoneInfo Zone(string name) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(name, out TimeZoneInfo? zone) ? zone : TimeZoneInfo.Utc;
}
