using Ledger.Api.Hosting;
using Ledger.V1;
using Duration = Google.Protobuf.WellKnownTypes.Duration;
using Value = Ledger.V1.Value;

namespace Ledger.Api.Decisions;

/// <summary>Quantities, money and spans of time as people write them.</summary>
public static class ValuesInWords
{
    // ISO 4217: every currency has two decimals but these.
    private static readonly HashSet<string> WithoutDecimals =
        new(["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF"], StringComparer.Ordinal);

    private static readonly HashSet<string> WithThreeDecimals = new(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], StringComparer.Ordinal);

    /// <summary>A value of any of its five shapes; instants as a clock at the work site showed them.</summary>
    public static string Of(Value value, Words texts, string timeZone) => value.ValueCase switch
    {
        Value.ValueOneofCase.Quantity => Of(value.Quantity, texts),
        Value.ValueOneofCase.Money => Of(value.Money, texts),
        Value.ValueOneofCase.Text => value.Text,
        Value.ValueOneofCase.Instant => texts.Clock(value.Instant.ToDateTimeOffset(), timeZone),
        Value.ValueOneofCase.Flag => texts[value.Flag ? "value.yes" : "value.no"],
        _ => texts["value.none"],
    };

    /// <summary>A number with its unit.</summary>
    public static string Of(Quantity quantity, Words texts)
    {
        string number = quantity.Number.ToString("#,0.######", texts.Culture);
        return quantity.Unit switch
        {
            "1" => number,
            "%" => texts.Format("value.percent", number),
            _ => $"{number}\u00A0{Unit(quantity, texts)}",
        };
    }

    /// <summary>An amount of money.</summary>
    public static string Of(Money money, Words texts)
    {
        int decimals = WithoutDecimals.Contains(money.CurrencyCode) ? 0 : WithThreeDecimals.Contains(money.CurrencyCode) ? 3 : 2;
        decimal amount = money.MinorUnits / (decimal)Math.Pow(10, decimals);
        string number = amount.ToString($"N{decimals}", texts.Culture);
        return string.Equals(money.CurrencyCode, "CAD", StringComparison.Ordinal)
            ? texts.Format("value.dollars", number) : $"{number}\u00A0{money.CurrencyCode}";
    }

    /// <summary>A share from 0 to 1 as a percentage.</summary>
    public static string Share(double share, Words texts) => texts.Format("value.percent", (share * 100).ToString("0.#", texts.Culture));

    /// <summary>A span of time in its two largest units: « 2 heures et 5 minutes ».</summary>
    public static string Of(Duration duration, Words texts)
    {
        TimeSpan span = duration.ToTimeSpan();
        return span.TotalMinutes < 1 ? texts.Count("duration.seconds", span.TotalSeconds)
            : span.TotalHours < 1 ? Two("minutes", Math.Floor(span.TotalMinutes), "seconds", span.Seconds)
            : span.TotalDays < 2 ? Two("hours", Math.Floor(span.TotalHours), "minutes", span.Minutes)
            : Two("days", Math.Floor(span.TotalDays), "hours", span.Hours);

        string Two(string larger, double first, string smaller, double second) => second == 0
            ? texts.Count($"duration.{larger}", first)
            : texts.Format("duration.and", texts.Count($"duration.{larger}", first), texts.Count($"duration.{smaller}", second));
    }

    /// <summary>A code of the producer's as words: those many use are translated, others are shown as the producer wrote them.</summary>
    public static string Code(string code, Words texts) => texts.Find($"outcome.{code}") ?? code.Replace('_', ' ');

    // Braces mark what is counted in UCUM; people read the word inside.
    private static string Unit(Quantity quantity, Words texts)
    {
        string[] parts = quantity.Unit.Split('/');
        parts[0] = parts[0] is ['{', .. var counted, '}']
            ? texts.Find($"unit.{counted}.{(texts.IsOne(quantity.Number) ? "one" : "many")}") ?? counted
            : texts.Find($"unit.{parts[0]}") ?? parts[0];
        return string.Join('/', parts);
    }
}
