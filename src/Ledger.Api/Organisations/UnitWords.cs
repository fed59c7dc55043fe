using Ledger.Api.Hosting;

namespace Ledger.Api.Organisations;

/// <summary>Words for periods and values of counts.</summary>
internal static class UnitWords
{
    /// <summary>« mars 2026 », or « janvier, mars et avril 2026 ensemble ».</summary>
    public static string Period(Words words, int year, V1.CountedPeriod period) => period.Months.Count == 1
        ? words.Month(year, period.Months[0])
        : words.Format("unit.together", string.Join(words["unit.comma"], period.Months.Select(month => Name(words, month, "MMMM"))), year);

    /// <summary>« janv. »</summary>
    public static string ShortMonth(Words words, int month) => Name(words, month, "MMM");

    /// <summary>A value's words; a system has its own name.</summary>
    public static string Value(Words words, string dimension, string value) => words.Find($"unit.{dimension}.{value}") ?? value;

    private static string Name(Words words, int month, string format) => new DateTime(2000, month, 1).ToString(format, words.Culture);
}
