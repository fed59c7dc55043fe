using System.Reflection;
using FluentAssertions;
using Ledger.Contracts.Decisions;
using Ledger.Silo.Decisions;
using Xunit;

namespace Ledger.Silo.Tests.Decisions;

public sealed class DecisionDifferenceTests
{
    private static readonly DecisionRecorded Full = StoredDecision.Full(StoredDecision.Id(9));

    public static TheoryData<string, Func<DecisionRecorded, DecisionRecorded>> Changes => new()
    {
        { "decision.automation.review.reviewer_employee_number", d => d with { Reviewer = new string('0', 32) } },
        { "decision.subject.bargaining_unit", d => d with { Act = d.Act with { BargainingUnit = "local 2" } } },
        { "decision.subject.work_site", d => d with { Act = d.Act with { WorkSite = null } } },
        { "decision.subject.job_class", d => d with { Act = d.Act with { JobClass = "clerk" } } },
        { "decision.category", d => d with { Act = d.Act with { Category = Category.Pay } } },
        { "decision.kind", d => d with { Act = d.Act with { Kind = "other" } } },
        { "decision.adverse", d => d with { Act = d.Act with { Adverse = false } } },
        { "decision.system.system_id", d => d with { Act = d.Act with { System = d.Act.System with { SystemId = "x" } } } },
        { "decision.system.model_kind", d => d with { Act = d.Act with { System = d.Act.System with { ModelKind = null } } } },
        { "decision.automation.level", d => d with { Act = d.Act with { Automation = d.Act.Automation with { Level = 0 } } } },
        { "decision.automation.final_decision_maker_role", d => d with { Act = d.Act with { Automation = d.Act.Automation with { FinalDecisionMakerRole = "x" } } } },
        { "decision.automation.review.opened_at", d => d with { Act = d.Act with { Automation = d.Act.Automation with { Review = d.Act.Automation.Review! with { OpenedAt = null } } } } },
        { "decision.automation.review.changed", d => d with { Act = d.Act with { Automation = d.Act.Automation with { Review = d.Act.Automation.Review! with { Changed = false } } } } },
        { "decision.times.decided_at", d => d with { Act = d.Act with { Times = d.Act.Times with { DecidedAt = StoredDecision.Decided.AddTicks(10) } } } },
        { "decision.times.time_zone", d => d with { Act = d.Act with { Times = d.Act.Times with { TimeZone = "Europe/Paris" } } } },
        { "decision.notice", d => d with { Act = d.Act with { Notice = null } } },
        { "decision.notice.given_at", d => d with { Act = d.Act with { Notice = d.Act.Notice! with { GivenAt = StoredDecision.Decided.AddDays(-1) } } } },
        { "decision.ground.legal_basis", d => d with { Act = d.Act with { Ground = d.Act.Ground! with { LegalBasis = "x" } } } },
        { "decision.lineage.input_decision_ids[1]", d => d with { Act = d.Act with { Lineage = d.Act.Lineage! with { InputDecisionIds = [StoredDecision.Id(1), StoredDecision.Id(3)] } } } },
        { "decision.lineage.input_decision_ids[2]", d => d with { Act = d.Act with { Lineage = d.Act.Lineage! with { InputDecisionIds = [StoredDecision.Id(1), StoredDecision.Id(2), StoredDecision.Id(3)] } } } },
        { "decision.lineage.evidence[0].sha256", d => d with { Act = d.Act with { Lineage = d.Act.Lineage! with { Evidence = [d.Act.Lineage.Evidence![0] with { Sha256 = new string('b', 64) }] } } } },
        { "decision.personal.outcome.amount.quantity.number", d => Personal(d, p => p with { Outcome = p.Outcome with { Amount = new Value(new Quantity(9, "h"), null, null, null, null) } }) },
        { "decision.personal.recommendation.code", d => Personal(d, p => p with { Recommendation = p.Recommendation! with { Code = "x" } }) },
        { "decision.personal.confidence", d => Personal(d, p => p with { Confidence = 0.76 }) },
        { "decision.personal.factors", d => Personal(d, p => p with { Factors = null }) },
        { "decision.personal.factors[0].weight", d => Personal(d, p => p with { Factors = [p.Factors![0] with { Weight = 0.4 }] }) },
        { "decision.personal.parameters[0].value.money.minor_units", d => Personal(d, p => p with { Parameters = [new Parameter("horizon", new Value(null, new Money("CAD", 1251), null, null, null))] }) },
        { "decision.personal.reasons[0].text", d => Personal(d, p => p with { Reasons = [new LocalizedText("fr", "parce qu’il le faut")] }) },
        { "decision.personal.data_used[0].category", d => Personal(d, p => p with { DataUsed = [p.DataUsed![0] with { Category = DataCategory.Audio }] }) },
        { "decision.personal.measures[0].duration", d => Personal(d, p => p with { Measures = [p.Measures![0] with { DurationSeconds = 61 }] }) },
        { "decision.personal.measures[0].break_entitled", d => Personal(d, p => p with { Measures = [p.Measures![0] with { BreakEntitledSeconds = null }] }) },
        { "decision.personal.measures[0].break_taken", d => Personal(d, p => p with { Measures = [p.Measures![0] with { BreakTakenSeconds = 1 }] }) },
        { "decision.personal.measures[0].schedule_published_at", d => Personal(d, p => p with { Measures = [p.Measures![0] with { SchedulePublishedAt = null }] }) },
        { "decision.personal.measures[0].rest", d => Personal(d, p => p with { Measures = [p.Measures![0] with { RestSeconds = 1 }] }) },
        { "decision.personal.review_reason", d => Personal(d, p => p with { ReviewReason = "x" }) },
    };

    [Theory, MemberData(nameof(Changes))]
    public void Difference_InOneField_IsNamedAsTheRequestNamesIt(string field, Func<DecisionRecorded, DecisionRecorded> change)
    {
        byte[] recorded = StoredDecision.Bytes(Full);
        byte[] repeated = StoredDecision.Bytes(change(Full));

        DecisionDifference.Find(recorded, repeated).Should().Be(field);
        DecisionDifference.Find(repeated, recorded).Should().Be(field, "it does not matter which came first");
    }

    [Fact]
    public void Difference_OfTheSameContent_IsNone() =>
        DecisionDifference.Find(StoredDecision.Bytes(Full), StoredDecision.Bytes(StoredDecision.Full(StoredDecision.Id(9)))).Should().BeNull();

    [Fact]
    public void Difference_InTheShapeOfAValue_NamesTheShapeRecordedFirst() => DecisionDifference.Find(
        """{"personal":{"score":{"quantity":1}}}"""u8, """{"personal":{"score":{"text":"1"}}}"""u8).Should().Be("decision.personal.score.quantity");

    [Fact]
    public void Difference_InSpellingAlone_IsNone() =>
        DecisionDifference.Find("""{"a":1.0,"b":"é"}"""u8, """{ "b":"\u00e9", "a":1 }"""u8).Should().BeNull();

    [Fact]
    public void Difference_OfEveryStoredField_NamesAFieldOfTheContract()
    {
        // A field that is stored under another name than the contract's must be translated; a forgotten one shows here.
        HashSet<string> contract = [];
        Collect(V1.Decision.Descriptor, "decision", contract);
        List<string> stored = [];
        Collect(typeof(DecisionAct), """{"act":""", "}", stored);
        Collect(typeof(PersonalContent), """{"personal":""", "}", stored);

        stored.Should().HaveCountGreaterThan(80);
        foreach (string json in stored)
        {
            string other = json.Replace("\u0001", "1", StringComparison.Ordinal);
            string one = json.Replace("\u0001", "2", StringComparison.Ordinal);
            string? path = DecisionDifference.Find(System.Text.Encoding.UTF8.GetBytes(one), System.Text.Encoding.UTF8.GetBytes(other));
            contract.Should().Contain(path!.Replace("[0]", "", StringComparison.Ordinal), "of {0}", json);
        }
    }

    private static DecisionRecorded Personal(DecisionRecorded decision, Func<PersonalContent, PersonalContent> change) =>
        decision with { Personal = change(decision.Personal!) };

    private static void Collect(Google.Protobuf.Reflection.MessageDescriptor message, string path, HashSet<string> paths)
    {
        foreach (Google.Protobuf.Reflection.FieldDescriptor field in message.Fields.InDeclarationOrder())
        {
            string at = $"{path}.{field.Name}";
            paths.Add(at);
            if (field.FieldType == Google.Protobuf.Reflection.FieldType.Message && field.MessageType.File.Package == "ledger.v1")
            {
                Collect(field.MessageType, at, paths);
            }
        }
    }

    /// <summary>For every leaf of a stored type a document that holds nothing but it, with U+0001 where the value goes.</summary>
    private static void Collect(Type type, string before, string after, List<string> documents)
    {
        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.Name != "EqualityContract"))
        {
            string name = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            (string open, string close) = ($"{before}{{\"{name}\":", $"}}{after}");
            Type member = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (member.IsGenericType)
            {
                member = member.GetGenericArguments()[0];
                (open, close) = (open + "[", "]" + close);
            }

            if (member.Namespace == typeof(DecisionAct).Namespace && !member.IsEnum)
            {
                Collect(member, open, close, documents);
            }
            else
            {
                documents.Add($"{open}\u0001{close}");
            }
        }
    }
}
