namespace Ledger.Silo.Organisations;

/// <summary>Of one cell: what is needed to say whether it may be shown.</summary>
/// <param name="Decisions">Decisions.</param>
/// <param name="Workers">Distinct workers.</param>
/// <param name="Largest">Decisions about the worker who has the most.</param>
internal readonly record struct CellFigures(long Decisions, int Workers, long Largest);

/// <summary>
/// What of a table may be shown (docs/decisions/0009-unit-overview.md). Everything shown is a function of one period of one unit, and periods do
/// not overlap; so what is hidden cannot be had by subtracting other months or units, and it is enough that nothing in one row tells it.
/// </summary>
internal static class CellSuppression
{
    /// <summary>One worker may make up at most this share of what is shown, in percent (dominance rule).</summary>
    private const int LargestShare = 80;

    /// <summary>Whether a cell, taken alone, is about enough people, none of whom makes it up.</summary>
    public static bool MayShow(CellFigures cell, int minimum) => cell.Workers >= minimum && !IsDominated(cell.Decisions, cell.Largest);

    /// <summary>Which cells of one row may be shown beside their total, which is shown.</summary>
    /// <param name="total">The row's total.</param>
    /// <param name="cells">Every value that there can be, those without decisions too: were they left out, the rest would be known to be there.</param>
    /// <param name="minimum">Fewest workers.</param>
    /// <param name="isTogether">Whether the row is made of several that are hidden: a zero would be the zero of each of them.</param>
    public static bool[] Shown(CellFigures total, IReadOnlyList<CellFigures> cells, int minimum, bool isTogether = false)
    {
        bool[] shown = new bool[cells.Count];
        Array.Fill(shown, true);
        if (cells.Count == 1)
        {
            // Where there is only one, the total has said it.
            return shown;
        }

        // In a small group 0 % and 100 % say something about everybody in it.
        bool zeroTells = isTogether || total.Workers < 2 * minimum;
        bool any = false;
        for (int i = 0; i < shown.Length; i++)
        {
            shown[i] = cells[i].Decisions == 0 ? !zeroTells : MayShow(cells[i], minimum);
            any |= !shown[i];
        }

        if (any)
        {
            Complete(cells, shown, minimum);
        }

        return shown;
    }

    // What is hidden has a sum, the total less what is shown: that sum must be as good as a cell that may be shown, and be made of two cells or more.
    private static void Complete(IReadOnlyList<CellFigures> cells, bool[] shown, int minimum)
    {
        for (int i = 0; i < shown.Length; i++)
        {
            // Beside hidden cells a zero would tell that those are none.
            shown[i] &= cells[i].Decisions > 0;
        }

        // Equals go together: which of them was taken would say that it is one of them.
        Queue<int[]> next = new(Enumerable.Range(0, cells.Count).Where(i => shown[i])
            .GroupBy(i => (cells[i].Workers, cells[i].Decisions)).OrderBy(equals => equals.Key).Select(equals => equals.ToArray()));
        while (!HidesEnough(cells, shown, minimum) && next.TryDequeue(out int[]? smallest))
        {
            Array.ForEach(smallest, i => shown[i] = false);
        }
    }

    private static bool HidesEnough(IReadOnlyList<CellFigures> cells, bool[] shown, int minimum)
    {
        int hidden = 0, workers = 0;
        long decisions = 0, largest = 0;
        for (int i = 0; i < shown.Length; i++)
        {
            if (!shown[i])
            {
                hidden++;
                decisions += cells[i].Decisions;
                // Who is in several cells is not known here: at least as many as in the biggest, at most as dominant as all largest together.
                workers = Math.Max(workers, cells[i].Workers);
                largest += cells[i].Largest;
            }
        }

        return hidden >= 2 && workers >= minimum && !IsDominated(decisions, largest);
    }

    private static bool IsDominated(long decisions, long largest) => largest * 100 > decisions * LargestShare;
}
