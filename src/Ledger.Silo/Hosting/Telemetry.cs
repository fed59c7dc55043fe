using System.Diagnostics;
using System.Diagnostics.Metrics;
using Ledger.Contracts;

namespace Ledger.Silo.Hosting;

/// <summary>What the silo shows of itself. No instrument, tag or span holds an employee number or a pseudonym.</summary>
internal static class Telemetry
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "Ledger";

    public static readonly ActivitySource Activities = new(Name);

    private static readonly Meter Meter = new(Name);

    private static readonly Counter<long> Recorded =
        Meter.CreateCounter<long>("ledger.decisions.recorded", "{decision}", "Decisions made durable for the first time.");

    private static readonly Counter<long> Repeated =
        Meter.CreateCounter<long>("ledger.decisions.repeated", "{decision}", "Repeats answered with the first receipt.");

    private static readonly Counter<long> Refused =
        Meter.CreateCounter<long>("ledger.decisions.refused", "{decision}", "Decisions refused by a grain, by code.");

    private static readonly Histogram<double> AppendDuration = Meter.CreateHistogram<double>(
        "ledger.store.append.duration", "s", "From handing an append to the store until it is durable.");

    private static readonly Histogram<int> AppendEvents =
        Meter.CreateHistogram<int>("ledger.store.append.events", "{event}", "Events of one append.");

    private static readonly Histogram<int> BatchSize =
        Meter.CreateHistogram<int>("ledger.intake.batch.size", "{decision}", "Decisions of one intake call.");

    private static readonly UpDownCounter<int> InIntake =
        Meter.CreateUpDownCounter<int>("ledger.intake.decisions", "{decision}", "Decisions between intake and store: the queue depth.");

    private static readonly Counter<long> Checkpoints =
        Meter.CreateCounter<long>("ledger.log.checkpoints", "{checkpoint}", "Checkpoints signed.");

    private static readonly Histogram<double> LogDelay = Meter.CreateHistogram<double>(
        "ledger.log.delay", "s", "Age of the oldest event that is in no published checkpoint, looked at twice a second. Alert at half of Ledger:Log:MaximumDelaySeconds.");

    public static void RecordCheckpoint() => Checkpoints.Add(1);

    public static void RecordLogDelay(TimeSpan delay) => LogDelay.Record(delay.TotalSeconds);

    public static void EnteredIntake(int decisions)
    {
        InIntake.Add(decisions);
        BatchSize.Record(decisions);
    }

    public static void LeftIntake(int decisions) => InIntake.Add(-decisions);

    public static void CountRecorded(int decisions) => Recorded.Add(decisions);

    public static void CountRepeated() => Repeated.Add(1);

    public static void CountRefused(RefusalCode code) => Refused.Add(1, new KeyValuePair<string, object?>("code", code));

    public static void RecordAppend(TimeSpan duration, int events, bool failed)
    {
        AppendDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("error.type", failed ? "unavailable" : null));
        AppendEvents.Record(events);
    }
}
