using System.Globalization;
using FluentAssertions;
using Ledger.Cli.Decisions;
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
    public void Sentence_InEnglish_TellsWhatAndHowFarAutomated() => new DecisionInWords(English).Sentence(Moved()).Should().Be(
        "On October 2, 2025 at 17:20 (America/Toronto), the system “planif-horaires” took part in a scheduling decision about this worker, "
        + "to their disadvantage: shift moved (from October 4, 2025 at 8:00 to October 4, 2025 at 14:00). The machine decided; a human could stop it (Chef d’équipe).");

    [Fact]
    public void Sentence_InFrench_IsFrench() => new DecisionInWords(French).Sentence(Moved()).Replace('\u00A0', ' ').Should().Be(
        "Le 2 octobre 2025 à 17 h 20 (America/Toronto), le système « planif-horaires » a pris part à une décision d’horaire au sujet de cette personne, "
        + "à son désavantage : quart déplacé (avant : 4 octobre 2025 à 8 h 00, après : 4 octobre 2025 à 14 h 00). La machine a décidé; une personne pouvait l’arrêter (Chef d’équipe).");

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

    private static Decision Moved() => BellerivePlay.Decisions().Single(d => string.Equals(d.Kind, "shift_moved", StringComparison.Ordinal));
}
