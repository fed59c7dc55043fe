using System.Text.RegularExpressions;
using System.Xml.Linq;
using Ledger.Tests;

namespace Ledger.Scenarios.House;

public partial class ResourcesTests
{
    public static TheoryData<string> EnglishResources =>
        [.. Repository.TrackedFiles().Where(f => f.EndsWith(".resx", StringComparison.Ordinal) && !f.EndsWith(".fr.resx", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(EnglishResources))]
    public void Texts_InFrench_HaveTheSameKeysAndPlaceholders(string english)
    {
        Dictionary<string, string> texts = Read(english);
        Dictionary<string, string> french = Read(Path.ChangeExtension(english, ".fr.resx"));

        french.Keys.Should().BeEquivalentTo(texts.Keys);
        texts.Where(t => !Placeholders(t.Value).SetEquals(Placeholders(french[t.Key]))).Select(t => t.Key).Should().BeEmpty("the placeholders must be the same");
        texts.Concat(french).Where(t => string.IsNullOrWhiteSpace(t.Value)).Select(t => t.Key).Should().BeEmpty("no text is empty");
    }

    [Fact]
    public void FrenchTexts_Everywhere_HaveEnglishBesideThem() =>
        Repository.TrackedFiles().Where(f => f.EndsWith(".fr.resx", StringComparison.Ordinal))
            .Where(f => !File.Exists(Repository.PathOf(f.Replace(".fr.resx", ".resx", StringComparison.Ordinal)))).Should().BeEmpty();

    private static Dictionary<string, string> Read(string file) => XDocument.Parse(Repository.Read(file)).Root!.Elements("data")
        .ToDictionary(d => d.Attribute("name")!.Value, d => d.Element("value")!.Value, StringComparer.Ordinal);

    private static HashSet<string> Placeholders(string text) => [.. Placeholder().Matches(text).Select(m => m.Value)];

    [GeneratedRegex(@"\{[0-9]+[^{}]*\}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Placeholder();
}
