using System.Globalization;
using FluentAssertions;
using Ledger.Api.Decisions;
using Ledger.Cli.Demo;
using Ledger.Cli.Languages;
using Ledger.V1;
using Xunit;

namespace Ledger.Cli.Tests.Decisions;

public sealed class DecisionInWordsTests
{
    private static readonly Texts English = new(CultureInfo.GetCultureInfo("en-CA"));
    private static readonly Texts French = new(CultureInfo.GetCultureInfo("fr-CA"));

    [Fact]
    public void Sentence_InEnglish_TellsWhatAndWhoCouldStopIt() => new DecisionInWords(English).Sentence(Of("shift_moved")).Should().Be(
        "On October 2, 2025 at 17:20, the scheduling system “planif-horaires” decided to move a shift, from October 4, 2025 at 8:00 to October 4, 2025 at 14:00. "
        + "A human (Chef d’équipe) could stop it. It was to this worker’s disadvantage.");

    [Fact]
    public void Sentence_InFrench_HasNoBreakSpacesWhereFrenchHasThem() => new DecisionInWords(French).Sentence(Of("shift_moved"), toWorker: true).Should().Be(
        "Le 2 octobre 2025 à 17\u00A0h\u00A020, le système d’horaires «\u00A0planif-horaires\u00A0» a décidé de déplacer un quart, "
        + "avant\u00A0: 4 octobre 2025 à 8\u00A0h, après\u00A0: 4 octobre 2025 à 14\u00A0h. Une personne (Chef d’équipe) pouvait l’arrêter. Cela vous désavantage.");

    [Fact]
    public void Sentence_OfARecommendationThatWasChanged_TellsBoth() => new DecisionInWords(English).Sentence(Of("handling_time_target")).Should()
        .MatchRegex("proposed to raise the target, from 9\u00A0tasks/h to 11\u00A0tasks/h. A human \\(Chef de service\\) changed it after [^:]+: the decision was to raise the target, from 9\u00A0tasks/h to 10\u00A0tasks/h");

    [Theory]
    [InlineData(1, "1 second", "1\u00A0seconde")]
    [InlineData(4, "4 seconds", "4\u00A0secondes")]
    [InlineData(125, "2 minutes and 5 seconds", "2\u00A0minutes et 5\u00A0secondes")]
    [InlineData(3600, "1 hour", "1\u00A0heure")]
    public void Span_OfTime_IsCountedInWords(int seconds, string english, string french)
    {
        Google.Protobuf.WellKnownTypes.Duration span = new() { Seconds = seconds };
        ValuesInWords.Of(span, English).Should().Be(english);
        ValuesInWords.Of(span, French).Should().Be(french);
    }

    [Fact]
    public void Day_TheFirstOfAMonth_IsAnOrdinalInFrenchOnly()
    {
        DateTimeOffset first = new(2026, 3, 1, 3, 0, 0, TimeSpan.Zero);
        French.Day(first, "UTC").Should().Be("1er mars 2026");
        English.Day(first, "UTC").Should().Be("March 1, 2026");
        French.Day(first, "America/Toronto").Should().Be("28 février 2026");
    }

    [Theory]
    [InlineData("en")]
    [InlineData("fr")]
    public void Points_OfEveryDemoDecision_HaveWords(string language)
    {
        DecisionInWords words = new(string.Equals(language, "fr", StringComparison.Ordinal) ? French : English);
        foreach (Decision decision in BellerivePlay.Decisions())
        {
            words.Sentence(decision).Should().NotContain("{").And.NotContain("UNSPECIFIED");
            words.Points(new RecordedDecision { Decision = decision }).Should().OnlyContain(point => point.Label.Length > 0 && point.Words.Length > 0);
        }
    }

    [Fact]
    public void Decision_WithNothingSet_StillReads()
    {
        DecisionInWords words = new(English);
        words.Sentence(new Decision()).Should().NotBeEmpty();
        words.Points(new RecordedDecision { Decision = new Decision() }).Should().NotBeEmpty();
    }

    [Fact]
    public void Money_OfEachKind_HasItsDecimals()
    {
        ValuesInWords.Of(new Money { CurrencyCode = "CAD", MinorUnits = 123456 }, English).Should().Be("$1,234.56");
        ValuesInWords.Of(new Money { CurrencyCode = "JPY", MinorUnits = 500 }, English).Should().Be("500\u00A0JPY");
        ValuesInWords.Of(new Money { CurrencyCode = "KWD", MinorUnits = 1500 }, English).Should().Be("1.500\u00A0KWD");
    }

    [Fact]
    public void Quantity_OfCountedThings_HasTheWordInTheRightNumber()
    {
        ValuesInWords.Of(new Quantity { Number = 1, Unit = "{item}" }, English).Should().Be("1\u00A0item");
        ValuesInWords.Of(new Quantity { Number = 9.5, Unit = "{task}/h" }, French).Should().Be("9,5\u00A0tâches/h");
    }

    private static Decision Of(string kind) => BellerivePlay.Decisions().First(d => string.Equals(d.Kind, kind, StringComparison.Ordinal));
}
