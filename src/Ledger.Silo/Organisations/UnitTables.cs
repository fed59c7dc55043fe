using Ledger.Contracts.Organisations;

namespace Ledger.Silo.Organisations;

/// <summary>One period of one unit, counted: the total, and for each dimension the values that occur.</summary>
internal sealed class PeriodFigures
{
    public CellFigures Total { get; set; }

    public Dictionary<(DimensionKind Kind, string Value), CellFigures> Cells { get; } = [];
}

/// <summary>
/// Makes what is shown of a unit's year. Months that may not be shown alone are shown together once the year is over; never before, because
/// a month that joined them later could be had by subtraction.
/// </summary>
internal static class UnitTables
{
    /// <summary>Names of the levels, least automated first.</summary>
    public static IReadOnlyList<string> Levels { get; } = ["0", "1", "2", "3", "4"];

    /// <summary>Names of the two values of <see cref="DimensionKind.Adverse"/>.</summary>
    public static IReadOnlyList<string> Effects { get; } = ["adverse", "other"];

    /// <summary>The months that stand alone, and those that do not.</summary>
    public static IReadOnlyList<int> TooSmall(IReadOnlyList<PeriodFigures> months, int minimum) =>
        [.. Enumerable.Range(1, months.Count).Where(month => !CellSuppression.MayShow(months[month - 1].Total, minimum))];

    /// <summary>The periods and the tables.</summary>
    /// <param name="months">The months of the year that are over, in order.</param>
    /// <param name="together">Those too small, counted as one period; nothing: they are not shown together.</param>
    /// <param name="values">Every value there can be, for each dimension.</param>
    /// <param name="minimum">Fewest workers.</param>
    public static (CountedPeriod[] Periods, CountedDimension[] Dimensions) Make(
        IReadOnlyList<PeriodFigures> months, PeriodFigures? together, IReadOnlyList<(DimensionKind Kind, IReadOnlyList<string> Values)> values, int minimum)
    {
        List<(int[] Months, PeriodFigures Figures, bool Shown)> periods =
            [.. months.Select((figures, i) => (new[] { i + 1 }, figures, CellSuppression.MayShow(figures.Total, minimum)))];
        int[] small = [.. TooSmall(months, minimum)];
        // One month alone that is too small stays too small; two or more hide each other.
        if (together is not null && small.Length > 1 && CellSuppression.MayShow(together.Total, minimum))
        {
            periods.Add((small, together, true));
        }

        CountedDimension[] dimensions = [.. values.Select(dimension =>
        {
            bool[]?[] shown = [.. periods.Select(period => period.Shown
                ? CellSuppression.Shown(period.Figures.Total, [.. dimension.Values.Select(value => Cell(period.Figures, dimension.Kind, value))], minimum, period.Months.Length > 1)
                : null)];
            return new CountedDimension(dimension.Kind, [.. dimension.Values.Select((value, v) => new CountedValue(
                value, [.. periods.Select((period, p) => shown[p]?[v] == true ? Cell(period.Figures, dimension.Kind, value).Decisions : (long?)null)]))]);
        })];
        return ([.. periods.Select(p => new CountedPeriod(p.Months, p.Shown ? p.Figures.Total.Decisions : null))], dimensions);
    }

    public static CellFigures Cell(PeriodFigures figures, DimensionKind kind, string value) => figures.Cells.GetValueOrDefault((kind, value));
}
