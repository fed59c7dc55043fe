using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;

namespace Ledger.Silo.Tests.Decisions;

/// <summary>Builds decisions as they are stored: a valid one, changed where a test says.</summary>
internal static class StoredDecision
{
    public const string Organisation = "main";

    public const string Worker = "00112233445566778899aabbccddeeff";

    public static readonly DateTimeOffset Decided = new(2026, 3, 9, 14, 5, 7, TimeSpan.Zero);

    public static Guid Id(int number) => new($"00000000-0000-4000-8000-{number:x12}");

    public static DecisionRecorded Of(Guid id, string kind = "shift_moved", Category category = Category.Scheduling, bool adverse = true,
        string system = "roster", DateTimeOffset? decided = null) => new(
        id, Organisation, Worker, null,
        new DecisionAct(
            null, null, null, category, kind, adverse,
            new AiSystemUse(system, "1.0", "plan shifts", null, null),
            new Automation(2, "shift supervisor", null),
            new DecisionTimes(null, decided ?? Decided, null, null, null, null, "America/Toronto"),
            null, null, null),
        new PersonalContent(new Outcome("shift_moved", null, null, null), null, null, null, null, null, null, null, null, null));

    /// <summary>One of which every group and list is set.</summary>
    public static DecisionRecorded Full(Guid id) => new(
        id, Organisation, Worker, "ffeeddccbbaa99887766554433221100",
        new DecisionAct(
            "local 1", "plant", "operator", Category.Scheduling, "shift_moved", true,
            new AiSystemUse("roster", "1.0", "plan shifts", "run 7", ModelKind.Optimisation),
            new Automation(2, "shift supervisor", new HumanReview(Decided.AddMinutes(-9), Decided.AddMinutes(-5), true)),
            new DecisionTimes(Decided.AddHours(-1), Decided, Decided.AddDays(1), Decided, Decided.AddDays(1), Decided.AddDays(2), "America/Toronto"),
            new Notice(Decided, NoticeChannel.Email, "fr-CA"),
            new Ground("law", "12.1", "PIA-7", "3-05"),
            new Lineage([Id(1), Id(2)], [new Evidence("file 1", new string('a', 64))])),
        new PersonalContent(
            new Outcome("shift_moved", Amount(1), Amount(2), Amount(3)),
            new Outcome("shift_kept", Amount(4), null, null),
            new Quantity(0.5, "1"), 0.75,
            [new Factor("distance", Amount(5), FactorDirection.Towards, 0.5, new Quantity(10, "km"))],
            [new Parameter("horizon", new Value(null, new Money("CAD", 1250), null, null, null))],
            [new LocalizedText("fr", "parce que")],
            [new DataUse(DataCategory.Schedule, "roster", Decided.AddDays(-2), Decided.AddDays(-1), ShiftRelation.OnShift, "planning")],
            [new WorkMeasure("picking", new Quantity(12, "{item}"), 60, new Quantity(1, "{item}/h"), new Quantity(2, "{item}/h"), 900, 600, Decided.AddDays(-3), 39600)],
            "agreed with the worker"));

    public static byte[] Bytes(DecisionRecorded decision) => DecisionJson.Bytes(decision);

    public static PseudonymousDecision Command(DecisionRecorded decision)
    {
        byte[] personal = DecisionJson.Bytes(decision.Personal!);
        byte[] whole = Bytes(decision);
        // The personal part is the last member.
        return new(decision.DecisionId, [.. whole.AsSpan(0, whole.Length - personal.Length - ",\"personal\":}".Length), (byte)'}'], personal);
    }

    public static PseudonymousDecision Command(int number, string kind = "shift_moved") => Command(Of(Id(number), kind));

    private static Value Amount(double number) => new(new Quantity(number, "h"), null, null, null, null);
}
