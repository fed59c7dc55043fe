using Ledger.Cli.Languages;
using Ledger.V1;
using Duration = Google.Protobuf.WellKnownTypes.Duration;
using Value = Ledger.V1.Value;

namespace Ledger.Cli.Decisions;

/// <summary>Quantities, money and spans of time as people write them.</summary>
internal static class ValuesInWords
{
    // ISO 4217: every currency has two decimals but these.
    private static readonly HashSet<string> WithoutDecimals =
        new(["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"], StringComparer.Ordinal);

    private static readonly HashSet<string> WithThreeDecimals = new(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], StringComparer.Ordinal);

    public static string Of(Value value, Texts texts, string timeZone) => value.ValueCase switch
    {
        Value.ValueOneofCase.Quantity => Of(value.Quantity, texts),
        Value.ValueOneofCase.Money => Of(value.Money, texts),
        Value.ValueOneofCase.Text => value.Text,
        Value.ValueOneofCase.Instant => texts.Clock(value.Instant.ToDateTimeOffset(), timeZone),
        Value.ValueOneofCase.Flag => texts[value.Flag ? "value.yes" : "value.no"],
        _ => texts["value.none"],
    };

    public static string Of(Quantity quantity, Texts texts)
    {
        string number = quantity.Number.ToString("#,0.######", texts.Culture);
        // Braces mark what is counted in UCUM; people read the word inside.
        string unit = quantity.Unit.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal);
        return unit switch
        {
            "1" => number,
            "%" => texts.Format("value.percent", number),
            _ => $"{number}\u00A0{unit}",
        };
    }

    public static string Of(Money money, Texts texts)
    {
        int decimals = WithoutDecimals.Contains(money.CurrencyCode) ? 0 : WithThreeDecimals.Contains(money.CurrencyCode) ? 3 : 2;
        decimal amount = money.MinorUnits / (decimal)Math.Pow(10, decimals);
        string number = amount.ToString($"N{decimals}", texts.Culture);
        return string.Equals(money.CurrencyCode, "CAD", StringComparison.Ordinal)
            ? texts.Format("value.dollars", number) : $"{number}\u00A0{money.CurrencyCode}";
    }

    /// <summary>A share from 0 to 1 as a percentage.</summary>
    public static string Share(double share, Texts texts) => texts.Format("value.percent", (share * 100).ToString("0.#", texts.Culture));

    public static string Of(Duration duration, Texts texts)
    {
        TimeSpan span = duration.ToTimeSpan();
        return span.TotalMinutes < 1 ? texts.Format("value.seconds", span.TotalSeconds)
            : span.TotalHours < 1 ? texts.Format("value.minutes", Math.Floor(span.TotalMinutes), span.Seconds)
            : texts.Format("value.hours", Math.Floor(span.TotalHours), span.Minutes);
    }

    /// <summary>A code of the producer's, as words: <c>shift_moved</c> is "shift moved".</summary>
    public static string Code(string code) => code.Replace('_', ' ').Replace('-', ' ').Replace('.', ' ');
}
