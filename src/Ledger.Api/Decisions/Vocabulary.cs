using System.Collections.Concurrent;
using System.Collections.Frozen;

namespace Ledger.Api.Decisions;

/// <summary>The closed lists that values are held against: units, currencies, time zones.</summary>
internal static class Vocabulary
{
    private static readonly string[] Counted = ["1", "kg", "km", "{item}", "{task}", "{call}", "{case}", "{point}", "{person}", "{capture}"];

    /// <summary>UCUM codes accepted as units; listed in <c>docs/units.md</c>.</summary>
    public static readonly FrozenSet<string> Units = Counted
        .Concat(["%", "s", "min", "h", "d", "wk", "mo", "a", "m", "g", "t", "L"])
        .Concat(from counted in Counted from per in new[] { "min", "h", "d", "wk" } select $"{counted}/{per}")
        .ToFrozenSet(StringComparer.Ordinal);

    /// <summary>ISO 4217 codes in use on 2026-01-01.</summary>
    private static readonly FrozenSet<string> Currencies = (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK "
        + "DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS "
        + "KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD "
        + "OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP "
        + "TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    // Only names that exist are kept, so this is as bounded as the time zone database.
    private static readonly ConcurrentDictionary<string, bool> TimeZones = new(StringComparer.Ordinal);

    public static bool IsCurrency(string code) => Currencies.Contains(code);

    public static bool IsTimeZone(string name)
    {
        if (TimeZones.ContainsKey(name))
        {
            return true;
        }

        if (!TimeZoneInfo.TryFindSystemTimeZoneById(name, out TimeZoneInfo? zone) || !zone.HasIanaId)
        {
            return false;
        }

        TimeZones[name] = true;
        return true;
    }
}
