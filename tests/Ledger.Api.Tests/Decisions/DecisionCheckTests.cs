using FluentAssertions;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.V1;
using Xunit;
using static Ledger.Api.Tests.Decisions.DecisionBuilder;
using Value = Ledger.V1.Value;

namespace Ledger.Api.Tests.Decisions;

public sealed class DecisionCheckTests
{
    private const double SkewHours = 5 / 60.0;

    /// <summary>What is refused, with the field and the code that the sender is told.</summary>
    public static TheoryData<string, RefusalCode, Action<Decision>> Refused
    {
        get
        {
            TheoryData<string, RefusalCode, Action<Decision>> data = new()
            {
                { "decision.decision_id", RefusalCode.Missing, d => d.DecisionId = "" },
                { "decision.decision_id", RefusalCode.Malformed, d => d.DecisionId = "7" },
                { "decision.decision_id", RefusalCode.Malformed, d => d.DecisionId = Id.ToUpperInvariant() },
                { "decision.decision_id", RefusalCode.Malformed, d => d.DecisionId = Id.Replace("-", "", StringComparison.Ordinal) },
                { "decision.decision_id", RefusalCode.Malformed, d => d.DecisionId = $"{{{Id}}}" },
                { "decision.decision_id", RefusalCode.Malformed, d => d.DecisionId = Guid.Empty.ToString() },
                { "decision.subject", RefusalCode.Missing, d => d.Subject = null },
                { "decision.subject.employee_number", RefusalCode.Missing, d => d.Subject.EmployeeNumber = "" },
                { "decision.subject.employee_number", RefusalCode.Malformed, d => d.Subject.EmployeeNumber = "E 1" },
                { "decision.subject.employee_number", RefusalCode.Malformed, d => d.Subject.EmployeeNumber = "Ê1" },
                { "decision.category", RefusalCode.Missing, d => d.Category = Category.Unspecified },
                { "decision.category", RefusalCode.Unknown, d => d.Category = (Category)99 },
                { "decision.kind", RefusalCode.Missing, d => d.Kind = "" },
                { "decision.kind", RefusalCode.Malformed, d => d.Kind = "Shift moved" },
                { "decision.adverse", RefusalCode.Missing, d => d.ClearAdverse() },
                { "decision.system", RefusalCode.Missing, d => d.System = null },
                { "decision.system.system_id", RefusalCode.Missing, d => d.System.SystemId = "" },
                { "decision.system.system_id", RefusalCode.Malformed, d => d.System.SystemId = "Roster" },
                { "decision.system.version", RefusalCode.Missing, d => d.System.Version = "" },
                { "decision.system.version", RefusalCode.Missing, d => d.System.Version = "  " },
                { "decision.system.purpose", RefusalCode.Missing, d => d.System.Purpose = "" },
                { "decision.system.purpose", RefusalCode.Malformed, d => d.System.Purpose = "a\u0000b" },
                { "decision.system.model_kind", RefusalCode.Unknown, d => d.System.ModelKind = (ModelKind)77 },
                { "decision.automation", RefusalCode.Missing, d => d.Automation = null },
                { "decision.automation.level", RefusalCode.Missing, d => d.Automation.Level = AutomationLevel.Unspecified },
                { "decision.automation.level", RefusalCode.Unknown, d => d.Automation.Level = (AutomationLevel)6 },
                { "decision.automation.final_decision_maker_role", RefusalCode.Missing, d => d.Automation.FinalDecisionMakerRole = "" },
                { "decision.automation.review", RefusalCode.Contradiction, d => d.Automation.Level = AutomationLevel.MachineDecides },
                { "decision.automation.review.reviewer_employee_number", RefusalCode.Malformed, d => d.Automation.Review.ReviewerEmployeeNumber = "a b" },
                { "decision.automation.review.decided_at", RefusalCode.Missing, d => d.Automation.Review.DecidedAt = null },
                { "decision.automation.review.decided_at", RefusalCode.OutOfOrder, d => d.Automation.Review.OpenedAt = At(-1.1) },
                { "decision.times.decided_at", RefusalCode.OutOfOrder, d => d.Automation.Review.DecidedAt = At(-0.9) },
                { "decision.automation.review.changed", RefusalCode.Missing, d => d.Automation.Review.ClearChanged() },
                { "decision.automation.review.changed", RefusalCode.Contradiction, d => d.Automation.Review.Changed = false },
                { "decision.automation.review.changed", RefusalCode.Contradiction, d => d.Personal.Recommendation = d.Personal.Outcome.Clone() },
                { "decision.times", RefusalCode.Missing, d => { d.Times = null; } },
                { "decision.times.decided_at", RefusalCode.Missing, d => d.Times.DecidedAt = null },
                { "decision.times.decided_at", RefusalCode.InTheFuture, d => { d.Times.DecidedAt = At(SkewHours + 0.001); d.Times.CommunicatedAt = null; } },
                { "decision.times.decided_at", RefusalCode.OutOfOrder, d => d.Times.ObservedAt = At(-0.99) },
                { "decision.times.communicated_at", RefusalCode.OutOfOrder, d => d.Times.CommunicatedAt = At(-1.01) },
                { "decision.times.communicated_at", RefusalCode.InTheFuture, d => d.Times.CommunicatedAt = At(1) },
                { "decision.times.observed_at", RefusalCode.OutOfRange, d => d.Times.ObservedAt = Timestamp.FromDateTimeOffset(Now.AddYears(-101)) },
                { "decision.times.observed_at", RefusalCode.Malformed, d => d.Times.ObservedAt = new Timestamp { Seconds = long.MaxValue } },
                { "decision.times.observed_at", RefusalCode.Malformed, d => d.Times.ObservedAt = new Timestamp { Nanos = -1 } },
                { "decision.times.effective_at", RefusalCode.OutOfRange, d => d.Times.EffectiveAt = Timestamp.FromDateTimeOffset(Now.AddYears(101)) },
                { "decision.times.shift_end", RefusalCode.OutOfOrder, d => d.Times.ShiftEnd = d.Times.ShiftStart },
                { "decision.times.time_zone", RefusalCode.Missing, d => d.Times.TimeZone = "" },
                { "decision.times.time_zone", RefusalCode.Unknown, d => d.Times.TimeZone = "Quebec" },
                { "decision.times.time_zone", RefusalCode.Unknown, d => d.Times.TimeZone = "../../etc/passwd" },
                { "decision.times.time_zone", RefusalCode.Unknown, d => d.Times.TimeZone = Repeat(101) },
                { "decision.notice.given_at", RefusalCode.Missing, d => d.Notice.GivenAt = null },
                { "decision.notice.given_at", RefusalCode.InTheFuture, d => d.Notice.GivenAt = At(1) },
                { "decision.notice.channel", RefusalCode.Missing, d => d.Notice.Channel = NoticeChannel.Unspecified },
                { "decision.notice.channel", RefusalCode.Unknown, d => d.Notice.Channel = (NoticeChannel)8 },
                { "decision.notice.language", RefusalCode.Malformed, d => d.Notice.Language = "fr_CA" },
                { "decision.notice.language", RefusalCode.Malformed, d => d.Notice.Language = "f" },
                { "decision.notice.language", RefusalCode.Malformed, d => d.Notice.Language = "_fr" },
                { "decision.lineage.input_decision_ids[0]", RefusalCode.Malformed, d => d.Lineage.InputDecisionIds[0] = "x" },
                { "decision.lineage.input_decision_ids[0]", RefusalCode.Contradiction, d => d.Lineage.InputDecisionIds[0] = d.DecisionId },
                { "decision.lineage.evidence[0].reference", RefusalCode.Missing, d => d.Lineage.Evidence[0].Reference = "" },
                { "decision.lineage.evidence[0].sha256", RefusalCode.Malformed, d => d.Lineage.Evidence[0].Sha256 = ByteString.CopyFrom(new byte[31]) },
                { "decision.personal", RefusalCode.Missing, d => d.Personal = null },
                { "decision.personal.outcome", RefusalCode.Missing, d => d.Personal.Outcome = null },
                { "decision.personal.outcome.code", RefusalCode.Missing, d => d.Personal.Outcome.Code = "" },
                { "decision.personal.outcome.amount", RefusalCode.Missing, d => d.Personal.Outcome.Amount = new Value() },
                { "decision.personal.outcome.amount.quantity.unit", RefusalCode.Missing, d => d.Personal.Outcome.Amount.Quantity.Unit = "" },
                { "decision.personal.outcome.amount.quantity.unit", RefusalCode.Unknown, d => d.Personal.Outcome.Amount.Quantity.Unit = "parsec" },
                { "decision.personal.outcome.amount.quantity.number", RefusalCode.Malformed, d => d.Personal.Outcome.Amount.Quantity.Number = double.NaN },
                { "decision.personal.outcome.amount.quantity.number", RefusalCode.Malformed, d => d.Personal.Outcome.Amount.Quantity.Number = double.NegativeInfinity },
                { "decision.personal.recommendation.amount.money.currency_code", RefusalCode.Missing, d => d.Personal.Recommendation.Amount.Money.CurrencyCode = "" },
                { "decision.personal.recommendation.amount.money.currency_code", RefusalCode.Unknown, d => d.Personal.Recommendation.Amount.Money.CurrencyCode = "cad" },
                { "decision.personal.score.unit", RefusalCode.Unknown, d => d.Personal.Score.Unit = "points" },
                { "decision.personal.confidence", RefusalCode.OutOfRange, d => d.Personal.Confidence = 1.0001 },
                { "decision.personal.confidence", RefusalCode.OutOfRange, d => d.Personal.Confidence = -0.0001 },
                { "decision.personal.confidence", RefusalCode.OutOfRange, d => d.Personal.Confidence = double.NaN },
                { "decision.personal.factors[0].name", RefusalCode.Missing, d => d.Personal.Factors[0].Name = "" },
                { "decision.personal.factors[0].direction", RefusalCode.Unknown, d => d.Personal.Factors[0].Direction = (FactorDirection)3 },
                { "decision.personal.factors[0].weight", RefusalCode.OutOfRange, d => d.Personal.Factors[0].Weight = -0.5 },
                { "decision.personal.factors[0].threshold.unit", RefusalCode.Unknown, d => d.Personal.Factors[0].Threshold.Unit = "x" },
                { "decision.personal.factors.weight", RefusalCode.OutOfRange, d => d.Personal.Factors.Add(new Factor { Name = "b", Weight = 0.502 }) },
                { "decision.personal.parameters[0].name", RefusalCode.Missing, d => d.Personal.Parameters[0].Name = "" },
                { "decision.personal.parameters[0].value", RefusalCode.Missing, d => d.Personal.Parameters[0].Value = null },
                { "decision.personal.parameters[0].value", RefusalCode.Missing, d => d.Personal.Parameters[0].Value = new Value() },
                { "decision.personal.reasons[0].language", RefusalCode.Missing, d => d.Personal.Reasons[0].Language = "" },
                { "decision.personal.reasons[0].text", RefusalCode.Missing, d => d.Personal.Reasons[0].Text = "" },
                { "decision.personal.reasons[1].language", RefusalCode.Duplicate, d => d.Personal.Reasons[1].Language = "FR" },
                { "decision.personal.data_used[0].category", RefusalCode.Missing, d => d.Personal.DataUsed[0].Category = DataCategory.Unspecified },
                { "decision.personal.data_used[0].category", RefusalCode.Unknown, d => d.Personal.DataUsed[0].Category = (DataCategory)50 },
                { "decision.personal.data_used[0].source", RefusalCode.Missing, d => d.Personal.DataUsed[0].Source = "" },
                { "decision.personal.data_used[0].shift", RefusalCode.Unknown, d => d.Personal.DataUsed[0].Shift = (ShiftRelation)4 },
                { "decision.personal.data_used[0].collected_to", RefusalCode.OutOfOrder, d => d.Personal.DataUsed[0].CollectedTo = At(-49) },
                { "decision.personal.data_used[0].collected_to", RefusalCode.InTheFuture, d => d.Personal.DataUsed[0].CollectedTo = At(1) },
                { "decision.personal.data_used[0].collected_from", RefusalCode.OutOfOrder, d => { d.Personal.DataUsed[0].CollectedFrom = At(-0.9); d.Personal.DataUsed[0].CollectedTo = null; } },
                { "decision.personal.measures[0].quantity.unit", RefusalCode.Unknown, d => d.Personal.Measures[0].Quantity.Unit = "item" },
                { "decision.personal.measures[0].target_after.unit", RefusalCode.Contradiction, d => d.Personal.Measures[0].TargetAfter.Unit = "{task}/h" },
                { "decision.personal.measures[0].duration", RefusalCode.OutOfRange, d => d.Personal.Measures[0].Duration = Seconds(-1) },
                { "decision.personal.measures[0].break_entitled", RefusalCode.OutOfRange, d => d.Personal.Measures[0].BreakEntitled = new Duration { Nanos = -1 } },
                { "decision.personal.measures[0].break_taken", RefusalCode.OutOfRange, d => d.Personal.Measures[0].BreakTaken = new Duration { Seconds = long.MaxValue } },
                { "decision.personal.measures[0].rest", RefusalCode.OutOfRange, d => d.Personal.Measures[0].Rest = new Duration { Nanos = 1_000_000_000 } },
                { "decision.personal.measures[0].schedule_published_at", RefusalCode.InTheFuture, d => d.Personal.Measures[0].SchedulePublishedAt = At(1) },
                { "decision.personal.review_reason", RefusalCode.Contradiction, d => d.Automation.Review = null },
            };
            foreach (DataCategory category in System.Enum.GetValues<DataCategory>().Where(c => (int)c >= 100))
            {
                data.Add("decision.personal.data_used[0].category", RefusalCode.Prohibited, d => d.Personal.DataUsed[0].Category = category);
            }

            foreach ((string path, int longest, Action<Decision, string> set) in Texts)
            {
                data.Add(path, RefusalCode.OverLimit, d => set(d, Repeat(longest + 1)));
            }

            foreach ((string path, int most, Action<Decision, int> fill) in Lists)
            {
                data.Add(path, RefusalCode.OverLimit, d => fill(d, most + 1));
            }

            return data;
        }
    }

    private static readonly (string Field, int Longest, Action<Decision, string> Set)[] Texts =
    [
        ("decision.subject.employee_number", 64, (d, s) => d.Subject.EmployeeNumber = s),
        ("decision.subject.bargaining_unit", 200, (d, s) => d.Subject.BargainingUnit = s),
        ("decision.subject.work_site", 200, (d, s) => d.Subject.WorkSite = s),
        ("decision.subject.job_class", 200, (d, s) => d.Subject.JobClass = s),
        ("decision.kind", 100, (d, s) => d.Kind = s),
        ("decision.system.system_id", 100, (d, s) => d.System.SystemId = s),
        ("decision.system.version", 100, (d, s) => d.System.Version = s),
        ("decision.system.purpose", 500, (d, s) => d.System.Purpose = s),
        ("decision.system.run_id", 200, (d, s) => d.System.RunId = s),
        ("decision.automation.final_decision_maker_role", 200, (d, s) => d.Automation.FinalDecisionMakerRole = s),
        ("decision.automation.review.reviewer_employee_number", 64, (d, s) => d.Automation.Review.ReviewerEmployeeNumber = s),
        ("decision.notice.language", 35, (d, s) => d.Notice.Language = s),
        ("decision.ground.legal_basis", 500, (d, s) => d.Ground.LegalBasis = s),
        ("decision.ground.agreement_clause", 200, (d, s) => d.Ground.AgreementClause = s),
        ("decision.ground.assessment_reference", 200, (d, s) => d.Ground.AssessmentReference = s),
        ("decision.ground.retention_class", 100, (d, s) => d.Ground.RetentionClass = s),
        ("decision.lineage.evidence[0].reference", 500, (d, s) => d.Lineage.Evidence[0].Reference = s),
        ("decision.personal.outcome.code", 100, (d, s) => d.Personal.Outcome.Code = s),
        ("decision.personal.outcome.before.text", 2000, (d, s) => d.Personal.Outcome.Before.Text = s),
        ("decision.personal.factors[0].name", 200, (d, s) => d.Personal.Factors[0].Name = s),
        ("decision.personal.parameters[0].name", 200, (d, s) => d.Personal.Parameters[0].Name = s),
        ("decision.personal.reasons[0].language", 35, (d, s) => d.Personal.Reasons[0].Language = s),
        ("decision.personal.reasons[0].text", 4000, (d, s) => d.Personal.Reasons[0].Text = s),
        ("decision.personal.data_used[0].source", 200, (d, s) => d.Personal.DataUsed[0].Source = s),
        ("decision.personal.data_used[0].purpose", 500, (d, s) => d.Personal.DataUsed[0].Purpose = s),
        ("decision.personal.measures[0].task_type", 200, (d, s) => d.Personal.Measures[0].TaskType = s),
        ("decision.personal.review_reason", 2000, (d, s) => d.Personal.ReviewReason = s),
    ];

    private static readonly (string Field, int Most, Action<Decision, int> Fill)[] Lists =
    [
        ("decision.lineage.input_decision_ids", 100, (d, n) => Fill(d.Lineage.InputDecisionIds, n)),
        ("decision.lineage.evidence", 100, (d, n) => Fill(d.Lineage.Evidence, n)),
        ("decision.personal.factors", 100, (d, n) => { d.Personal.Factors[0].ClearWeight(); Fill(d.Personal.Factors, n); }),
        ("decision.personal.parameters", 100, (d, n) => Fill(d.Personal.Parameters, n)),
        ("decision.personal.data_used", 100, (d, n) => Fill(d.Personal.DataUsed, n)),
        ("decision.personal.measures", 100, (d, n) => Fill(d.Personal.Measures, n)),
        ("decision.personal.reasons", 10, (d, n) =>
        {
            d.Personal.Reasons.Clear();
            d.Personal.Reasons.AddRange(Enumerable.Range(0, n).Select(i => new LocalizedText { Language = $"fr-{i}", Text = "parce que" }));
        }),
    ];

    public static TheoryData<string, Action<Decision>> Accepted
    {
        get
        {
            TheoryData<string, Action<Decision>> data = new()
            {
                { "nothing changed", _ => { } },
                { "decided at the edge of the allowed skew", d => { d.Times.DecidedAt = At(SkewHours); d.Times.CommunicatedAt = null; } },
                { "observed, decided and told in one moment", d => { d.Times.ObservedAt = d.Times.CommunicatedAt = d.Times.DecidedAt; } },
                { "confidence 0", d => d.Personal.Confidence = 0 },
                { "confidence 1", d => d.Personal.Confidence = 1 },
                { "weights that round to one", d => d.Personal.Factors.Add(new Factor { Name = "b", Weight = 0.501 }) },
                { "an empty text as value", d => d.Personal.Outcome.Before.Text = "" },
                { "lines and tabs in a text", d => d.Personal.Reasons[0].Text = "un\r\n\tdeux" },
                { "letters of all languages", d => d.Subject.WorkSite = "Trois-Rivières ᐃᓄᒃᑎᑐᑦ 工場 🏭" },
                { "evidence without hash", d => d.Lineage.Evidence[0].Sha256 = ByteString.Empty },
                { "a review without reviewer", d => d.Automation.Review.ReviewerEmployeeNumber = "" },
                { "unchanged as recommended", d => { d.Personal.Recommendation = d.Personal.Outcome.Clone(); d.Automation.Review.Changed = false; } },
                { "output-only fields are not read", d => { d.Name = "x"; d.Subject.Worker = "x"; d.Automation.Review.Reviewer = "x"; } },
                { "a zone in all ways of writing it", d => d.Times.TimeZone = "UTC" },
            };
            foreach ((string path, int longest, Action<Decision, string> set) in Texts)
            {
                data.Add($"{path} at its limit", d => set(d, Repeat(longest)));
            }

            foreach ((string path, int most, Action<Decision, int> fill) in Lists)
            {
                data.Add($"{path} at its limit", d => fill(d, most));
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Refused))]
    public void Decision_WithAMistake_IsRefusedNamingFieldAndCode(string field, RefusalCode code, Action<Decision> change)
    {
        IReadOnlyList<Refusal> found = Check(Full(change));

        found.Should().ContainSingle(r => r.Field == field && r.Code == code, "found were {0}", string.Join("; ", found.Select(r => $"{r.Field} {r.Code}")));
        found.Select(r => (r.Field, r.Code)).Should().OnlyHaveUniqueItems();
    }

    [Theory, MemberData(nameof(Accepted))]
    public void Decision_AtItsLimits_IsAccepted(string what, Action<Decision> change) => Check(Full(change)).Should().BeEmpty(what);

    [Fact]
    public void Decision_WithWhatMustBeSetAlone_IsAccepted() => Check(Smallest()).Should().BeEmpty();

    [Fact]
    public void Decision_ThatIsNotThere_IsMissing() => Check(null).Should().BeEquivalentTo([new Refusal(RefusalCode.Missing, "decision", [])]);

    [Fact]
    public void Decision_ThatIsEmpty_NamesAllThatIsMissing() => Check(new Decision()).Select(r => r.Field).Should().Equal(
        "decision.decision_id", "decision.subject", "decision.category", "decision.kind", "decision.adverse", "decision.system",
        "decision.times", "decision.automation", "decision.personal");

    [Fact]
    public void Decision_WithManyMistakes_NamesAtMostTwenty() => Check(Full(d =>
    {
        Fill(d.Personal.Factors, 50);
        foreach (Factor factor in d.Personal.Factors)
        {
            factor.Name = "";
        }
    })).Should().HaveCount(Limits.ViolationsNamed);

    [Fact]
    public void Refusal_OfAValue_NeverShowsMoreThanItsBeginning() =>
        Check(Full(d => d.Times.TimeZone = Repeat(5000))).Single().Arguments.Should().OnlyContain(a => a.Length <= 41);

    [Theory, InlineData(AutomationLevel.HumanOnly), InlineData(AutomationLevel.MachineInforms), InlineData(AutomationLevel.MachineRecommends)]
    public void Role_WhereAHumanDecides_IsRequired(AutomationLevel level) =>
        Check(Smallest(d => d.Automation.Level = level)).Single().Should().BeEquivalentTo(
            new Refusal(RefusalCode.Missing, "decision.automation.final_decision_maker_role", []));

    [Theory, InlineData(AutomationLevel.MachineDecides), InlineData(AutomationLevel.MachineDecidesHumanCanStop)]
    public void Role_WhereTheMachineDecides_MayBeLeftOut(AutomationLevel level) => Check(Smallest(d => d.Automation.Level = level)).Should().BeEmpty();

    private static IReadOnlyList<Refusal> Check(Decision? decision)
    {
        Violations violations = new(Now);
        DecisionCheck.Check(violations, decision);
        return violations.Found;
    }

    private static void Fill<T>(Google.Protobuf.Collections.RepeatedField<T> list, int count)
    {
        T first = list[0];
        list.Clear();
        list.AddRange(Enumerable.Repeat(first, count));
    }
}
