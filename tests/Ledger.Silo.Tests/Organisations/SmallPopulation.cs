using Ledger.Contracts.Organisations;
using Ledger.Silo.Organisations;

namespace Ledger.Silo.Tests.Organisations;

/// <summary>A small population made by chance: two units, some months, few people; skewed as real ones are.</summary>
internal sealed class SmallPopulation
{
    public const int Minimum = 5;

    public static readonly (DimensionKind Kind, IReadOnlyList<string> Values)[] Values =
    [
        (DimensionKind.Category, ["A", "B", "C", "D", "E"]), (DimensionKind.System, ["S", "T", "U"]), (DimensionKind.Level, UnitTables.Levels), (DimensionKind.Adverse, UnitTables.Effects),
    ];

    private SmallPopulation(List<Decided> decisions, int months, bool isOver) => (Decisions, Months, IsOver) = (decisions, months, isOver);

    public List<Decided> Decisions { get; }

    public int Months { get; }

    /// <summary>Whether the year is over.</summary>
    public bool IsOver { get; }

    public static SmallPopulation Make(Random random)
    {
        int months = random.Next(1, 7), workers = random.Next(1, 41), count = random.Next(1, 60 * months);
        double skew = 1 + (3 * random.NextDouble());
        int Skewed(int n) => (int)(n * Math.Pow(random.NextDouble(), skew));
        List<Decided> decisions = [];
        for (int i = 0; i < count; i++)
        {
            int unit = random.Next(2);
            decisions.Add(new Decided(
                unit, random.Next(months), (unit * 100) + Skewed(workers),
                [Skewed(5), Skewed(3), Skewed(5), Skewed(2)]));
        }

        return new SmallPopulation(decisions, months, random.Next(2) == 0);
    }

    public SmallPopulation With(Func<Decided, Decided> change) => new([.. Decisions.Select(change)], Months, IsOver);

    public SmallPopulation Plus(Decided one) => new([.. Decisions, one], Months, IsOver);

    /// <summary>What the page of a unit shows.</summary>
    public (CountedPeriod[] Periods, CountedDimension[] Dimensions) Shown(int unit)
    {
        List<PeriodFigures> months = [.. Enumerable.Range(0, Months).Select(m => Figures(d => d.Unit == unit && d.Month == m))];
        IReadOnlyList<int> small = UnitTables.TooSmall(months, Minimum);
        return UnitTables.Make(months, IsOver ? Figures(d => d.Unit == unit && small.Contains(d.Month + 1)) : null, Values, Minimum);
    }

    /// <summary>The true number.</summary>
    public long Count(int unit, int month, int dimension = -1, int value = -1) =>
        Decisions.Count(d => d.Unit == unit && d.Month == month && (dimension < 0 || d.Values[dimension] == value));

    private PeriodFigures Figures(Func<Decided, bool> which)
    {
        List<Decided> chosen = [.. Decisions.Where(which)];
        PeriodFigures figures = new() { Total = Cell(chosen) };
        for (int d = 0; d < Values.Length; d++)
        {
            foreach (IGrouping<int, Decided> value in chosen.GroupBy(c => c.Values[d]))
            {
                figures.Cells[(Values[d].Kind, Values[d].Values[value.Key])] = Cell([.. value]);
            }
        }

        return figures;
    }

    private static CellFigures Cell(List<Decided> decisions)
    {
        int[] perWorker = [.. decisions.CountBy(d => d.Worker).Select(w => w.Value)];
        return new CellFigures(decisions.Count, perWorker.Length, perWorker.DefaultIfEmpty(0).Max());
    }
}

/// <summary>A decision of a small population.</summary>
internal sealed record Decided(int Unit, int Month, int Worker, int[] Values);
