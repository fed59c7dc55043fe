using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Organisations;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Ledger.Silo.Organisations;

/// <summary>Unit overview: keeps one organisation's counting going for as long as it is active, and answers what may be shown of it.</summary>
[Reentrant]
internal sealed class UnitOverviewGrain : Grain, IUnitOverview, IDisposable
{
    private static readonly string[] Categories = [.. Enum.GetValues<Category>().Select(UnitBatch.NameOf)];

    private readonly OrganisationRegistry organisations;
    private readonly string organisation;
    private readonly UnitCounting counting;
    private readonly int minimum;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stopping = new();
    private Task running = Task.CompletedTask;

    public UnitOverviewGrain(
        IGrainContext context, OrganisationRegistry organisations, IEventStore store, IOptions<SiloOptions> options, TimeProvider time, ILogger<UnitOverviewGrain> logger)
    {
        this.organisations = organisations;
        this.time = time;
        organisation = context.GrainId.Key.ToString()!;
        minimum = options.Value.Units.MinimumWorkers;
        counting = new UnitCounting(organisation, store, options.Value, time, logger);
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    public void Dispose() => stopping.Dispose();

    public Task<CountingProgress> KeepAsync()
    {
        if (running.IsCompleted && organisations.Find(organisation).Key is not null)
        {
            // On the thread pool: reading and counting must not hold up the grain's answers.
            running = Task.Run(() => counting.RunAsync(stopping.Token));
        }

        return Task.FromResult(counting.Progress);
    }

    public Task<CountingAnswer<UnitOverview>> OverviewAsync(string unit, int year) => AnswerAsync(counts =>
    {
        List<int> years = counts.Years();
        year = Year(year, years);
        List<PeriodFigures> months = Months(counts.Cells(unit, year * 12, (year * 12) + 11), year);
        IReadOnlyList<int> small = UnitTables.TooSmall(months, minimum);
        PeriodFigures? together = months.Count == 12 && small.Count > 1 ? Together(counts, unit, year, small) : null;
        string[] systems = [.. counts.Uses().Select(use => use.System).Distinct(StringComparer.Ordinal)];
        (CountedPeriod[] periods, CountedDimension[] dimensions) = UnitTables.Make(
            months,
            together,
            [(DimensionKind.Category, Categories), (DimensionKind.System, systems), (DimensionKind.Level, UnitTables.Levels), (DimensionKind.Adverse, UnitTables.Effects)],
            minimum);
        return new UnitOverview(unit, year, [.. years], minimum, periods, dimensions, counting.Progress);
    });

    public Task<CountingAnswer<SystemUses>> SystemUsesAsync(int year) => AnswerAsync(counts =>
    {
        List<int> years = counts.Years();
        year = Year(year, years);
        List<(int Kind, string System, string Value, CellFigures Figures)> uses = counts.Uses();
        string[] systems = [.. uses.Select(use => use.System).Distinct(StringComparer.Ordinal)];
        Dictionary<string, List<SystemUseInUnit>> found = systems.ToDictionary(s => s, _ => new List<SystemUseInUnit>(), StringComparer.Ordinal);
        foreach (IGrouping<string, (CellKey Key, CellFigures Figures)> unit in counts.Cells(null, year * 12, (year * 12) + 11)
            .Where(c => c.Key.Kind is UnitBatch.Total or (int)DimensionKind.System).GroupBy(c => c.Key.Unit, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            AddUnit(unit.Key, Months(unit, year), systems, found);
        }

        SystemUse[] answer = [.. systems.Select(system => new SystemUse(
            system,
            [.. uses.Where(u => Is(u, system, UnitBatch.SystemCategory)).Select(u => u.Value)],
            [.. uses.Where(u => Is(u, system, UnitBatch.SystemLevel)).Select(u => int.Parse(u.Value, System.Globalization.CultureInfo.InvariantCulture)).Order()],
            [.. found[system]]))];
        return new SystemUses(year, [.. years], minimum, answer, counting.Progress);
    });

    public Task<CountingAnswer<MandatesGiven>> MandatesToAsync(string representative) => AnswerAsync(counts =>
        new MandatesGiven([.. counts.MandatesTo(representative, time.GetUtcNow())], counting.Progress));

    // Only what the unit's own overview shows goes in, so that the two pages together tell no more than that one.
    private void AddUnit(string unit, List<PeriodFigures> months, string[] systems, Dictionary<string, List<SystemUseInUnit>> found)
    {
        long[] decisions = new long[systems.Length];
        int[] workers = new int[systems.Length];
        bool[] any = new bool[systems.Length], hidden = new bool[systems.Length];
        foreach (PeriodFigures month in months)
        {
            CellFigures[] cells = [.. systems.Select(s => UnitTables.Cell(month, DimensionKind.System, s))];
            bool[] shown = CellSuppression.MayShow(month.Total, minimum) ? CellSuppression.Shown(month.Total, cells, minimum) : new bool[systems.Length];
            for (int s = 0; s < systems.Length; s++)
            {
                decisions[s] += shown[s] ? cells[s].Decisions : 0;
                workers[s] = shown[s] ? Math.Max(workers[s], cells[s].Workers) : workers[s];
                any[s] |= shown[s];
                hidden[s] |= !shown[s];
            }
        }

        for (int s = 0; s < systems.Length; s++)
        {
            found[systems[s]].Add(new SystemUseInUnit(unit, any[s] ? decisions[s] : null, workers[s], hidden[s]));
        }
    }

    private bool Is((int Kind, string System, string Value, CellFigures Figures) use, string system, int kind) =>
        use.Kind == kind && string.Equals(use.System, system, StringComparison.Ordinal) && CellSuppression.MayShow(use.Figures, minimum);

    // A month counts once it is over at every work site on earth (UTC−12), so that nobody sees it grow by one decision.
    private List<PeriodFigures> Months(IEnumerable<(CellKey Key, CellFigures Figures)> cells, int year)
    {
        DateTimeOffset last = time.GetUtcNow().AddHours(-12);
        int over = Math.Clamp((last.Year * 12) + last.Month - 1 - (year * 12), 0, 12);
        List<PeriodFigures> months = [.. Enumerable.Range(0, over).Select(_ => new PeriodFigures())];
        foreach ((CellKey key, CellFigures figures) in cells.Where(c => c.Key.Month - (year * 12) < over))
        {
            Add(months[key.Month - (year * 12)], key.Kind, key.Value, figures);
        }

        return months;
    }

    private static PeriodFigures Together(UnitFile counts, string unit, int year, IReadOnlyList<int> months)
    {
        PeriodFigures together = new();
        foreach ((int kind, string value, CellFigures figures) in counts.Together(unit, [.. months.Select(m => (year * 12) + m - 1)]))
        {
            Add(together, kind, value, figures);
        }

        return together;
    }

    private static void Add(PeriodFigures period, int kind, string value, CellFigures figures)
    {
        if (kind == UnitBatch.Total)
        {
            period.Total = figures;
        }
        else
        {
            period.Cells[((DimensionKind)kind, value)] = figures;
        }
    }

    private int Year(int asked, List<int> years)
    {
        int now = time.GetUtcNow().Year;
        return asked != 0 ? asked : years.Count == 0 || years.Contains(now) ? now : years[^1];
    }

    private Task<CountingAnswer<T>> AnswerAsync<T>(Func<UnitFile, T> answer)
        where T : class
    {
        if (organisations.Find(organisation).Refusal is { } refusal)
        {
            return Task.FromResult(new CountingAnswer<T>(null, refusal));
        }

        try
        {
            return Task.FromResult(counting.File is { } counts ? new CountingAnswer<T>(answer(counts)) : Later<T>());
        }
        catch (Exception e) when (e is ObjectDisposedException or SqliteException or InvalidOperationException)
        {
            // It is being opened or made again.
            return Task.FromResult(Later<T>());
        }
    }

    private static CountingAnswer<T> Later<T>()
        where T : class => new(null, new Refusal(RefusalCode.ServiceUnavailable, "", RetryAfter: Limits.RetryAfter));
}
