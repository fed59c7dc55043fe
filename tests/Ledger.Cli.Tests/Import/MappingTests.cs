using System.Text.Json.Nodes;
using CsCheck;
using FluentAssertions;
using Ledger.Cli.Import.Mapping;
using Ledger.Cli.Import.Sources;
using Ledger.V1;
using Xunit;

namespace Ledger.Cli.Tests.Import;

public sealed class MappingTests
{
    [Fact]
    public void Row_ThatFits_BecomesADecision()
    {
        Mapped mapped = Sample.Map(Sample.Text, ("id", 7L), ("who", "E1"), ("at", "2026-01-05T08:00:00"), ("n", "1.5"));

        mapped.Problem.Should().BeNull();
        Decision decision = mapped.Decisions.Should().ContainSingle().Which.Decision;
        decision.Subject.EmployeeNumber.Should().Be("E1");
        decision.HasAdverse.Should().BeTrue();
        decision.Times.DecidedAt.ToDateTimeOffset().Should().Be(new DateTimeOffset(2026, 1, 5, 13, 0, 0, TimeSpan.Zero), "Toronto is five hours behind in winter");
        decision.Personal.Outcome.Amount.Quantity.Number.Should().Be(1.5);
    }

    [Fact]
    public void Row_TheMappingSkips_IsCountedUnderItsReason() =>
        Sample.Map(Sample.Text, ("id", 7L), ("at", "x")).Rule!.Name.Should().Be("nobody");

    [Theory]
    [InlineData("at", "yesterday", ProblemCode.NotATime)]
    [InlineData("at", "2026-02-30T08:00:00", ProblemCode.NotATime)]
    [InlineData("at", "2026-03-08T02:30:00", ProblemCode.TimeDoesNotExist)]
    [InlineData("at", "", ProblemCode.FieldMissing)]
    [InlineData("n", "1,5", ProblemCode.NotANumber)]
    [InlineData("n", "NaN", ProblemCode.NotANumber)]
    [InlineData("n", "1e999", ProblemCode.NotANumber)]
    public void Row_WithABadField_IsAProblemThatNamesTheField(string field, string value, string code)
    {
        Dictionary<string, object?> fields = new(StringComparer.Ordinal) { ["id"] = "1", ["who"] = "E", ["at"] = "2026-01-05T08:00:00Z", ["n"] = "1" };
        fields[field] = value;

        Mapped mapped = Sample.Mapping.Map(new ObjectRow(1, 1, fields));

        mapped.Decisions.Should().BeEmpty();
        mapped.Problem.Should().BeEquivalentTo(new { Code = code, Field = field });
    }

    [Theory]
    [InlineData("2026-11-01T01:30:00", "2026-11-01T05:30:00Z", "an hour that the clock shows twice is read as the first")]
    [InlineData("2026-07-01T12:00:00", "2026-07-01T16:00:00Z", "summer time")]
    [InlineData("2026-07-01T12:00:00+02:00", "2026-07-01T10:00:00Z", "an offset is taken at its word")]
    public void Time_OfAWallClock_IsReadInTheMappingsZone(string text, string expected, string because) =>
        Sample.Map(Sample.Text, ("id", 1L), ("who", "E"), ("at", text), ("n", 1L)).Decisions[0].Decision.Times.DecidedAt.ToDateTimeOffset()
            .Should().Be(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), because);

    [Theory]
    [InlineData("""{ "number": "1 234,5", "decimal": ",", "group": " ", "scale": 2 }""", 2469.0)]
    [InlineData("""{ "number": { "lookup": "t", "of": "b" } }""", 2.0)]
    [InlineData("""{ "number": { "lookup": "t", "of": "z", "otherwise": 9 } }""", 9.0)]
    [InlineData("""{ "number": { "field": "nothing", "otherwise": "4" } }""", 4.0)]
    [InlineData("""{ "if": { "all": [{ "field": "who", "startsWith": "E" }, { "not": { "field": "who", "in": ["E2"] } }] }, "then": 1, "else": 0 }""", 1.0)]
    [InlineData("""{ "if": { "any": [{ "field": "n", "above": 3 }, { "field": "who", "contains": "zz" }] }, "then": 1, "else": 0 }""", 0.0)]
    public void Expression_Evaluates(string expression, double expected)
    {
        string mapping = Sample.Text.Replace("""{ "number": "${n}" }""", expression, StringComparison.Ordinal)
            .Replace("\"rules\"", """ "lookups": { "t": { "b": "2" } }, "rules" """, StringComparison.Ordinal);

        Mapped mapped = Sample.Map(mapping, ("id", 1L), ("who", "E1"), ("at", "2026-01-05T08:00:00Z"), ("n", 3L));

        mapped.Problem.Should().BeNull();
        mapped.Decisions[0].Decision.Personal.Outcome.Amount.Quantity.Number.Should().Be(expected);
    }

    [Fact]
    public void Slug_OfAnyText_IsAnEmployeeNumberOrAProblem()
    {
        ImportMapping mapping = Sample.Parse(Sample.Text.Replace("\"employeeNumber\": \"${who}\"", "\"employeeNumber\": { \"slug\": \"${who}\" }", StringComparison.Ordinal));
        Gen.String[1, 40].Sample(who =>
        {
            Mapped mapped = mapping.Map(new ObjectRow(1, 1, new Dictionary<string, object?>(StringComparer.Ordinal) { ["id"] = "1", ["who"] = Whole(who), ["at"] = "2026-01-05T08:00:00Z", ["n"] = 1L }));
            return mapped.Problem is not null || mapped.Decisions.All(made => made.Decision.Subject.EmployeeNumber.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'));
        });
    }

    [Fact]
    public void Id_OfTheSameRow_IsTheSameForever()
    {
        string id = Sample.Map(Sample.Text, ("id", 7L), ("who", "E1"), ("at", "2026-01-05T08:00:00Z"), ("n", 1L)).Decisions[0].Decision.DecisionId;

        // Frozen: SHA-256 over length-prefixed "ledger.import/1", "test", "all", "7" — computed with Python.
        id.Should().Be("ede5a597-e85f-8f68-9a2d-153003b0be8d");
        Guid.Parse(id).ToString().Should().Be(id, "the contract wants lower case with hyphens");
    }

    [Fact]
    public void Id_OfDifferentKeys_Differs() =>
        Gen.Select(Gen.String.Array[1, 3], Gen.String.Array[1, 3]).Sample((a, b) =>
            a.SequenceEqual(b, StringComparer.Ordinal) || DecisionId.From("m", "r", [.. a.Select(Whole)]) != DecisionId.From("m", "r", [.. b.Select(Whole)]) || a.Select(Whole).SequenceEqual(b.Select(Whole), StringComparer.Ordinal));

    [Theory]
    [InlineData("$.rules[1].decision.subject.workSites", "subject", "workSites", "\"x\"")]
    [InlineData("$.rules[1].decision.times.decidedAt.formats", "times.decidedAt", "formats", "\"iso\"")]
    [InlineData("$.rules[1].decision.system.modelKind", "system", "modelKind", "\"SMART\"")]
    [InlineData("$.rules[1].decision.name", "", "name", "\"x\"")]
    [InlineData("$.rules[1].decision.decisionId", "", "decisionId", "\"x\"")]
    [InlineData("$.rules[1].decision.subject.worker", "subject", "worker", "\"x\"")]
    public void Mapping_WithAMemberThatIsNotThere_IsRefusedWithItsPath(string path, string parent, string name, string value)
    {
        JsonNode root = JsonNode.Parse(Sample.Text)!;
        JsonNode place = root["rules"]![1]!["decision"]!;
        foreach (string step in parent.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            place = place[step]!;
        }

        place[name] = JsonNode.Parse(value);

        Action parse = () => Sample.Parse(root.ToJsonString());

        parse.Should().Throw<MappingException>().Which.Path.Should().Be(path);
    }

    [Theory]
    [InlineData("\"id\": \"test\"", "\"id\": \"Test!\"", "$.id")]
    [InlineData("America/Toronto\" },\n  \"key\"", "Mars/Olympus\" },\n  \"key\"", "$.source.timeZone")]
    [InlineData("\"key\": [\"${id}\"]", "\"key\": []", "$.key")]
    [InlineData("\"${who}\"", "\"${who\"", "$.rules[1].decision.subject.employeeNumber")]
    [InlineData("\"skip\": \"nobody\",", "\"skip\": \"nobody\", \"partOf\": \"b\",", "$.rules[0]")]
    [InlineData("\"organisation\": \"acme\",", "\"organisation\": \"acme\", \"organisation\": \"b\",", "$")]
    [InlineData("\"kind\": \"measured\", ", "", "$.rules[1].decision")]
    public void Mapping_ThatIsWrong_IsRefusedWithThePath(string from, string to, string path)
    {
        string text = Sample.Text.Replace("\r", "", StringComparison.Ordinal);
        text.Should().Contain(from);

        Action parse = () => Sample.Parse(text.Replace(from, to, StringComparison.Ordinal));

        parse.Should().Throw<MappingException>().Which.Path.Should().Be(path);
    }

    [Fact]
    public void Mapping_ReadFromAnyDamagedText_IsReadOrRefusedAndNothingElse() =>
        Gen.Select(Gen.Int[0, Sample.Text.Length - 1], Gen.Char["{}[]\",:x0$"]).Sample((at, character) =>
        {
            try
            {
                return Sample.Parse(Sample.Text.Remove(at, 1).Insert(at, character.ToString())).Id.Length > 0;
            }
            catch (MappingException)
            {
                return true;
            }
        });

    private static string Whole(string text) => new(text.Where(c => !char.IsSurrogate(c)).ToArray());
}
