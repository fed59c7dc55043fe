using Ledger.Silo.Workers.Sealing;

namespace Ledger.Silo.Organisations.Retention;

/// <summary>What an organisation's stream says about retention.</summary>
internal sealed class RetentionState
{
    /// <summary>Decided and not yet done.</summary>
    public Dictionary<Guid, RetentionDecided> Pending { get; } = [];

    /// <summary>Classes and months that are destroyed.</summary>
    public HashSet<RetentionPeriod> Ended { get; } = [];

    /// <summary>What holds keep of these.</summary>
    public HashSet<(RetentionPeriod Period, string Worker)> Kept { get; } = [];

    /// <summary>What holds kept, and no more.</summary>
    public HashSet<(RetentionPeriod Period, string Worker)> Released { get; } = [];

    /// <summary>Holders in the key store that must have no key. Those only decided on are not among them: what a hold keeps of them may not be put aside yet.</summary>
    public IEnumerable<string> DestroyedHolders => Ended.Select(p => p.Holder).Concat(Released.Select(r => r.Period.HolderOfShare(r.Worker)));

    public void Apply(RetentionDecided decided) => Pending[decided.RetentionId] = decided;

    public void Apply(RetentionApplied applied)
    {
        if (!Pending.Remove(applied.RetentionId, out RetentionDecided? decided))
        {
            return;
        }

        Ended.UnionWith(decided.Periods.Select(p => new RetentionPeriod(p.Class, p.Month)));
        foreach ((RetentionPeriod, string) released in Each(decided.Released))
        {
            Kept.Remove(released);
            Released.Add(released);
        }

        Kept.UnionWith(Each(applied.Kept));
    }

    public static IEnumerable<(RetentionPeriod Period, string Worker)> Each(IEnumerable<WorkersOfPeriod> periods) =>
        from period in periods from worker in period.Workers select (new RetentionPeriod(period.Class, period.Month), worker);

    public static WorkersOfPeriod[] Grouped(IEnumerable<(RetentionPeriod Period, string Worker)> each) =>
        [.. each.GroupBy(e => e.Period).Select(g => new WorkersOfPeriod(g.Key.Class, g.Key.Month, [.. g.Select(e => e.Worker)]))];
}
