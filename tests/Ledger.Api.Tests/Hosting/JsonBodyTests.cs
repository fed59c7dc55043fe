using System.Text;
using FluentAssertions;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Ledger.Api.Hosting;
using Ledger.Api.Tests.Decisions;
using Ledger.Contracts;
using Ledger.V1;
using Xunit;

namespace Ledger.Api.Tests.Hosting;

public sealed class JsonBodyTests
{
    public static TheoryData<string, string, RefusalCode> Wrong => new()
    {
        { """{"knid":"x"}""", "decision.knid", RefusalCode.UnknownField },
        { """{"Kind":"x"}""", "decision.Kind", RefusalCode.UnknownField },
        { """{"times":{"decidedAt":"2026-03-09T13:00:00Z","decided":1}}""", "decision.times.decided", RefusalCode.UnknownField },
        { """{"personal":{"factors":[{"name":"a"},{"nmae":"b"}]}}""", "decision.personal.factors[1].nmae", RefusalCode.UnknownField },
        { """{"extra":{"a":[1,{"b":2}]},"kind":"x"}""", "decision.extra", RefusalCode.UnknownField },
        { """{"kind":"a","kind":"b"}""", "decision.kind", RefusalCode.Duplicate },
        { """{"decisionId":"a","decision_id":"b"}""", "decision.decision_id", RefusalCode.Duplicate },
        { """{"kind":7}""", "decision.kind", RefusalCode.Malformed },
        { """{"kind":{}}""", "decision.kind", RefusalCode.Malformed },
        { """{"kind":"\ud800"}""", "decision.kind", RefusalCode.Malformed },
        { """{"adverse":"true"}""", "decision.adverse", RefusalCode.Malformed },
        { """{"adverse":1}""", "decision.adverse", RefusalCode.Malformed },
        { """{"category":"SCHEDULNIG"}""", "decision.category", RefusalCode.Unknown },
        { """{"category":"scheduling"}""", "decision.category", RefusalCode.Unknown },
        { """{"category":1.5}""", "decision.category", RefusalCode.Malformed },
        { """{"category":true}""", "decision.category", RefusalCode.Malformed },
        { """{"times":[]}""", "decision.times", RefusalCode.Malformed },
        { """{"times":"now"}""", "decision.times", RefusalCode.Malformed },
        { """{"times":{"decidedAt":"yesterday"}}""", "decision.times.decided_at", RefusalCode.Malformed },
        { """{"times":{"decidedAt":"2026-13-09T13:00:00Z"}}""", "decision.times.decided_at", RefusalCode.Malformed },
        { """{"times":{"decidedAt":1773061200}}""", "decision.times.decided_at", RefusalCode.Malformed },
        { """{"times":{"decidedAt":{"seconds":1}}}""", "decision.times.decided_at", RefusalCode.Malformed },
        { """{"personal":{"confidence":"high"}}""", "decision.personal.confidence", RefusalCode.Malformed },
        { """{"personal":{"confidence":1e999}}""", "decision.personal.confidence", RefusalCode.Malformed },
        { """{"personal":{"factors":{}}}""", "decision.personal.factors", RefusalCode.Malformed },
        { """{"personal":{"factors":[null]}}""", "decision.personal.factors[0]", RefusalCode.Malformed },
        { """{"personal":{"measures":[{"duration":"1 h"}]}}""", "decision.personal.measures[0].duration", RefusalCode.Malformed },
        { """{"personal":{"measures":[{"duration":60}]}}""", "decision.personal.measures[0].duration", RefusalCode.Malformed },
        { """{"personal":{"outcome":{"amount":{"money":{"minorUnits":1.5}}}}}""", "decision.personal.outcome.amount.money.minor_units", RefusalCode.Malformed },
        { """{"personal":{"outcome":{"amount":{"money":{"minorUnits":"99999999999999999999"}}}}}""", "decision.personal.outcome.amount.money.minor_units", RefusalCode.Malformed },
        { """{"personal":{"outcome":{"amount":{"text":"a","flag":true}}}}""", "decision.personal.outcome.amount.flag", RefusalCode.Contradiction },
        { """{"lineage":{"evidence":[{"sha256":"zz*"}]}}""", "decision.lineage.evidence[0].sha256", RefusalCode.Malformed },
        { """{"lineage":{"inputDecisionIds":["a",1]}}""", "decision.lineage.input_decision_ids[1]", RefusalCode.Malformed },
        { "[]", "decision", RefusalCode.Malformed },
        { "null", "decision", RefusalCode.Malformed },
        { "", "", RefusalCode.Unreadable },
        { "{", "", RefusalCode.Unreadable },
        { """{"kind":"a",}""", "", RefusalCode.Unreadable },
        { """{"kind":"a"} {}""", "", RefusalCode.Unreadable },
        { """{"kind":'a'}""", "", RefusalCode.Unreadable },
        { "\u0000", "", RefusalCode.Unreadable },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void Body_ThatIsWrong_IsRefusedNamingThePlace(string json, string field, RefusalCode code) =>
        Check(json).Should().ContainSingle().Which.Should().Match<Refusal>(r => r.Field == field && r.Code == code);

    [Fact]
    public void Body_InEitherNaming_IsAccepted()
    {
        Check(JsonFormatter.Default.Format(DecisionBuilder.Full())).Should().BeEmpty();
        Check(new JsonFormatter(JsonFormatter.Settings.Default.WithPreserveProtoFieldNames(true)).Format(DecisionBuilder.Full())).Should().BeEmpty();
        Check(new JsonFormatter(JsonFormatter.Settings.Default.WithFormatEnumsAsIntegers(true)).Format(DecisionBuilder.Full())).Should().BeEmpty();
        Check("""{"times":null,"personal":{"factors":null,"outcome":{"amount":{"text":null,"flag":true,"money":null}}},"category":99}""").Should().BeEmpty();
    }

    [Fact]
    public void Body_WithManyMistakes_NamesAtMostTwenty() =>
        Check($"{{{string.Join(',', Enumerable.Range(0, 50).Select(i => $"\"x{i}\":{i}"))}}}").Should().HaveCount(Limits.ViolationsNamed);

    [Fact]
    public void Body_NestedWithoutEnd_IsRefusedAndNotFollowed() =>
        Check(string.Concat(Enumerable.Repeat("""{"personal":""", 10_000))).Should().ContainSingle();

    [Fact]
    public void Path_OfARequestAsAWhole_HasNoPrefix() => JsonBody.Check(
        """{"employeeNumbr":"E-1"}"""u8, LookupWorkerRequest.Descriptor, "").Single().Field.Should().Be("employeeNumbr");

    [Fact]
    public void Contract_HasNoTypeInABodyThatTheCheckDoesNotKnow()
    {
        FieldType[] known = [FieldType.Message, FieldType.Enum, FieldType.String, FieldType.Bytes, FieldType.Bool, FieldType.Double, FieldType.Int32, FieldType.Int64];
        MessageDescriptor[] bodies = [Decision.Descriptor, LookupWorkerRequest.Descriptor];

        foreach (FieldDescriptor field in bodies.SelectMany(Fields))
        {
            known.Should().Contain(field.FieldType, "of {0}", field.FullName);
            field.IsMap.Should().BeFalse();
        }
    }

    private static IEnumerable<FieldDescriptor> Fields(MessageDescriptor message) => message.Fields.InDeclarationOrder().SelectMany(f =>
        f.FieldType == FieldType.Message && f.MessageType.File.Package == "ledger.v1" ? Fields(f.MessageType).Prepend(f) : [f]);

    private static IReadOnlyList<Refusal> Check(string json) => JsonBody.Check(Encoding.UTF8.GetBytes(json), Decision.Descriptor, "decision");
}
