using Ledger.Contracts.Organisations;

namespace Ledger.Silo.Tests.Organisations;

/// <summary>
/// Somebody who writes down every number that a page shows and every sum that must hold, and solves: by elimination, and by bounds, as no
/// count is below zero. Knows nothing of how the page was made.
/// </summary>
internal sealed class Attacker
{
    // Any prime above all coefficients that elimination of a system of ones can meet by chance alone.
    private const long Prime = 2_147_483_647;

    private readonly Dictionary<(int Month, int Dimension, int Value), int> unknowns = [];
    private readonly List<(Dictionary<int, int> Terms, long Sum)> equations = [];

    /// <summary>Unknown counts that have come out, by month, dimension and value; dimension −1 is the month's total.</summary>
    public IEnumerable<(int Month, int Dimension, int Value)> Found { get; }

    public int Hidden => unknowns.Count;

    public Attacker(CountedPeriod[] periods, CountedDimension[] dimensions, int months)
    {
        for (int p = 0; p < periods.Length; p++)
        {
            // The last may be several months together: month number "months" stands for it.
            bool together = p >= months;
            for (int d = 0; d < dimensions.Length; d++)
            {
                Add([.. dimensions[d].Values.Select((v, i) => (1, Term(p, d, i, v.Decisions[p]))), (-1, Term(p, -1, 0, periods[p].Decisions))]);
                for (int v = 0; together && v < dimensions[d].Values.Length; v++)
                {
                    Add([.. periods[p].Months.Select(m => (1, Term(m - 1, d, v, dimensions[d].Values[v].Decisions[m - 1]))), (-1, Term(p, d, v, dimensions[d].Values[v].Decisions[p]))]);
                }
            }

            if (together)
            {
                Add([.. periods[p].Months.Select(m => (1, Term(m - 1, -1, 0, periods[m - 1].Decisions))), (-1, Term(p, -1, 0, periods[p].Decisions))]);
            }
        }

        HashSet<int> found = [.. ByElimination(), .. ByBounds()];
        Found = unknowns.Where(u => found.Contains(u.Value)).Select(u => u.Key).ToList();
    }

    private (int Unknown, long Known) Term(int month, int dimension, int value, long? count)
    {
        if (count is { } known)
        {
            return (-1, known);
        }

        if (!unknowns.TryGetValue((month, dimension, value), out int id))
        {
            unknowns.Add((month, dimension, value), id = unknowns.Count);
        }

        return (id, 0);
    }

    private void Add(IReadOnlyList<(int Sign, (int Unknown, long Known) Term)> terms)
    {
        Dictionary<int, int> left = [];
        long sum = 0;
        foreach ((int sign, (int unknown, long known)) in terms)
        {
            if (unknown < 0)
            {
                sum -= sign * known;
            }
            else
            {
                left[unknown] = left.GetValueOrDefault(unknown) + sign;
            }
        }

        if (left.Count > 0)
        {
            equations.Add((left, sum));
        }
    }

    private IEnumerable<int> ByElimination()
    {
        int width = unknowns.Count;
        List<long[]> rows = [];
        foreach ((Dictionary<int, int> terms, long _) in equations)
        {
            long[] row = new long[width];
            foreach ((int unknown, int sign) in terms)
            {
                row[unknown] = (sign + Prime) % Prime;
            }

            rows.Add(row);
        }

        int rank = 0;
        for (int column = 0; column < width && rank < rows.Count; column++)
        {
            int pivot = rows.FindIndex(rank, r => r[column] != 0);
            if (pivot < 0)
            {
                continue;
            }

            (rows[rank], rows[pivot]) = (rows[pivot], rows[rank]);
            long inverse = Power(rows[rank][column], Prime - 2);
            for (int c = column; c < width; c++)
            {
                rows[rank][c] = rows[rank][c] * inverse % Prime;
            }

            for (int r = 0; r < rows.Count; r++)
            {
                long factor = rows[r][column];
                if (r != rank && factor != 0)
                {
                    for (int c = column; c < width; c++)
                    {
                        rows[r][c] = (rows[r][c] + ((Prime - factor) * rows[rank][c])) % Prime;
                    }
                }
            }

            rank++;
        }

        return rows.Take(rank).Where(r => r.Count(c => c != 0) == 1).Select(r => Array.FindIndex(r, c => c != 0));
    }

    private IEnumerable<int> ByBounds()
    {
        long[] least = new long[unknowns.Count], most = new long[unknowns.Count];
        Array.Fill(most, 1_000_000);
        int rounds = 0;
        for (bool narrowed = true; narrowed && rounds++ < 100;)
        {
            narrowed = false;
            foreach ((Dictionary<int, int> terms, long sum) in equations)
            {
                foreach ((int unknown, int sign) in terms)
                {
                    long lowest = 0, highest = 0;
                    foreach ((int other, int s) in terms)
                    {
                        if (other != unknown)
                        {
                            lowest += s > 0 ? least[other] : -most[other];
                            highest += s > 0 ? most[other] : -least[other];
                        }
                    }

                    long low = sign > 0 ? sum - highest : lowest - sum, high = sign > 0 ? sum - lowest : highest - sum;
                    if (low > least[unknown] || high < most[unknown])
                    {
                        (least[unknown], most[unknown]) = (Math.Max(low, least[unknown]), Math.Min(high, most[unknown]));
                        narrowed = true;
                    }
                }
            }
        }

        return Enumerable.Range(0, least.Length).Where(u => least[u] == most[u]);
    }

    private static long Power(long value, long exponent)
    {
        long result = 1;
        for (; exponent > 0; exponent >>= 1, value = value * value % Prime)
        {
            result = (exponent & 1) == 1 ? result * value % Prime : result;
        }

        return result;
    }
}
