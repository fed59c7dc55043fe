using System.Buffers;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.V1;

namespace Ledger.Api.Decisions;

/// <summary>Holds a decision against the contract: complete, well-formed, free of contradiction and of what is never accepted.</summary>
internal static class DecisionCheck
{
    private static readonly SearchValues<char> CodeCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789._-");
    private static readonly SearchValues<char> NumberCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    private static readonly SearchValues<char> LanguageCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

    public static void EmployeeNumber(Violations violations, string number, string field) =>
        violations.Code(number, field, Limits.EmployeeNumber, NumberCharacters, "A-Z a-z 0-9 . _ -");

    public static void Check(Violations violations, Decision? decision)
    {
        using Violations.Scope scope = violations.Enter("decision");
        if (!violations.Present(decision, ""))
        {
            return;
        }

        violations.Uuid(decision!.DecisionId, "decision_id");
        if (violations.Present(decision.Subject, "subject"))
        {
            CheckSubject(violations, decision.Subject);
        }

        violations.Closed(decision.Category, "category", required: true);
        Code(violations, decision.Kind, "kind");
        if (!decision.HasAdverse)
        {
            violations.Add(RefusalCode.Missing, "adverse");
        }

        if (violations.Present(decision.System, "system"))
        {
            CheckSystem(violations, decision.System);
        }

        DateTimeOffset? decidedAt = violations.Present(decision.Times, "times")
            ? CheckTimes(violations, decision.Times)
            : null;
        if (violations.Present(decision.Automation, "automation"))
        {
            CheckAutomation(violations, decision.Automation, decidedAt);
        }

        if (decision.Notice is { } notice)
        {
            violations.Time(notice.GivenAt, "notice.given_at", required: true);
            violations.Closed(notice.Channel, "notice.channel", required: true);
            Language(violations, notice.Language, "notice.language", required: false);
        }

        if (decision.Ground is { } ground)
        {
            violations.Text(ground.LegalBasis, "ground.legal_basis", Limits.Sentence);
            violations.Text(ground.AgreementClause, "ground.agreement_clause", Limits.Name);
            violations.Text(ground.AssessmentReference, "ground.assessment_reference", Limits.Name);
            violations.Text(ground.RetentionClass, "ground.retention_class", Limits.Code);
        }

        CheckLineage(violations, decision);
        if (violations.Present(decision.Personal, "personal"))
        {
            PersonalContentCheck.Check(violations, decision, decidedAt);
        }
    }

    public static void Code(Violations violations, string value, string field) =>
        violations.Code(value, field, Limits.Code, CodeCharacters, "a-z 0-9 . _ -");

    public static void Language(Violations violations, string value, string field, bool required)
    {
        if (value.Length == 0 && !required)
        {
            return;
        }

        if (value.Length == 1 || (value.Length > 1 && !char.IsAsciiLetter(value[0])))
        {
            violations.Add(RefusalCode.Malformed, field, "BCP 47");
            return;
        }

        violations.Code(value, field, Limits.Language, LanguageCharacters, "BCP 47");
    }

    private static void CheckSubject(Violations violations, Subject subject)
    {
        EmployeeNumber(violations, subject.EmployeeNumber, "subject.employee_number");
        violations.Text(subject.BargainingUnit, "subject.bargaining_unit", Limits.Name);
        violations.Text(subject.WorkSite, "subject.work_site", Limits.Name);
        violations.Text(subject.JobClass, "subject.job_class", Limits.Name);
    }

    private static void CheckSystem(Violations violations, AiSystemUse system)
    {
        Code(violations, system.SystemId, "system.system_id");
        violations.Text(system.Version, "system.version", Limits.Code, required: true);
        violations.Text(system.Purpose, "system.purpose", Limits.Sentence, required: true);
        violations.Text(system.RunId, "system.run_id", Limits.Name);
        violations.Closed(system.ModelKind, "system.model_kind", required: false);
    }

    private static DateTimeOffset? CheckTimes(Violations violations, Times times)
    {
        DateTimeOffset? observed = violations.Time(times.ObservedAt, "times.observed_at");
        DateTimeOffset? decided = violations.Time(times.DecidedAt, "times.decided_at", required: true);
        DateTimeOffset? communicated = violations.Time(times.CommunicatedAt, "times.communicated_at");
        violations.Time(times.EffectiveAt, "times.effective_at", mayLieAhead: true);
        DateTimeOffset? start = violations.Time(times.ShiftStart, "times.shift_start", mayLieAhead: true);
        DateTimeOffset? end = violations.Time(times.ShiftEnd, "times.shift_end", mayLieAhead: true);
        violations.InOrder(observed, "times.observed_at", decided, "times.decided_at");
        violations.InOrder(decided, "times.decided_at", communicated, "times.communicated_at");
        violations.InOrder(start, "times.shift_start", end, "times.shift_end", strictly: true);
        if (times.TimeZone.Length == 0)
        {
            violations.Add(RefusalCode.Missing, "times.time_zone");
        }
        else if (times.TimeZone.Length > Limits.Code || !Vocabulary.IsTimeZone(times.TimeZone))
        {
            violations.Add(RefusalCode.Unknown, "times.time_zone", Shown(times.TimeZone));
        }

        return decided;
    }

    private static void CheckAutomation(Violations violations, Automation automation, DateTimeOffset? decidedAt)
    {
        violations.Closed(automation.Level, "automation.level", required: true);
        violations.Text(automation.FinalDecisionMakerRole, "automation.final_decision_maker_role", Limits.Name);
        if (automation.Level is AutomationLevel.HumanOnly or AutomationLevel.MachineInforms or AutomationLevel.MachineRecommends
            && automation.FinalDecisionMakerRole.Length == 0)
        {
            violations.Add(RefusalCode.Missing, "automation.final_decision_maker_role");
        }

        if (automation.Review is not { } review)
        {
            return;
        }

        if (automation.Level == AutomationLevel.MachineDecides)
        {
            violations.Add(RefusalCode.Contradiction, "automation.review", "decision.automation.level");
        }

        if (review.ReviewerEmployeeNumber.Length > 0)
        {
            EmployeeNumber(violations, review.ReviewerEmployeeNumber, "automation.review.reviewer_employee_number");
        }

        DateTimeOffset? opened = violations.Time(review.OpenedAt, "automation.review.opened_at");
        DateTimeOffset? reviewed = violations.Time(review.DecidedAt, "automation.review.decided_at", required: true);
        violations.InOrder(opened, "automation.review.opened_at", reviewed, "automation.review.decided_at");
        violations.InOrder(reviewed, "automation.review.decided_at", decidedAt, "times.decided_at");
        if (!review.HasChanged)
        {
            violations.Add(RefusalCode.Missing, "automation.review.changed");
        }
    }

    private static void CheckLineage(Violations violations, Decision decision)
    {
        if (decision.Lineage is not { } lineage)
        {
            return;
        }

        violations.Count(lineage.InputDecisionIds.Count, "lineage.input_decision_ids", Limits.Inputs);
        for (int i = 0; i < Math.Min(lineage.InputDecisionIds.Count, Limits.Inputs); i++)
        {
            using Violations.Scope item = violations.Enter("lineage.input_decision_ids", i);
            violations.Uuid(lineage.InputDecisionIds[i], "");
            if (string.Equals(lineage.InputDecisionIds[i], decision.DecisionId, StringComparison.Ordinal))
            {
                violations.Add(RefusalCode.Contradiction, "", "decision.decision_id");
            }
        }

        violations.Count(lineage.Evidence.Count, "lineage.evidence", Limits.Evidence);
        for (int i = 0; i < Math.Min(lineage.Evidence.Count, Limits.Evidence); i++)
        {
            using Violations.Scope item = violations.Enter("lineage.evidence", i);
            violations.Text(lineage.Evidence[i].Reference, "reference", Limits.Sentence, required: true);
            if (lineage.Evidence[i].Sha256.Length is not (0 or 32))
            {
                violations.Add(RefusalCode.Malformed, "sha256", "SHA-256, 32 bytes");
            }
        }
    }

    /// <summary>A value as it may be shown in a sentence: short.</summary>
    public static string Shown(string value) => value.Length <= 40 ? value : $"{value.AsSpan(0, 40)}…";
}
