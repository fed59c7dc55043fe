using FluentAssertions;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations.Retention;
using Ledger.Silo.Workers.Sealing;
using Xunit;

namespace Ledger.Silo.Tests.Organisations.Retention;

public sealed class RetentionScheduleTests : IDisposable
{
    private static readonly DateOnly Today = new(2026, 2, 15);

    private readonly string file = Path.GetTempFileName();

    public void Dispose() => File.Delete(file);

    [Fact]
    public void Profile_OfQuebec_DestroysNothingByItself()
    {
        RetentionSchedule schedule = RetentionSchedule.Load(new RetentionOptions(), [])!;

        schedule.HasRules.Should().BeFalse();
        schedule.RuleFor("evaluation", new DateOnly(2999, 1, 1)).Should().BeNull("the law says how long to keep at least, not when to destroy");
    }

    [Fact]
    public void Rule_InForce_IsTheNewestOfTheClassElseTheNewestOfAll()
    {
        RetentionSchedule schedule = Load(
            """{ "class": "*", "months": 60, "from": "2025-01-01", "source": "all" }""",
            """{ "class": "evaluation", "months": 36, "from": "2026-01-01", "source": "newer" }""",
            """{ "class": "evaluation", "months": 24, "from": "2025-01-01", "source": "older" }""",
            """{ "class": "evaluation", "months": 12, "from": "2026-02-16", "source": "tomorrow" }""");

        schedule.RuleFor("evaluation", Today)!.Source.Should().Be("newer");
        schedule.RuleFor("evaluation", Today.AddDays(1))!.Source.Should().Be("tomorrow");
        schedule.RuleFor("evaluation", new DateOnly(2025, 6, 1))!.Source.Should().Be("older");
        schedule.RuleFor("Evaluation", Today)!.Source.Should().Be("all", "classes are compared exactly");
        schedule.RuleFor("pay", Today)!.Source.Should().Be("all");
        schedule.RuleFor("pay", new DateOnly(2024, 12, 31)).Should().BeNull();
    }

    [Fact]
    public void Due_IsCountedFromTheEndOfTheMonth_AndNotBeforeTheRule()
    {
        RetentionSchedule schedule = Load(
            """{ "class": "a", "months": 12, "from": "2020-01-01", "source": "a" }""", """{ "class": "b", "months": 12, "from": "2026-02-10", "source": "b" }""");

        schedule.DueSince(new RetentionPeriod("a", "2025-01"), schedule.RuleFor("a", Today)!, Today).Should().Be(new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero));
        schedule.DueSince(new RetentionPeriod("a", "2023-12"), schedule.RuleFor("a", Today)!, Today).Should().Be(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));
        schedule.DueSince(new RetentionPeriod("b", "2025-01"), schedule.RuleFor("b", Today)!, Today).Should().Be(new DateTimeOffset(2026, 2, 10, 0, 0, 0, TimeSpan.Zero));
    }

    [Theory]
    [InlineData("""{ "class": "a", "months": 11, "from": "2026-01-01", "source": "s" }""", "rules[0].months: 11 is less than 12*")]
    [InlineData("""{ "class": "a", "months": -1, "from": "1990-01-01", "source": "s" }""", "rules[0].months: -1 is less than 12*")]
    [InlineData("""{ "class": "a", "months": 1201, "from": "2026-01-01", "source": "s" }""", "rules[0].months: 1201 is more than 1200.")]
    [InlineData("""{ "class": "", "months": 12, "from": "2026-01-01", "source": "s" }""", "rules[0].class: *")]
    [InlineData("""{ "class": "a", "months": 12, "from": "2026-01-01", "source": " " }""", "rules[0].source: *")]
    [InlineData("""{ "class": "a", "months": 12, "from": "2026-01-01" }""", "rules[0].source: *")]
    [InlineData("""{ "months": 12, "from": "2026-01-01", "source": "s" }""", "rules[0].class: *")]
    [InlineData("""{ "class": "a", "months": 12, "from": "2026-01-01", "source": "s" }, { "class": "a", "months": 24, "from": "2026-01-01", "source": "s" }""", "rules[1].from: *")]
    [InlineData("""{ "class": "a", "months": 12, "from": "January", "source": "s" }""", "*rules[0].from*")]
    [InlineData("""{ "class": "a", "month": 12, "from": "2026-01-01", "source": "s" }""", "*month*")]
    public void File_WithAMistake_IsRefusedAtStartAndTheKeyIsNamed(string rules, string expected)
    {
        Write(rules);
        SiloOptions options = new();
        options.Retention.File = file;

        new SiloOptionsCheck().Validate(null, options).Failures.Should().ContainSingle().Which.Should().Match($"Ledger:Retention:File: {file}: {expected}");
    }

    [Theory]
    [InlineData("""{ "schema": "ledger.retention/2", "rules": [] }""", "schema: *")]
    [InlineData("""{ "schema": "ledger.retention/1" }""", "It has no rules.")]
    [InlineData("""{ "schema": "ledger.retention/1", "rules": [], "floors": [] }""", "floors: *")]
    [InlineData("""{ "schema": "ledger.retention/1", "rules": [null] }""", "rules[0]*")]
    [InlineData("not JSON", "*")]
    public void File_ThatIsNone_IsRefusedAtStart(string text, string expected)
    {
        File.WriteAllText(file, text);
        List<string> failures = [];

        RetentionSchedule.Load(new RetentionOptions { File = file }, failures).Should().BeNull();
        failures.Should().ContainSingle().Which.Should().Match($"Ledger:Retention:File: {file}: {expected}");
    }

    [Fact]
    public void Configuration_ThatNamesNothing_IsRefusedAtStart()
    {
        List<string> failures = [];
        RetentionSchedule.Load(new RetentionOptions { Profile = "atlantis" }, failures).Should().BeNull();
        RetentionSchedule.Load(new RetentionOptions { File = file + ".none" }, failures).Should().BeNull();
        failures.Should().HaveCount(2);
        failures[0].Should().StartWith("Ledger:Retention:Profile: 'atlantis'");
        failures[1].Should().StartWith($"Ledger:Retention:File: {file}.none: ");
    }

    private RetentionSchedule Load(params string[] rules)
    {
        Write(string.Join(", ", rules));
        List<string> failures = [];
        return RetentionSchedule.Load(new RetentionOptions { File = file }, failures) ?? throw new InvalidOperationException(string.Join('\n', failures));
    }

    private void Write(string rules) => File.WriteAllText(file, $$"""{ "schema": "ledger.retention/1", "rules": [{{rules}}] }""");
}
