namespace Ledger.Cli.Import;

/// <summary>What an import has done so far. Every row is in exactly one of: with decisions, part of another, skipped, bad.</summary>
internal sealed class ImportCounts
{
    public long Rows { get; set; }

    public long RowsWithDecisions { get; set; }

    public long RowsPartOf { get; set; }

    public long RowsSkipped { get; set; }

    public long BadRows { get; set; }

    public long Decisions { get; set; }

    public long Recorded { get; set; }

    public long Already { get; set; }

    public long Refused { get; set; }

    /// <summary>Decisions made, by the mapping's rule.</summary>
    public SortedDictionary<string, long> ByRule { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Rows told within the decision of another row.</summary>
    public SortedDictionary<string, long> PartOf { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Rows that are no decision about a worker, by the mapping's reason.</summary>
    public SortedDictionary<string, long> Skipped { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Bad rows by code.</summary>
    public SortedDictionary<string, long> Bad { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Refused decisions by the server's code.</summary>
    public SortedDictionary<string, long> RefusedBy { get; init; } = new(StringComparer.Ordinal);

    public static void Count(SortedDictionary<string, long> counts, string name, long more = 1) =>
        counts[name] = counts.GetValueOrDefault(name) + more;

    public void Add(ImportCounts other)
    {
        Rows += other.Rows;
        RowsWithDecisions += other.RowsWithDecisions;
        RowsPartOf += other.RowsPartOf;
        RowsSkipped += other.RowsSkipped;
        BadRows += other.BadRows;
        Decisions += other.Decisions;
        Recorded += other.Recorded;
        Already += other.Already;
        Refused += other.Refused;
        Add(ByRule, other.ByRule);
        Add(PartOf, other.PartOf);
        Add(Skipped, other.Skipped);
        Add(Bad, other.Bad);
        Add(RefusedBy, other.RefusedBy);
    }

    private static void Add(SortedDictionary<string, long> to, SortedDictionary<string, long> from)
    {
        foreach ((string name, long count) in from)
        {
            Count(to, name, count);
        }
    }
}
