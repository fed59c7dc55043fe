using System.Collections.Concurrent;
using System.Text.Json;
using FluentAssertions;
using Ledger.Contracts.Organisations;
using Ledger.Silo.Organisations;
using Xunit;
using Xunit.Abstractions;

namespace Ledger.Silo.Tests.Organisations;

public sealed class CellSuppressionTests(ITestOutputHelper output)
{
    private const int Populations = 10_000, Seed = 20_261_125;

    // Fewer people than the minimum, exactly as many, one of them making up four fifths of the cell and more than that.
    [Theory]
    [InlineData(20, 4, 5, false)]
    [InlineData(20, 5, 4, true)]
    [InlineData(20, 5, 16, true)]
    [InlineData(20, 5, 17, false)]
    [InlineData(0, 0, 0, false)]
    public void Cell_Alone_IsShownForEnoughPeopleOfWhomNoneMakesItUp(int decisions, int workers, int largest, bool shown) =>
        CellSuppression.MayShow(new CellFigures(decisions, workers, largest), 5).Should().Be(shown);

    [Fact]
    public void OneSmallCell_TakesTheNextSmallestWithIt() =>
        CellSuppression.Shown(new CellFigures(60, 30, 3), [new(3, 3, 1), new(17, 10, 2), new(40, 25, 3)], 5).Should().Equal(false, false, true);

    [Fact]
    public void EverybodyInASmallGroup_IsNotTold() =>
        CellSuppression.Shown(new CellFigures(12, 6, 3), [new(12, 6, 3), default], 5).Should().Equal(false, false);

    [Fact]
    public void Zero_InALargeGroupWithNothingHidden_IsZero() =>
        CellSuppression.Shown(new CellFigures(40, 30, 3), [new(40, 30, 3), default], 5).Should().Equal(true, true);

    [Fact]
    public void Zero_BesideHiddenCells_IsHiddenToo() =>
        CellSuppression.Shown(new CellFigures(60, 30, 3), [new(3, 3, 1), new(17, 10, 2), new(40, 25, 3), default], 5).Should().Equal(false, false, true, false);

    [Fact]
    public void TooSmallMonths_OfAYearThatIsOver_AreShownTogether_OneAloneIsNot()
    {
        PeriodFigures small = new() { Total = new CellFigures(4, 4, 1) }, both = new() { Total = new CellFigures(8, 7, 2) }, large = new() { Total = new CellFigures(90, 40, 5) };

        UnitTables.Make([small, large, small], both, [], 5).Periods.Select(p => (string.Join('+', p.Months), p.Decisions)).Should()
            .Equal(("1", null), ("2", 90), ("3", null), ("1+3", 8));
        UnitTables.Make([small, large, large], both, [], 5).Periods.Select(p => p.Decisions).Should().Equal(null, 90, 90);
        UnitTables.Make([small, large, small], null, [], 5).Periods.Select(p => p.Decisions).Should().Equal(null, 90, null);
    }

    [Fact]
    public void TenThousandSmallPopulations_NothingHidden_ComesOutBySolving()
    {
        ConcurrentBag<string> broken = [];
        long hidden = 0, shown = 0, together = 0;
        Parallel.For(0, Populations, i =>
        {
            SmallPopulation population = SmallPopulation.Make(new Random(Seed + i));
            for (int unit = 0; unit < 2; unit++)
            {
                (CountedPeriod[] periods, CountedDimension[] dimensions) = population.Shown(unit);
                Attacker attacker = new(periods, dimensions, population.Months);
                foreach ((int month, int dimension, int value) in attacker.Found)
                {
                    broken.Add($"seed {Seed + i}, unit {unit}: month {month}, dimension {dimension}, value {value}");
                }

                Interlocked.Add(ref hidden, attacker.Hidden);
                Interlocked.Add(ref shown, dimensions.Sum(d => d.Values.Sum(v => v.Decisions.Count(c => c is not null))));
                Interlocked.Add(ref together, periods.Length - population.Months);
            }
        });

        output.WriteLine($"{hidden} counts hidden, {shown} shown, {together} times months together");
        broken.Should().BeEmpty();
        hidden.Should().BePositive();
        shown.Should().BeGreaterThan(Populations, "what shows nothing hides everything too");
        together.Should().BePositive();
    }

    /// <summary>
    /// Against whoever knows the method too: for every hidden count there is another population in which it is different and of which both units'
    /// pages are the same, to the last character.
    /// </summary>
    [Fact]
    public void EveryHiddenCount_CouldBeAnother_OfWhichThePagesAreTheSame()
    {
        ConcurrentBag<string> told = [];
        long looked = 0;
        Parallel.For(0, 200, i =>
        {
            Random random = new(Seed - 1 - i);
            SmallPopulation population = SmallPopulation.Make(random);
            for (int unit = 0; unit < 2; unit++)
            {
                (CountedPeriod[] periods, CountedDimension[] dimensions) = population.Shown(unit);
                string page = JsonSerializer.Serialize((periods, dimensions), Fields);
                for (int month = 0; month < population.Months; month++)
                {
                    for (int d = 0; d < dimensions.Length; d++)
                    {
                        for (int v = 0; v < dimensions[d].Values.Length; v++)
                        {
                            if (dimensions[d].Values[v].Decisions[month] is null)
                            {
                                Interlocked.Increment(ref looked);
                                if (!Others(population, unit, month, d, v, dimensions[d].Values.Length).Any(other =>
                                    other.Count(unit, month, d, v) != population.Count(unit, month, d, v) && JsonSerializer.Serialize(other.Shown(unit), Fields) == page))
                                {
                                    told.Add($"seed {Seed - 1 - i}, unit {unit}, month {month}, dimension {d}, value {v} = {population.Count(unit, month, d, v)} of {population.Count(unit, month)}: "
                                        + string.Join(',', periods.Select(p => $"{string.Join('+', p.Months)}={p.Decisions}")) + " " + string.Join('|', dimensions[d].Values.Select((x, n) => string.Join(',', x.Decisions.Select(c => c?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "*")) + "(" + population.Count(unit, month, d, n) + ")")));
                                }
                            }
                        }
                    }
                }
            }
        });

        output.WriteLine($"{looked} hidden counts, {told.Count} without a double: {string.Join("; ", told.Take(5))}");
        told.Should().BeEmpty();
    }

    private static readonly JsonSerializerOptions Fields = new() { IncludeFields = true };

    /// <summary>Populations that differ a little: two values change places, one decision changes its value, or two months change places.</summary>
    private static IEnumerable<SmallPopulation> Others(SmallPopulation population, int unit, int month, int dimension, int value, int values)
    {
        bool Here(Decided d) => d.Unit == unit && d.Month == month;
        for (int other = 0; other < values; other++)
        {
            if (other != value)
            {
                int o = other;
                yield return population.With(d => !Here(d) ? d : d.Values[dimension] == value ? Valued(d, dimension, o) : d.Values[dimension] == o ? Valued(d, dimension, value) : d);
                for (int from = 0; from < 2; from++)
                {
                    foreach (Decided one in population.Decisions.Where(d => Here(d) && d.Values[dimension] == (from == 0 ? value : o)))
                    {
                        yield return population.With(d => ReferenceEquals(d, one) ? Valued(d, dimension, from == 0 ? o : value) : d);
                    }
                }
            }
        }

        for (int o = 0; o < values; o++)
        {
            // The two values in all months at once.
            int other = o;
            yield return population.With(d => d.Unit != unit ? d : d.Values[dimension] == value ? Valued(d, dimension, other) : d.Values[dimension] == other ? Valued(d, dimension, value) : d);
        }

        for (int m = 0; m < population.Months; m++)
        {
            int other = m;
            foreach (Decided one in population.Decisions.Where(d => d.Unit == unit && d.Month == other))
            {
                yield return population.With(d => ReferenceEquals(d, one) ? Valued(d with { Month = month }, dimension, value) : d);
            }

            yield return population.With(d => d.Unit != unit ? d : d.Month == month ? d with { Month = other } : d.Month == other ? d with { Month = month } : d);
            foreach (Decided one in population.Decisions.Where(d => d.Unit == unit && (d.Month == month || d.Month == other)))
            {
                yield return population.With(d => ReferenceEquals(d, one) ? d with { Month = d.Month == month ? other : month } : d);
            }
        }

        // A month of which nothing is shown could have one decision more, about somebody who is in it.
        foreach (Decided one in population.Decisions.Where(d => d.Unit == unit && d.Month == month))
        {
            yield return population.Plus(Valued(one with { }, dimension, value));
        }

        yield return population.Plus(new Decided(unit, month, (unit * 100) + 99, [.. Enumerable.Range(0, SmallPopulation.Values.Length).Select(d => d == dimension ? value : 0)]));
    }

    private static Decided Valued(Decided decided, int dimension, int value)
    {
        int[] values = [.. decided.Values];
        values[dimension] = value;
        return decided with { Values = values };
    }
}
