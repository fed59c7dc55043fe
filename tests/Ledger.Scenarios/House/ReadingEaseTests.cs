using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Ledger.Tests;

namespace Ledger.Scenarios.House;

/// <summary>How easy the texts for people are to read: Flesch (1948) in English, its adaptation by Kandel and Moles (1958) in French.</summary>
public partial class ReadingEaseTests
{
    // Flesch's scale: 70 to 80 is the seventh year of school, in Québec the first of secondary; 60 to 70 the two after.
    private const double FirstYearsOfSecondary = 70;

    private const string Help = "src/Ledger.Api/Help/HelpTexts";

    private static readonly string[] Readers = ["worker", "representative", "hr", "auditor"];

    [Theory]
    [InlineData("src/Ledger.Api/Help/HelpTexts")]
    [InlineData("src/Ledger.Api/Workers/WorkerPageTexts")]
    [InlineData("src/Ledger.Api/Decisions/DecisionPageTexts")]
    public void TextsForWorkers_InBothLanguages_AreAsEasyAsTheFirstYearsOfSecondary(string texts)
    {
        foreach (bool french in (bool[])[false, true])
        {
            Measure(Read(texts, french).Values.Where(IsSentence), french).Score.Should().BeGreaterThan(FirstYearsOfSecondary, french ? "in French" : "in English");
        }
    }

    [Fact]
    public void ReadingPage_OfTheHelp_SaysWhatIsMeasured()
    {
        StringBuilder page = new("""
            # How easy the help is to read

            Made by `ReadingEaseTests`; it fails if a text for workers falls below 70.

            Method: English by Flesch (1948), 206.835 − 1.015 × words per sentence − 84.6 × syllables per word. French by Kandel and Moles (1958), who fitted Flesch
            to French: 207 − 1.015 × words per sentence − 73.6 × syllables per word. 100 is easiest. 70 to 80 is the first year of secondary school in Québec, 60 to 70 the two
            after. A point of a list, a step and a heading each count as a sentence. Syllables are groups of vowels; an e that is not heard at the end of a
            word is not counted. A formula counts lengths, not sense: it does not replace reading with workers, which has not been done.

            | help for | language | words | words per sentence | syllables per word | score |
            |---|---|--:|--:|--:|--:|

            """);
        foreach (string reader in Readers)
        {
            foreach (bool french in (bool[])[false, true])
            {
                Ease ease = Measure(Read(Help, french).Where(t => t.Key.StartsWith($"help.{reader}.", StringComparison.Ordinal)).Select(t => t.Value), french);
                page.Append(CultureInfo.InvariantCulture, $"| {reader} | {(french ? "French" : "English")} | {ease.Words} | {ease.WordsPerSentence:F1} | {ease.SyllablesPerWord:F2} | {ease.Score:F0} |\n");
            }
        }

        Repository.Stale("docs/reading.md", page.ToString(), nameof(ReadingEaseTests)).Should().BeNull();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Help_NamingALink_UsesTheWordsOfThePage(bool french)
    {
        string[] own = ["ledger verify", french ? "Formulaire F-1A2B-3C4D" : "Form F-1A2B-3C4D", french ? "Imprimer" : "Print"];
        string[] pages = [.. own, .. Repository.TrackedFiles().Where(f => f.EndsWith("Texts.fr.resx", StringComparison.Ordinal) && f.StartsWith("src/Ledger.Api/", StringComparison.Ordinal))
            .SelectMany(f => Read(f[..^".fr.resx".Length], french).Values)];

        Read(Help, french).Values.SelectMany(text => Quoted().Matches(text)).Select(m => m.Groups["name"].Value).Should().NotBeEmpty().And.BeSubsetOf(pages);
    }

    private static Ease Measure(IEnumerable<string> texts, bool french)
    {
        string[] sentences = [.. texts.SelectMany(t => t.Split('\n')).SelectMany(line => End().Split(Mark().Replace(Place().Replace(line, "10"), ""))).Where(s => s.Any(char.IsLetter))];
        string[] words = [.. sentences.SelectMany(s => Word().Matches(s)).Select(m => m.Value.ToLowerInvariant())];
        return new Ease(words.Length, (double)words.Length / sentences.Length, (double)words.Sum(word => french ? FrenchSyllables(word) : EnglishSyllables(word)) / words.Length, french);
    }

    // What was elided (l’, qu’) is heard with the next word.
    private static int FrenchSyllables(string word) =>
        word.Split('’', '\'', '-').Sum(part => part.Length == 0 || !part.Any(IsVowel) ? 0 : Math.Max(1, Vowels().Count(part) - (FrenchMute().IsMatch(part) ? 1 : 0)));

    private static int EnglishSyllables(string word) =>
        Math.Max(1, Vowels().Count(word) - (EnglishMute().IsMatch(word) ? 1 : 0));

    private static bool IsVowel(char c) => Vowels().IsMatch(c.ToString());

    private static bool IsSentence(string text) => text.TrimEnd() is [.., '.' or '?'];

    private static Dictionary<string, string> Read(string texts, bool french) => XDocument.Parse(Repository.Read(texts + (french ? ".fr.resx" : ".resx"))).Root!
        .Elements("data").ToDictionary(d => d.Attribute("name")!.Value, d => d.Element("value")!.Value, StringComparer.Ordinal);

    [GeneratedRegex("(«\u00a0|“)(?<name>[^»”]+?)(\u00a0»|”)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Quoted();

    [GeneratedRegex(@"[.?!](?=\s|$)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex End();

    [GeneratedRegex(@"^(?:- |1\. )", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Mark();

    [GeneratedRegex(@"\{[^}]*\}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Place();

    [GeneratedRegex(@"\p{L}[\p{L}’'-]*", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Word();

    [GeneratedRegex("[aeiouyàâäéèêëîïôöùûüœæ]+", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Vowels();

    [GeneratedRegex("[^aeiouyàâäéèêëîïôöùûüœæ](?:e|es|ent)$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex FrenchMute();

    [GeneratedRegex("(?:[^laeiouy]e|[^aeiouytd]ed)$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex EnglishMute();

    private readonly record struct Ease(int Words, double WordsPerSentence, double SyllablesPerWord, bool French)
    {
        public double Score => French ? 207 - (1.015 * WordsPerSentence) - (73.6 * SyllablesPerWord) : 206.835 - (1.015 * WordsPerSentence) - (84.6 * SyllablesPerWord);
    }
}
