using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.V1;

namespace Ledger.Api.Decisions;

/// <summary>Holds what a decision says about the person against the contract.</summary>
internal static class PersonalContentCheck
{
    private const double WeightTolerance = 0.001;

    public static void Check(Violations violations, Decision decision, DateTimeOffset? decidedAt)
    {
        PersonalContent personal = decision.Personal;
        if (violations.Present(personal.Outcome, "personal.outcome"))
        {
            CheckOutcome(violations, personal.Outcome, "personal.outcome");
        }

        if (personal.Recommendation is { } recommendation)
        {
            CheckOutcome(violations, recommendation, "personal.recommendation");
            if (decision.Automation?.Review is { HasChanged: true } review && personal.Outcome is not null && review.Changed == recommendation.Equals(personal.Outcome))
            {
                violations.Add(RefusalCode.Contradiction, "automation.review.changed", "decision.personal.recommendation");
            }
        }

        CheckQuantity(violations, personal.Score, "personal.score");
        violations.Share(personal.HasConfidence, personal.Confidence, "personal.confidence");
        CheckFactors(violations, personal);
        violations.Count(personal.Parameters.Count, "personal.parameters", Limits.Parameters);
        for (int i = 0; i < Math.Min(personal.Parameters.Count, Limits.Parameters); i++)
        {
            using Violations.Scope item = violations.Enter("personal.parameters", i);
            violations.Text(personal.Parameters[i].Name, "name", Limits.Name, required: true);
            if (violations.Present(personal.Parameters[i].Value, "value"))
            {
                CheckValue(violations, personal.Parameters[i].Value, "value");
            }
        }

        CheckReasons(violations, personal);
        CheckDataUsed(violations, personal, decidedAt);
        CheckMeasures(violations, personal);
        violations.Text(personal.ReviewReason, "personal.review_reason", Limits.Paragraph);
        if (personal.ReviewReason.Length > 0 && decision.Automation?.Review is null)
        {
            violations.Add(RefusalCode.Contradiction, "personal.review_reason", "decision.automation.review");
        }
    }

    private static void CheckOutcome(Violations violations, Outcome outcome, string field)
    {
        using Violations.Scope scope = violations.Enter(field);
        DecisionCheck.Code(violations, outcome.Code, "code");
        CheckValue(violations, outcome.Amount, "amount");
        CheckValue(violations, outcome.Before, "before");
        CheckValue(violations, outcome.After, "after");
    }

    private static void CheckValue(Violations violations, Value? value, string field)
    {
        using Violations.Scope scope = violations.Enter(field);
        switch (value?.ValueCase)
        {
            case null:
                break;
            case Value.ValueOneofCase.Quantity:
                CheckQuantity(violations, value.Quantity, "quantity");
                break;
            case Value.ValueOneofCase.Money:
                if (value.Money.CurrencyCode.Length == 0)
                {
                    violations.Add(RefusalCode.Missing, "money.currency_code");
                }
                else if (!Vocabulary.IsCurrency(value.Money.CurrencyCode))
                {
                    violations.Add(RefusalCode.Unknown, "money.currency_code", DecisionCheck.Shown(value.Money.CurrencyCode));
                }

                break;
            case Value.ValueOneofCase.Text:
                violations.Text(value.Text, "text", Limits.Paragraph);
                break;
            case Value.ValueOneofCase.Instant:
                violations.Time(value.Instant, "instant", mayLieAhead: true);
                break;
            case Value.ValueOneofCase.None:
                violations.Add(RefusalCode.Missing, "");
                break;
        }
    }

    private static void CheckQuantity(Violations violations, Quantity? quantity, string field)
    {
        if (quantity is null)
        {
            return;
        }

        using Violations.Scope scope = violations.Enter(field);
        if (!double.IsFinite(quantity.Number))
        {
            violations.Add(RefusalCode.Malformed, "number", "finite number");
        }

        if (quantity.Unit.Length == 0)
        {
            violations.Add(RefusalCode.Missing, "unit");
        }
        else if (!Vocabulary.Units.Contains(quantity.Unit))
        {
            violations.Add(RefusalCode.Unknown, "unit", DecisionCheck.Shown(quantity.Unit));
        }
    }

    private static void CheckFactors(Violations violations, PersonalContent personal)
    {
        violations.Count(personal.Factors.Count, "personal.factors", Limits.Factors);
        double weights = 0;
        for (int i = 0; i < Math.Min(personal.Factors.Count, Limits.Factors); i++)
        {
            using Violations.Scope item = violations.Enter("personal.factors", i);
            Factor factor = personal.Factors[i];
            violations.Text(factor.Name, "name", Limits.Name, required: true);
            CheckValue(violations, factor.Value, "value");
            violations.Closed(factor.Direction, "direction", required: false);
            violations.Share(factor.HasWeight, factor.Weight, "weight");
            CheckQuantity(violations, factor.Threshold, "threshold");
            weights += factor.HasWeight ? factor.Weight : 0;
        }

        if (weights > 1 + WeightTolerance)
        {
            violations.Add(RefusalCode.OutOfRange, "personal.factors.weight", "0", "1");
        }
    }

    private static void CheckReasons(Violations violations, PersonalContent personal)
    {
        violations.Count(personal.Reasons.Count, "personal.reasons", Limits.Reasons);
        for (int i = 0; i < Math.Min(personal.Reasons.Count, Limits.Reasons); i++)
        {
            using Violations.Scope item = violations.Enter("personal.reasons", i);
            LocalizedText reason = personal.Reasons[i];
            DecisionCheck.Language(violations, reason.Language, "language", required: true);
            violations.Text(reason.Text, "text", Limits.Reason, required: true);
            if (personal.Reasons.Take(i).Any(r => string.Equals(r.Language, reason.Language, StringComparison.OrdinalIgnoreCase)))
            {
                violations.Add(RefusalCode.Duplicate, "language");
            }
        }
    }

    private static void CheckDataUsed(Violations violations, PersonalContent personal, DateTimeOffset? decidedAt)
    {
        violations.Count(personal.DataUsed.Count, "personal.data_used", Limits.DataUses);
        for (int i = 0; i < Math.Min(personal.DataUsed.Count, Limits.DataUses); i++)
        {
            using Violations.Scope item = violations.Enter("personal.data_used", i);
            DataUse use = personal.DataUsed[i];
            violations.Closed(use.Category, "category", required: true);
            if (use.Category >= DataCategory.EmotionalState && Enum.IsDefined(use.Category))
            {
                violations.Add(RefusalCode.Prohibited, "category", use.Category.ToString());
            }

            violations.Text(use.Source, "source", Limits.Name, required: true);
            violations.Text(use.Purpose, "purpose", Limits.Sentence);
            violations.Closed(use.Shift, "shift", required: false);
            DateTimeOffset? from = violations.Time(use.CollectedFrom, "collected_from");
            DateTimeOffset? to = violations.Time(use.CollectedTo, "collected_to");
            violations.InOrder(from, "collected_from", to, "collected_to");
            if (from > decidedAt)
            {
                violations.Add(RefusalCode.OutOfOrder, "collected_from", "decision.times.decided_at");
            }
        }
    }

    private static void CheckMeasures(Violations violations, PersonalContent personal)
    {
        violations.Count(personal.Measures.Count, "personal.measures", Limits.Measures);
        for (int i = 0; i < Math.Min(personal.Measures.Count, Limits.Measures); i++)
        {
            using Violations.Scope item = violations.Enter("personal.measures", i);
            WorkMeasure measure = personal.Measures[i];
            violations.Text(measure.TaskType, "task_type", Limits.Name);
            CheckQuantity(violations, measure.Quantity, "quantity");
            CheckQuantity(violations, measure.TargetBefore, "target_before");
            CheckQuantity(violations, measure.TargetAfter, "target_after");
            if (measure is { TargetBefore: { } before, TargetAfter: { } after } && !string.Equals(before.Unit, after.Unit, StringComparison.Ordinal))
            {
                violations.Add(RefusalCode.Contradiction, "target_after.unit", "target_before.unit");
            }

            violations.Duration(measure.Duration, "duration");
            violations.Duration(measure.BreakEntitled, "break_entitled");
            violations.Duration(measure.BreakTaken, "break_taken");
            violations.Duration(measure.Rest, "rest");
            violations.Time(measure.SchedulePublishedAt, "schedule_published_at");
        }
    }
}
