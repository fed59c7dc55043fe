using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Ledger.V1;
using Value = Ledger.V1.Value;

namespace Ledger.Api.Tests.Decisions;

/// <summary>Builds a valid decision, changed where a test says.</summary>
internal static class DecisionBuilder
{
    public static readonly DateTimeOffset Now = new(2026, 3, 9, 14, 0, 0, TimeSpan.Zero);

    public const string Id = "6a7f2c1e-58a9-4f5e-9c3d-0b8f6f1f2a10";

    public static Timestamp At(double hours) => Timestamp.FromDateTimeOffset(Now.AddHours(hours));

    public static string Repeat(int length) => new('x', length);

    /// <summary>What must be set and nothing else.</summary>
    public static Decision Smallest(Action<Decision>? change = null)
    {
        Decision decision = new()
        {
            DecisionId = Id,
            Subject = new Subject { EmployeeNumber = "E-1001" },
            Category = Category.Scheduling,
            Kind = "shift_moved",
            Adverse = true,
            System = new AiSystemUse { SystemId = "roster", Version = "1.0", Purpose = "plan shifts" },
            Automation = new Automation { Level = AutomationLevel.MachineDecides },
            Times = new Times { DecidedAt = At(-1), TimeZone = "America/Toronto" },
            Personal = new PersonalContent { Outcome = new Outcome { Code = "shift_moved" } },
        };
        change?.Invoke(decision);
        return decision;
    }

    /// <summary>Every group and list is set.</summary>
    public static Decision Full(Action<Decision>? change = null)
    {
        Decision decision = new()
        {
            DecisionId = Id,
            Subject = new Subject { EmployeeNumber = "E-1001", BargainingUnit = "local 1", WorkSite = "plant", JobClass = "operator" },
            Category = Category.Scheduling,
            Kind = "shift_moved",
            Adverse = true,
            System = new AiSystemUse { SystemId = "roster", Version = "1.0", Purpose = "plan shifts", RunId = "run 7", ModelKind = ModelKind.Optimisation },
            Automation = new Automation
            {
                Level = AutomationLevel.MachineRecommends,
                FinalDecisionMakerRole = "shift supervisor",
                Review = new HumanReview { ReviewerEmployeeNumber = "E-9", OpenedAt = At(-1.5), DecidedAt = At(-1.2), Changed = true },
            },
            Times = new Times
            {
                ObservedAt = At(-2),
                DecidedAt = At(-1),
                EffectiveAt = At(24),
                CommunicatedAt = At(-0.5),
                ShiftStart = At(24),
                ShiftEnd = At(32),
                TimeZone = "America/Toronto",
            },
            Notice = new Notice { GivenAt = At(-1), Channel = NoticeChannel.Email, Language = "fr-CA" },
            Ground = new Ground { LegalBasis = "law", AgreementClause = "12.1", AssessmentReference = "PIA-7", RetentionClass = "3-05" },
            Lineage = new Lineage
            {
                InputDecisionIds = { "00000000-0000-4000-8000-000000000001" },
                Evidence = { new Evidence { Reference = "file 1", Sha256 = ByteString.CopyFrom(new byte[32]) } },
            },
            Personal = new PersonalContent
            {
                Outcome = new Outcome { Code = "shift_moved", Amount = Hours(1), Before = new Value { Text = "day" }, After = new Value { Instant = At(24) } },
                Recommendation = new Outcome { Code = "shift_kept", Amount = new Value { Money = new Money { CurrencyCode = "CAD", MinorUnits = -1250 } }, After = new Value { Flag = false } },
                Score = new Quantity { Number = 0.5, Unit = "1" },
                Confidence = 0.75,
                Factors = { new Factor { Name = "distance", Value = Hours(2), Direction = FactorDirection.Towards, Weight = 0.5, Threshold = new Quantity { Number = 10, Unit = "km" } } },
                Parameters = { new Parameter { Name = "horizon", Value = Hours(3) } },
                Reasons = { new LocalizedText { Language = "fr", Text = "parce que" }, new LocalizedText { Language = "en", Text = "because" } },
                DataUsed = { new DataUse { Category = DataCategory.Schedule, Source = "roster", CollectedFrom = At(-48), CollectedTo = At(-24), Shift = ShiftRelation.OnShift, Purpose = "planning" } },
                Measures =
                {
                    new WorkMeasure
                    {
                        TaskType = "picking", Quantity = new Quantity { Number = 12, Unit = "{item}" }, Duration = Seconds(60),
                        TargetBefore = new Quantity { Number = 1, Unit = "{item}/h" }, TargetAfter = new Quantity { Number = 2, Unit = "{item}/h" },
                        BreakEntitled = Seconds(900), BreakTaken = Seconds(600), SchedulePublishedAt = At(-72), Rest = Seconds(39600),
                    },
                },
                ReviewReason = "agreed with the worker",
            },
        };
        change?.Invoke(decision);
        return decision;
    }

    public static Value Hours(double number) => new() { Quantity = new Quantity { Number = number, Unit = "h" } };

    public static Duration Seconds(double seconds) => Duration.FromTimeSpan(TimeSpan.FromSeconds(seconds));
}
