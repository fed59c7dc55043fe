using System.Text.Json;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Organisations;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.Silo.Workers;

namespace Ledger.Silo.Organisations;

/// <summary>Where a decision is counted.</summary>
/// <param name="Unit">Bargaining unit; empty without one.</param>
/// <param name="Month">Months since year 0 at the work site; 0: all of them.</param>
/// <param name="Kind">Dimension, or one of <see cref="UnitBatch"/>'s own.</param>
/// <param name="Value">Value.</param>
internal readonly record struct CellKey(string Unit, int Month, int Kind, string Value);

/// <summary>What a run of events adds to the counts. Only the part of an event that is in the clear is read.</summary>
internal sealed class UnitBatch(string organisation)
{
    /// <summary>Kinds of cells beside the dimensions: a month's total, and which categories and levels a system is used for.</summary>
    public const int Total = 0, SystemCategory = 10, SystemLevel = 11;

    /// <summary>Decisions by cell and worker.</summary>
    public Dictionary<CellKey, Dictionary<string, long>> Cells { get; } = [];

    /// <summary>Mandates given.</summary>
    public List<MandateGiven> Given { get; } = [];

    /// <summary>Mandates taken back.</summary>
    public List<Guid> Withdrawn { get; } = [];

    /// <summary>Workers whose record is erased: their mandates are over.</summary>
    public List<string> Erased { get; } = [];

    /// <summary>The last event read.</summary>
    public RecordedEvent? Last { get; private set; }

    public int Events { get; private set; }

    public void Add(RecordedEvent stored)
    {
        Last = stored;
        Events++;
        if (WorkerStream.WorkerOf(organisation, stored.Stream) is not { } worker)
        {
            return;
        }

        switch (stored.Type)
        {
            case DecisionRecorded.Type or DecisionRecorded.TypeInTheClear:
                Count(worker, OrganisationState.Read(stored, DecisionJson.Default.RecordedAct).Act);
                break;
            case MandateGiven.Type:
                Given.Add(OrganisationState.Read(stored, WorkerJson.Default.MandateGiven));
                break;
            case MandateWithdrawn.Type:
                Withdrawn.Add(OrganisationState.Read(stored, WorkerJson.Default.MandateWithdrawn).MandateId);
                break;
            case RecordErased.Type:
                Erased.Add(worker);
                break;
        }
    }

    /// <summary>A category as the contract writes it.</summary>
    public static string NameOf(Category category) => JsonNamingPolicy.SnakeCaseUpper.ConvertName(category.ToString());

    /// <summary>Months since year 0 of an instant at a work site; an unknown zone counts as UTC.</summary>
    private static int MonthOf(DateTimeOffset instant, string timeZone)
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(instant, TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out TimeZoneInfo? zone) ? zone : TimeZoneInfo.Utc);
        return (local.Year * 12) + local.Month - 1;
    }

    private void Count(string worker, DecisionAct act)
    {
        string unit = act.BargainingUnit ?? "", system = act.System.SystemId, category = NameOf(act.Category);
        string level = UnitTables.Levels[act.Automation.Level];
        int month = MonthOf(act.Times.DecidedAt, act.Times.TimeZone);
        Count(new CellKey(unit, month, Total, ""), worker);
        Count(new CellKey(unit, month, (int)DimensionKind.Category, category), worker);
        Count(new CellKey(unit, month, (int)DimensionKind.System, system), worker);
        Count(new CellKey(unit, month, (int)DimensionKind.Level, level), worker);
        Count(new CellKey(unit, month, (int)DimensionKind.Adverse, UnitTables.Effects[act.Adverse ? 0 : 1]), worker);
        Count(new CellKey("", 0, SystemCategory, $"{system}\n{category}"), worker);
        Count(new CellKey("", 0, SystemLevel, $"{system}\n{level}"), worker);
    }

    private void Count(CellKey cell, string worker)
    {
        if (!Cells.TryGetValue(cell, out Dictionary<string, long>? workers))
        {
            Cells.Add(cell, workers = new Dictionary<string, long>(StringComparer.Ordinal));
        }

        workers[worker] = workers.GetValueOrDefault(worker) + 1;
    }
}
