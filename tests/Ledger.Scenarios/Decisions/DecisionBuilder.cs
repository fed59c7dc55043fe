using Google.Protobuf.WellKnownTypes;
using Ledger.V1;
using Value = Ledger.V1.Value;

namespace Ledger.Scenarios.Decisions;

/// <summary>A decision that is accepted as it is; a scenario says only what matters to it.</summary>
internal sealed class DecisionBuilder
{
    public const string Organisation = "organisations/main";

    private readonly Decision decision;

    public DecisionBuilder(Guid id, string employeeNumber)
    {
        Timestamp decidedAt = Timestamp.FromDateTimeOffset(new DateTimeOffset(2026, 11, 1, 8, 0, 0, TimeSpan.Zero));
        decision = new Decision
        {
            DecisionId = id.ToString(),
            Subject = new Subject { EmployeeNumber = employeeNumber, BargainingUnit = "Cols bleus", WorkSite = "Garage", JobClass = "Chauffeur" },
            Category = Category.Scheduling,
            Kind = "shift_moved",
            Adverse = true,
            System = new AiSystemUse
            {
                SystemId = "horaire-plus",
                Version = "4.2",
                Purpose = "Planifier les quarts",
                RunId = "r1",
                ModelKind = ModelKind.Optimisation,
            },
            Automation = new Automation
            {
                Level = AutomationLevel.MachineRecommends,
                FinalDecisionMakerRole = "contremaître",
                Review = new HumanReview { ReviewerEmployeeNumber = "R-99", DecidedAt = decidedAt, Changed = false },
            },
            Times = new Times { DecidedAt = decidedAt, TimeZone = "America/Toronto" },
            Personal = new PersonalContent
            {
                Outcome = new Outcome { Code = "moved", Before = new Value { Text = "jeudi" }, After = new Value { Text = "samedi" } },
                Score = new Quantity { Number = 0.7, Unit = "1" },
                Confidence = 0.9,
            },
        };
        decision.Personal.Factors.Add(new Factor
        {
            Name = "ancienneté",
            Value = new Value { Quantity = new Quantity { Number = 3, Unit = "a" } },
            Direction = FactorDirection.Towards,
            Weight = 0.2,
        });
        decision.Personal.DataUsed.Add(new DataUse
        {
            Category = DataCategory.Schedule,
            Source = "Horaire",
            Purpose = "Planification",
            Shift = ShiftRelation.OnShift,
        });
        decision.Personal.Reasons.Add(new LocalizedText { Language = "fr-CA", Text = "Il manquait une personne samedi." });
    }

    public DecisionBuilder With(Action<Decision> change)
    {
        change(decision);
        return this;
    }

    public Decision Build() => decision.Clone();

    public RecordDecisionRequest Request() => new() { Parent = Organisation, Decision = Build() };
}
