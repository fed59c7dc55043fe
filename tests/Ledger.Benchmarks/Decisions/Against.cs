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
        RowDefinition againstRaw,
        params (RowDefinition Row, Func<AuditTable, TimeSpan, Task<double>> Rate)[] againstTable)
    {
        var contestants = new List<Contestant> { ledger };
        var measured = new List<(RowDefinition Row, int Baseline)>();
        var results = new List<Row>();
        using var raw = wanted.Contains(againstRaw) ? new RawLoad(bench, sample, workers) : null;
        if (raw is not null)
        {
            measured.Add((againstRaw, contestants.Count));
            contestants.Add(new Contestant("raw store", raw.SaturatedAsync, NeedsWarmUp: false));
        }

        var tableRows = Array.FindAll(againstTable, each => wanted.Contains(each.Row));
        await using var table = tableRows.Length > 0 && AuditTable.Binaries is not null ? await AuditTable.StartAsync(sample, workers) : null;
        foreach (var (row, rate) in tableRows)
        {
            if (table is null)
            {
                results.Add(row.NotRun("PostgreSQL is not installed"));
                continue;
            }

            measured.Add((row, contestants.Count));
            contestants.Add(new Contestant(row.Baseline!, window => rate(table, window), NeedsWarmUp: false));
        }

        var medians = await bench.InterleaveAsync([.. contestants]);
        results.InsertRange(0, measured.Select(each => each.Row.Of(medians[0], medians[each.Baseline], each.Row == againstRaw ? sample.ToString() : null)));
        return results;
    }
}
