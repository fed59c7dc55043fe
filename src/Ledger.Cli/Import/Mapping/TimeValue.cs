using System.Globalization;
using Ledger.Cli.Import.Sources;

namespace Ledger.Cli.Import.Mapping;

internal enum TimeForm
{
    Iso,
    UnixSeconds,
    UnixMilliseconds,
    Pattern,
}

/// <summary>
/// An instant. A text that says its offset is taken at its word; one that does not is a clock on the wall of
/// <c>zone</c>. A wall clock that shows one time twice (autumn) is read as the first; one it never shows (spring) is refused.
/// </summary>
internal sealed class TimeValue(Expression of, TimeForm form, string? pattern, TimeZoneInfo zone, TimeSpan plus) : Expression
{
    // 0001 and 9999 stay representable after adding a zone's offset and `plusSeconds`.
    private static readonly DateTimeOffset Earliest = new(1900, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Latest = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override string Source => of.Source;

    public override object? Evaluate(Scope scope)
    {
        object? value = of.Evaluate(scope);
        if (value is null)
        {
            return null;
        }

        DateTimeOffset? instant = form switch
        {
            TimeForm.UnixSeconds => Unix(value, 1),
            TimeForm.UnixMilliseconds => Unix(value, 1000),
            _ => Wall(value, scope),
        };

        if (instant is not { } found || found < Earliest || found > Latest)
        {
            return scope.Fail(ProblemCode.NotATime, Source, ImportText.Say("NotATime", Text(value)));
        }

        return found + plus;
    }

    private static DateTimeOffset? Unix(object value, double perSecond)
    {
        double? number = value is double real ? real : value is long whole ? whole
            : double.TryParse(Text(value), NumberStyles.Float, CultureInfo.InvariantCulture, out double parsed) ? parsed : null;
        double seconds = (number ?? double.NaN) / perSecond;
        return seconds > Earliest.ToUnixTimeSeconds() && seconds < Latest.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Round(seconds * 1000))
            : null;
    }

    private DateTimeOffset? Wall(object value, Scope scope)
    {
        string text = Text(value).Trim();

        // RoundtripKind keeps what the text said about its offset; without a "Z" or an offset the kind is unspecified.
        bool read = form == TimeForm.Pattern
            ? DateTime.TryParseExact(text, pattern, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out DateTime time)
            : IsIso(text) & DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out time);
        if (!read)
        {
            return null;
        }

        if (time.Kind == DateTimeKind.Utc)
        {
            return new DateTimeOffset(time, TimeSpan.Zero);
        }

        if (zone.IsInvalidTime(time))
        {
            scope.Fail(ProblemCode.TimeDoesNotExist, Source, ImportText.Say("TimeDoesNotExist", text, zone.Id));
            return null;
        }

        TimeSpan offset = zone.IsAmbiguousTime(time) ? zone.GetAmbiguousTimeOffsets(time).Max() : zone.GetUtcOffset(time);
        return new DateTimeOffset(time, offset).ToUniversalTime();
    }

    // DateTime.TryParse takes "10/3" and "Tuesday" as well; an ISO date begins with four digits and a hyphen.
    private static bool IsIso(string text) =>
        text.Length >= 10 && text[4] == '-' && text[7] == '-' && text.AsSpan(0, 4).IndexOfAnyExceptInRange('0', '9') < 0;
}
