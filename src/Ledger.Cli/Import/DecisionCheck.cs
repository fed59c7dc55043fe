using System.Text.RegularExpressions;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;
using Ledger.V1;

namespace Ledger.Cli.Import;

/// <summary>
/// What a dry run can know without a server: the rules written in decision.proto. The server alone decides in a real
/// import, so that a rule that changes there never loses a row here.
/// </summary>
internal static partial class DecisionCheck
{
    private static readonly HashSet<string> Units = UnitCodes();

    /// <summary>The first thing the server would refuse, as (field, code); null if nothing is seen.</summary>
    public static (string Field, string Code)? FirstRefusal(Decision decision, DateTimeOffset now) =>
        Subject(decision.Subject) ?? Act(decision) ?? Automation(decision) ?? Times(decision, now) ?? Personal(decision);

    private static (string, string)? Subject(Subject subject) =>
        !NumberForm().IsMatch(subject.EmployeeNumber) ? ("subject.employee_number", subject.EmployeeNumber.Length == 0 ? "missing" : "malformed")
        : subject.BargainingUnit.Length > 200 ? ("subject.bargaining_unit", "too_long")
        : subject.WorkSite.Length > 200 ? ("subject.work_site", "too_long")
        : subject.JobClass.Length > 200 ? ("subject.job_class", "too_long")
        : null;

    private static (string, string)? Act(Decision decision) =>
        decision.Category == Category.Unspecified ? ("category", "missing")
        : !KindForm().IsMatch(decision.Kind) ? ("kind", "malformed")
        : !decision.HasAdverse ? ("adverse", "missing")
        : !KindForm().IsMatch(decision.System.SystemId) ? ("system.system_id", "malformed")
        : decision.System.Version.Length is 0 or > 100 ? ("system.version", decision.System.Version.Length == 0 ? "missing" : "too_long")
        : decision.System.Purpose.Length is 0 or > 500 ? ("system.purpose", decision.System.Purpose.Length == 0 ? "missing" : "too_long")
        : decision.System.RunId.Length > 200 ? ("system.run_id", "too_long")
        : null;

    private static (string, string)? Automation(Decision decision)
    {
        Automation automation = decision.Automation;
        bool human = automation.Level is AutomationLevel.HumanOnly or AutomationLevel.MachineInforms or AutomationLevel.MachineRecommends;
        return automation.Level == AutomationLevel.Unspecified ? ("automation.level", "missing")
            : human && automation.FinalDecisionMakerRole.Length == 0 ? ("automation.final_decision_maker_role", "missing")
            : automation.FinalDecisionMakerRole.Length > 200 ? ("automation.final_decision_maker_role", "too_long")
            : automation.Review is not null && automation.Level == AutomationLevel.MachineDecides ? ("automation.review", "contradiction")
            : automation.Review is { HasChanged: false } ? ("automation.review.changed", "missing")
            : null;
    }

    private static (string, string)? Times(Decision decision, DateTimeOffset now)
    {
        Times times = decision.Times;
        Timestamp limit = Timestamp.FromDateTimeOffset(now);
        return times.DecidedAt is null ? ("times.decided_at", "missing")
            : times.DecidedAt > limit ? ("times.decided_at", "in_the_future")
            : times.ObservedAt is not null && times.ObservedAt > times.DecidedAt ? ("times.decided_at", "out_of_order")
            : times.CommunicatedAt is not null && times.CommunicatedAt < times.DecidedAt ? ("times.communicated_at", "out_of_order")
            : times.CommunicatedAt is not null && times.CommunicatedAt > limit ? ("times.communicated_at", "in_the_future")
            : times.ShiftStart is not null && times.ShiftEnd is not null && times.ShiftEnd <= times.ShiftStart ? ("times.shift_end", "out_of_order")
            : !TimeZoneInfo.TryFindSystemTimeZoneById(times.TimeZone, out _) ? ("times.time_zone", "malformed")
            : null;
    }

    private static (string, string)? Personal(Decision decision)
    {
        PersonalContent personal = decision.Personal;
        if (personal.Outcome is not { } outcome || !KindForm().IsMatch(outcome.Code))
        {
            return ("personal.outcome.code", "malformed");
        }

        if ((Value(outcome.Amount) ?? Value(outcome.Before) ?? Value(outcome.After) ?? Quantity(personal.Score)) is { } code)
        {
            return ("personal.outcome", code);
        }

        if (personal.HasConfidence && personal.Confidence is not (>= 0 and <= 1))
        {
            return ("personal.confidence", "malformed");
        }

        if (personal.Parameters.Select(parameter => parameter.Value is null ? "missing" : Value(parameter.Value)).FirstOrDefault(found => found is not null) is { } wrong)
        {
            return ("personal.parameters", wrong);
        }

        if (personal.DataUsed.Any(use => use.Category == DataCategory.Unspecified || use.Source.Length is 0 or > 200))
        {
            return ("personal.data_used", "missing");
        }

        if (personal.DataUsed.Any(use => (int)use.Category >= 100))
        {
            return ("personal.data_used.category", "prohibited");
        }

        return personal.Measures.Select(Measure).FirstOrDefault(found => found is not null);
    }

    private static (string, string)? Measure(WorkMeasure measure) =>
        measure.TaskType.Length > 200 ? ("personal.measures.task_type", "too_long")
        : measure.Duration is not null && measure.Duration.ToTimeSpan() < TimeSpan.Zero ? ("personal.measures.duration", "malformed")
        : (Quantity(measure.Quantity) ?? Quantity(measure.TargetBefore) ?? Quantity(measure.TargetAfter)) is { } code ? ("personal.measures", code)
        : null;

    private static string? Value(Value? value) => value is null ? null : value.ValueCase switch
    {
        Ledger.V1.Value.ValueOneofCase.None => "missing",
        Ledger.V1.Value.ValueOneofCase.Quantity => Quantity(value.Quantity),
        Ledger.V1.Value.ValueOneofCase.Text => value.Text.Length > 2000 ? "too_long" : null,
        _ => null,
    };

    private static string? Quantity(Quantity? quantity) =>
        quantity is null ? null : !Units.Contains(quantity.Unit) ? "unknown_unit" : double.IsFinite(quantity.Number) ? null : "malformed";

    private static HashSet<string> UnitCodes()
    {
        string[] counted = ["{item}", "{task}", "{call}", "{case}", "{point}", "{person}", "{capture}"];
        string[] over = [.. counted, "1", "kg", "km"];
        string[] single = ["1", "%", "s", "min", "h", "d", "wk", "mo", "a", "m", "km", "g", "kg", "t", "L", .. counted];
        string[] rates = ["/min", "/h", "/d", "/wk"];
        return [.. single, .. from unit in over from rate in rates select unit + rate];
    }

    [GeneratedRegex("^[A-Za-z0-9._-]{1,64}$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex NumberForm();

    [GeneratedRegex("^[a-z0-9._-]{1,100}$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex KindForm();
}
