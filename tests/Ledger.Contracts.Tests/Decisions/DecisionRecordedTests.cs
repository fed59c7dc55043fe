using System.Text;
using System.Text.Json;
using FluentAssertions;
using Ledger.Contracts.Decisions;
using Ledger.Tests;
using Xunit;

namespace Ledger.Contracts.Tests.Decisions;

/// <summary>
/// <c>decision-recorded.v1</c> is published: the fixture is what stores hold and is never rewritten. What must differ becomes
/// <c>decision-recorded.v2</c> with an upcaster.
/// </summary>
public class DecisionRecordedTests
{
    private const string Fixture = "tests/Ledger.Contracts.Tests/Decisions/decision-recorded.v1.json";
    private static readonly DateTimeOffset Start = new(2026, 3, 2, 13, 0, 0, TimeSpan.Zero);

    [Fact]
    public void StoredBytes_ReadToday_MeanTheSame() =>
        JsonSerializer.Deserialize(Bytes(), DecisionJson.Default.DecisionRecorded).Should()
            .BeEquivalentTo(Everything(), options => options.ComparingRecordsByMembers().WithStrictOrdering());

    [Fact]
    public void SameDecision_WrittenToday_HasTheSameBytes() =>
        Encoding.UTF8.GetString(DecisionJson.Bytes(Everything())).Should().Be(Encoding.UTF8.GetString(Bytes()));

    [Fact]
    public void ShortestDecision_Written_HoldsNothingThatIsNotSet()
    {
        DecisionRecorded shortest = new(
            Guid.Parse("018f4e4c-0000-7000-8000-000000000002"), "main", new string('a', 32), null,
            new DecisionAct(
                null, null, null, Category.Pay, "bonus", false, new AiSystemUse("payroll", "1", "bonus", null, null), new Automation(1, null, null),
                new DecisionTimes(null, Start, null, null, null, null, "America/Toronto"), null, null, null),
            new PersonalContent(new Outcome("paid", null, null, null), null, null, null, null, null, null, null, null, null));

        string json = Encoding.UTF8.GetString(DecisionJson.Bytes(shortest));

        json.Should().NotContain("null").And.NotContain("reviewer");
        JsonSerializer.Deserialize(json, DecisionJson.Default.DecisionRecorded).Should().Be(shortest);
    }

    [Fact]
    public void UnknownCategory_Read_IsAnErrorNotADefault()
    {
        string json = Encoding.UTF8.GetString(Bytes()).Replace("\"task_allocation\"", "\"astrology\"", StringComparison.Ordinal);

        FluentActions.Invoking(() => JsonSerializer.Deserialize(json, DecisionJson.Default.DecisionRecorded)).Should().Throw<JsonException>();
    }

    // Kept as a line of text; the event ends before the line does.
    private static byte[] Bytes() => File.ReadAllBytes(Repository.PathOf(Fixture))[..^1];

    private static DecisionRecorded Everything() => new(
        Guid.Parse("018f4e4c-0000-7000-8000-000000000001"),
        "main",
        "00112233445566778899aabbccddeeff",
        "ffeeddccbbaa99887766554433221100",
        new DecisionAct(
            "Unité 7 — entrepôt", "Lachine", "préparatrice", Category.TaskAllocation, "zone_changed", true,
            new AiSystemUse("wave-planner", "4.2.0", "équilibrer les zones", "run-88", ModelKind.Optimisation),
            new Automation(2, "shift supervisor", new HumanReview(Start.AddMinutes(1), Start.AddMinutes(3), true)),
            new DecisionTimes(
                Start.AddMinutes(-30), Start, Start.AddHours(1), Start.AddMinutes(5), Start.AddHours(1), Start.AddHours(9), "America/Toronto"),
            new Notice(Start.AddMinutes(5), NoticeChannel.TextMessage, "fr-CA"),
            new Ground("Loi sur l’accès, art. 65.2", "12.04", "EFVP-2026-3", "R-7"),
            new Lineage(
                [Guid.Parse("018f4e4c-0000-7000-8000-00000000000a")],
                [new Evidence("dossier 12", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")])),
        new PersonalContent(
            new Outcome(
                "zone_changed", new Value(null, new Money("CAD", 1250), null, null, null), new Value(null, null, "zone A & <B>", null, null),
                new Value(null, null, null, Start.AddHours(1), null)),
            new Outcome("zone_kept", null, null, new Value(null, null, null, null, true)),
            new Quantity(0.1, "1"),
            0.87,
            [new Factor("pace", new Value(new Quantity(61.25, "{item}/h"), null, null, null, null), FactorDirection.Towards, 0.6, new Quantity(70, "{item}/h"))],
            [new Parameter("horizon", new Value(new Quantity(8, "h"), null, null, null, null))],
            [new LocalizedText("fr-CA", "Deux collègues manquent à la zone C."), new LocalizedText("en-CA", "Two colleagues are missing in zone C.")],
            [new DataUse(DataCategory.CustomerRating, "badge readers", Start.AddDays(-1), Start, ShiftRelation.OnAndOffShift, "safety")],
            [
                new WorkMeasure(
                    "case picking", new Quantity(488, "{item}"), 28800, new Quantity(60, "{item}/h"), new Quantity(65.5, "{item}/h"), 1800, 1500.5m,
                    Start.AddDays(-4), 39600),
            ],
            "La zone C est plus lourde."));
}
