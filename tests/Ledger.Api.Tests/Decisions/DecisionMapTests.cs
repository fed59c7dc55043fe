using System.Text.Json;
using CsCheck;
using FluentAssertions;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Ledger.Api.Decisions;
using Ledger.Contracts.Decisions;
using Xunit;

namespace Ledger.Api.Tests.Decisions;

public sealed class DecisionMapTests
{
    private const string Worker = "00112233445566778899aabbccddeeff";
    private const string Reviewer = "ffeeddccbbaa99887766554433221100";

    /// <summary>Fields that another form takes the place of: numbers go in, pseudonyms come out.</summary>
    private static readonly string[] Replaced =
        ["decision.name", "decision.subject.employee_number", "decision.subject.worker", "decision.automation.review.reviewer_employee_number", "decision.automation.review.reviewer"];

    private static readonly string[] Required =
        ["subject", "system", "automation", "times", "personal", "personal.outcome", "personal.parameters.value", "times.decided_at", "automation.review.decided_at", "notice.given_at"];

    [Fact]
    public void Decision_OfAnyContent_ComesBackFromTheStoreAsItWent() => Gen.Int.Sample(seed =>
    {
        V1.Decision decision = (V1.Decision)Filled(V1.Decision.Descriptor, "", new Random(seed), dense: false);

        V1.Decision back = ThroughTheStore(decision);

        back.Should().Be(Expected(decision));
    }, iter: 2000);

    [Fact]
    public void Decision_WithEveryFieldSet_ComesBackWithEveryField()
    {
        // A field that is added to the contract and forgotten in the mapping comes back empty: here it is named.
        V1.Decision decision = (V1.Decision)Filled(V1.Decision.Descriptor, "", new Random(1), dense: true);
        List<string> sent = SetFields(decision, "decision");
        sent.Should().Contain("decision.personal.measures.rest").And.HaveCountGreaterThan(90);

        SetFields(ThroughTheStore(decision), "decision").Should().Contain(sent.Except(Replaced, StringComparer.Ordinal));
        AllFields(V1.Decision.Descriptor, "decision").Except(sent, StringComparer.Ordinal).Where(f => !f.Contains(".value.", StringComparison.Ordinal))
            .Should().BeEmpty("the generator fills every field of the contract");
    }

    [Theory]
    [InlineData(0, 0), InlineData(0, 1), InlineData(59, 999_999_999), InlineData(100_000_000, 100_000_000), InlineData(315_576_000_000, 999_999_999)]
    public void Duration_OfAnyLength_ComesBackToTheNanosecond(long seconds, int nanos)
    {
        Duration duration = new() { Seconds = seconds, Nanos = nanos };
        V1.Decision decision = DecisionBuilder.Full(d => d.Personal.Measures[0].Duration = duration);

        ThroughTheStore(decision).Personal.Measures[0].Duration.Should().Be(duration);
    }

    [Fact]
    public void Instant_IsKeptToAHundredNanoseconds()
    {
        V1.Decision decision = DecisionBuilder.Full(d => d.Times.ObservedAt = new Timestamp { Seconds = 1_770_000_000, Nanos = 123_456_789 });

        ThroughTheStore(decision).Times.ObservedAt.Nanos.Should().Be(123_456_700);
    }

    [Fact]
    public void Decision_MappedTwice_GivesTheSameBytes() => Gen.Int.Sample(seed =>
    {
        V1.Decision decision = (V1.Decision)Filled(V1.Decision.Descriptor, "", new Random(seed), dense: false);

        Stored(decision.Clone()).Should().Equal(Stored(decision));
    }, iter: 200);

    [Fact]
    public void StoredForm_IsFrozen()
    {
        string stored = System.Text.Encoding.UTF8.GetString(Stored(DecisionBuilder.Smallest(d => d.Subject.WorkSite = "Trois-Rivières")));

        stored.Should().Be(
            """
            {"decisionId":"6a7f2c1e-58a9-4f5e-9c3d-0b8f6f1f2a10","organisation":"main","worker":"00112233445566778899aabbccddeeff",
            "act":{"workSite":"Trois-Rivières","category":"scheduling","kind":"shift_moved","adverse":true,
            "system":{"systemId":"roster","version":"1.0","purpose":"plan shifts"},"automation":{"level":4},
            "times":{"decidedAt":"2026-03-09T13:00:00+00:00","timeZone":"America/Toronto"}},
            "personal":{"outcome":{"code":"shift_moved"}}}
            """.ReplaceLineEndings(""));
    }

    [Fact]
    public void Enums_OfContractAndStore_HaveTheSameNames()
    {
        foreach ((System.Type contract, System.Type stored) in (ReadOnlySpan<(System.Type, System.Type)>)[
            (typeof(V1.Category), typeof(Category)), (typeof(V1.ModelKind), typeof(ModelKind)), (typeof(V1.NoticeChannel), typeof(NoticeChannel)),
            (typeof(V1.FactorDirection), typeof(FactorDirection)), (typeof(V1.DataCategory), typeof(DataCategory)), (typeof(V1.ShiftRelation), typeof(ShiftRelation))])
        {
            Members(stored).Should().Equal(Members(contract).Where(m => m.Value is > 0 and < 100), "of {0}", stored.Name);
        }
    }

    private static IEnumerable<(string Name, int Value)> Members(System.Type type) =>
        System.Enum.GetValues(type).Cast<object>().Select(v => (v.ToString()!, (int)v)).OrderBy(m => m.Item2);

    private static byte[] Stored(V1.Decision decision) => DecisionJson.Bytes(new DecisionRecorded(
            Guid.Parse(decision.DecisionId), "main", Worker, decision.Automation.Review is null ? null : Reviewer,
            DecisionMap.ToAct(decision), DecisionMap.ToPersonal(decision.Personal)));

    private static V1.Decision ThroughTheStore(V1.Decision decision) =>
        DecisionMap.ToDecision(JsonSerializer.Deserialize(Stored(decision), DecisionJson.Default.DecisionRecorded)!);

    private static V1.Decision Expected(V1.Decision decision)
    {
        V1.Decision expected = decision.Clone();
        expected.Name = $"organisations/main/workers/{Worker}/decisions/{decision.DecisionId}";
        (expected.Subject.EmployeeNumber, expected.Subject.Worker) = ("", Worker);
        if (expected.Automation.Review is { } review)
        {
            (review.ReviewerEmployeeNumber, review.Reviewer) = ("", Reviewer);
        }

        return expected;
    }

    /// <summary>A message that the check would let pass, made from its descriptor alone: nobody has to remember a new field.</summary>
    private static IMessage Filled(MessageDescriptor type, string path, Random random, bool dense)
    {
        IMessage message = type.Parser.ParseFrom(ByteString.Empty);
        foreach (IGrouping<OneofDescriptor?, FieldDescriptor> group in type.Fields.InDeclarationOrder().GroupBy(f => f.RealContainingOneof))
        {
            FieldDescriptor[] fields = group.Key is null ? [.. group] : [group.ElementAt(random.Next(group.Count()))];
            foreach (FieldDescriptor field in fields)
            {
                string at = path.Length == 0 ? field.Name : $"{path}.{field.Name}";
                if (field.IsRepeated)
                {
                    System.Collections.IList list = (System.Collections.IList)field.Accessor.GetValue(message);
                    for (int n = dense ? 1 : random.Next(4); n > 0; n--)
                    {
                        list.Add(Value(field, at, random, dense));
                    }
                }
                else if (dense || group.Key is not null || IsRequired(field, at) || random.Next(2) == 0)
                {
                    field.Accessor.SetValue(message, Value(field, at, random, dense));
                }
            }
        }

        return message;
    }

    private static bool IsRequired(FieldDescriptor field, string path) => Required.Contains(path, StringComparer.Ordinal)
        || field.FieldType == FieldType.Enum && field.GetOptions()?.GetExtension(Google.Api.FieldBehaviorExtensions.FieldBehavior).Contains(Google.Api.FieldBehavior.Required) == true
        || path is "decision_id" or "adverse" or "automation.review.changed";

    private static object Value(FieldDescriptor field, string path, Random random, bool dense) => field.FieldType switch
    {
        FieldType.Message when field.MessageType == Timestamp.Descriptor =>
            new Timestamp { Seconds = random.NextInt64(-2_000_000_000, 4_000_000_000), Nanos = random.Next(10_000_000) * 100 },
        FieldType.Message when field.MessageType == Duration.Descriptor =>
            new Duration { Seconds = random.NextInt64(315_576_000_000), Nanos = random.Next(1_000_000_000) },
        FieldType.Message => Filled(field.MessageType, path, random, dense),
        FieldType.Enum => field.EnumType.Values.Where(v => v.Number is > 0 and < 100).ElementAt(random.Next(field.EnumType.Values.Count(v => v.Number is > 0 and < 100))).Number,
        FieldType.String when path is "decision_id" or "lineage.input_decision_ids" => NewId(random),
        FieldType.String => Text(random),
        FieldType.Bytes => ByteString.CopyFrom(Bytes(random, 32)),
        FieldType.Bool => dense || random.Next(2) == 0,
        FieldType.Double => random.NextDouble() * Math.Pow(10, random.Next(-8, 9)) + double.Epsilon,
        FieldType.Int64 => random.NextInt64(long.MinValue, long.MaxValue),
        _ => throw new NotSupportedException($"Teach the generator {field.FieldType} of {path}."),
    };

    private static string Text(Random random)
    {
        string[] pieces = ["a", "Z", "é", " ", "\"", "\\", "\n", "\t", "<", "&", "'", "\u2028", "工", "🏭", "\u007f", "{}", ","];
        return string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => pieces[random.Next(pieces.Length)]));
    }

    private static byte[] Bytes(Random random, int count)
    {
        byte[] bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private static string NewId(Random random) => new Guid(Bytes(random, 16)).ToString();

    private static List<string> SetFields(IMessage message, string path)
    {
        List<string> set = [];
        foreach (FieldDescriptor field in message.Descriptor.Fields.InDeclarationOrder())
        {
            string at = $"{path}.{field.Name}";
            object? value = field.Accessor.GetValue(message);
            object? first = field.IsRepeated ? ((System.Collections.IList)value!).Cast<object>().FirstOrDefault() : value;
            bool isSet = field.IsRepeated || field.FieldType == FieldType.Message ? first is not null
                : field.HasPresence ? field.Accessor.HasValue(message)
                : !Equals(first, field.FieldType == FieldType.String ? "" : field.FieldType == FieldType.Bytes ? ByteString.Empty : field.FieldType == FieldType.Enum ? System.Enum.ToObject(first!.GetType(), 0) : Activator.CreateInstance(first!.GetType()));
            if (isSet)
            {
                set.Add(at);
                if (first is IMessage inner && inner.Descriptor.File.Package == "ledger.v1")
                {
                    set.AddRange(SetFields(inner, at));
                }
            }
        }

        return set;
    }

    private static IEnumerable<string> AllFields(MessageDescriptor type, string path) => type.Fields.InDeclarationOrder().SelectMany(f =>
        f.FieldType == FieldType.Message && f.MessageType.File.Package == "ledger.v1" && f.MessageType != V1.Value.Descriptor
            ? AllFields(f.MessageType, $"{path}.{f.Name}").Prepend($"{path}.{f.Name}")
            : [$"{path}.{f.Name}"]);
}
