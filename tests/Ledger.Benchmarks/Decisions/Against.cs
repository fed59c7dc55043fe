using Ledger.Benchmarks.Postgres;

namespace Ledger.Benchmarks.Decisions;

/// <summary>Measures the ledger in turn with those baselines whose rows are wanted.</summary>
internal static class Against
{
    public static async Task<IReadOnlyList<Row>> BaselinesAsync(
        Bench bench,
        IReadOnlyList<RowDefinition> wanted,
        StoredSample sample,
        int workers,
        Contestant ledger,
        (RowDefinition Raw, RowDefinition Postgres) rows,
        Func<RawLoad, Func<TimeSpan, Task<double>>> rawRate,
        Func<AuditTable, Func<TimeSpan, Task<double>>> tableRate)
    {
        var contestants = new List<Contestant> { ledger };
        var measured = new List<(RowDefinition Row, int Baseline)>();
        var results = new List<Row>();
        using var raw = wanted.Contains(rows.Raw) ? new RawLoad(bench, sample, workers) : null;
        if (raw is not null)
        {
            measured.Add((rows.Raw, contestants.Count));
            contestants.Add(new Contestant("raw store", rawRate(raw), NeedsWarmUp: false));
        }

        await using var table = wanted.Contains(rows.Postgres) && AuditTable.Binaries is not null ? await AuditTable.StartAsync(sample, workers) : null;
        if (table is not null)
        {
            measured.Add((rows.Postgres, contestants.Count));
            contestants.Add(new Contestant("audit table", tableRate(table), NeedsWarmUp: false));
        }

        var medians = await bench.InterleaveAsync([.. contestants]);
        results.AddRange(measured.Select(each => each.Row.Of(medians[0], medians[each.Baseline], each.Row == rows.Raw ? sample.ToString() : null)));
        if (table is null && wanted.Contains(rows.Postgres))
        {
            results.Add(rows.Postgres.NotRun("PostgreSQL is not installed"));
        }

        return results;
    }
}
