using Google.Protobuf.WellKnownTypes;
using Ledger.V1;
using Value = Ledger.V1.Value;

namespace Ledger.Benchmarks.Decisions;

/// <summary>
/// Decisions such as a rostering system sends: the whole act, three factors, two uses of data, reasons in
/// one language; about 1.6 KB once stored. Templates are filled anew for each call, as a producer would fill its own.
/// </summary>
internal sealed class SampleDecisions(int seed, int workers, DateTimeOffset now)
{
    private static readonly string[] Factors = ["absences_last_30_days", "skill_match", "seniority_rank", "forecast_demand", "distance_to_site", "hours_this_week"];
    private static readonly string[] Sites = ["Montréal Est", "Laval 2", "Québec Vanier", "Gatineau"];
    private static readonly string[] Kinds = ["shift_moved", "overtime_assigned", "rest_day_changed"];
    private readonly Random _random = new(seed);
    private readonly Timestamp _decided = (now - TimeSpan.FromHours(2)).ToTimestamp();

    public const string Organisation = "organisations/main";

    /// <summary>A new decision id: random, as producers' ids are.</summary>
    public string NextId()
    {
        Span<byte> bytes = stackalloc byte[16];
        _random.NextBytes(bytes);
        return new Guid(bytes).ToString("D");
    }

    /// <summary>The number of one of the workers, any as likely as another.</summary>
    public string NextWorker() => WorkerNumber(_random.Next(workers));

    public static string WorkerNumber(int index) => string.Create(CultureInfo.InvariantCulture, $"E{index:D7}");

    /// <summary>A whole decision about one of the workers.</summary>
    public Decision Next() => Next(NextWorker());

    /// <summary>A whole decision about this worker.</summary>
    public Decision Next(string employeeNumber)
    {
        var decided = _decided - Duration.FromTimeSpan(TimeSpan.FromSeconds(_random.Next(86_400)));
        var decision = new Decision
        {
            DecisionId = NextId(),
            Subject = new Subject { EmployeeNumber = employeeNumber, BargainingUnit = "AM-1001-4821", WorkSite = Sites[_random.Next(Sites.Length)], JobClass = "picker 2" },
            Category = Category.Scheduling,
            Kind = Kinds[_random.Next(Kinds.Length)],
            Adverse = _random.Next(4) == 0,
            System = new AiSystemUse { SystemId = "roster-optimiser", Version = "4.2.1", Purpose = "weekly roster of the warehouse", ModelKind = ModelKind.Optimisation },
            Automation = new Automation
            {
                Level = AutomationLevel.MachineRecommends,
                FinalDecisionMakerRole = "shift supervisor",
                Review = new HumanReview
                {
                    ReviewerEmployeeNumber = string.Create(CultureInfo.InvariantCulture, $"S{_random.Next(200):D5}"),
                    OpenedAt = decided - Duration.FromTimeSpan(TimeSpan.FromMinutes(3)),
                    DecidedAt = decided,
                    Changed = false,
                },
            },
            Times = new Times
            {
                DecidedAt = decided,
                EffectiveAt = decided + Duration.FromTimeSpan(TimeSpan.FromDays(7)),
                TimeZone = "America/Toronto",
            },
            Notice = new Notice { GivenAt = decided + Duration.FromTimeSpan(TimeSpan.FromMinutes(20)), Channel = NoticeChannel.Application, Language = "fr-CA" },
            Ground = new Ground { AgreementClause = "14.03", RetentionClass = "roster-3y" },
            Personal = Content(),
        };
        return decision;
    }

    private PersonalContent Content() => new()
    {
        Outcome = new Outcome { Code = "shift_moved", Before = new Value { Text = "day 07:00" }, After = new Value { Text = "evening 15:00" } },
        Score = new Quantity { Number = Math.Round(_random.NextDouble(), 4), Unit = "1" },
        Factors = { Factor(0, 0.5), Factor(1, 0.3), Factor(2, 0.2) },
        Reasons = { new LocalizedText { Language = "fr", Text = "Le quart du soir manquait de deux personnes formées au quai." } },
        DataUsed =
        {
            new DataUse { Category = DataCategory.Schedule, Source = "time clock", Shift = ShiftRelation.OnShift },
            new DataUse { Category = DataCategory.Productivity, Source = "scanner", Shift = ShiftRelation.OnShift },
        },
    };

    private Factor Factor(int offset, double weight) => new()
    {
        Name = Factors[((_random.Next(2) * 3) + offset) % Factors.Length],
        Value = new Value { Quantity = new Quantity { Number = _random.Next(100), Unit = "1" } },
        Direction = FactorDirection.Towards,
        Weight = weight,
    };
}
