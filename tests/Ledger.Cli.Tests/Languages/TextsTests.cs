using System.Globalization;
using System.Resources;
using System.Text.RegularExpressions;
using FluentAssertions;
using Ledger.Api.Decisions;
using Ledger.Cli.Demo;
using Ledger.Cli.Languages;
using Ledger.V1;
using Xunit;

namespace Ledger.Cli.Tests.Languages;

public sealed class TextsTests
{
    private static readonly Texts Words = new(CultureInfo.GetCultureInfo("en-CA"));
    private static readonly Dictionary<string, string> English = Read(CultureInfo.InvariantCulture);
    private static readonly Dictionary<string, string> French = Read(CultureInfo.GetCultureInfo("fr"));

    [Fact]
    public void Texts_InBothLanguages_HaveTheSameKeys() => French.Keys.Should().BeEquivalentTo(English.Keys);

    [Fact]
    public void Texts_InBothLanguages_HaveTheSamePlaceholders()
    {
        foreach ((string key, string text) in English)
        {
            Places(French[key]).Should().BeEquivalentTo(Places(text), key);
        }
    }

    [Fact]
    public void Texts_UsedInTheSource_AllExist()
    {
        string source = Path.Combine(Root(), "src", "Ledger.Cli");
        string[] used = [.. Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(file => Used().Matches(File.ReadAllText(file)).Select(match => match.Groups["key"].Value))];
        used.Should().NotBeEmpty();
        used.Where(key => Words.Find(key) is null && Words.Find(key + ".one") is null).Should().BeEmpty();
    }

    [Fact]
    public void Texts_OfTheContractsNames_AllExist()
    {
        IEnumerable<string> keys = Keys<Category>("category").Concat(Keys<AutomationLevel>("level")).Concat(Keys<DataCategory>("data"))
            .Concat(Keys<NoticeChannel>("channel")).Concat(Keys<ModelKind>("model"))
            .Concat(Keys<ShiftRelation>("shift").Where(k => !k.EndsWith("UNSPECIFIED", StringComparison.Ordinal)));
        keys = keys.Concat(Keys<Category>("system"));
        keys.Where(key => Words.Find(key) is null).Should().BeEmpty();
    }

    [Fact]
    public void Texts_OfTheDemosOutcomes_AllExist() =>
        BellerivePlay.Decisions().SelectMany(d => new[] { $"outcome.{d.Personal.Outcome.Code}", $"act.{d.Personal.Outcome.Code}" })
            .Where(key => Words.Find(key) is null).Should().BeEmpty();

    [Fact]
    public void Count_OfZero_IsSingularInFrenchAndPluralInEnglish()
    {
        new Texts(CultureInfo.GetCultureInfo("fr-CA")).Count("export.counted", 0).Should().Be("0 décision exportée.");
        new Texts(CultureInfo.GetCultureInfo("en-CA")).Count("export.counted", 0).Should().Be("0 decisions exported.");
    }

    private static IEnumerable<string> Keys<T>(string prefix)
        where T : struct, Enum => Enum.GetValues<T>().Select(value => $"{prefix}.{Names.Of(value)}");

    private static HashSet<string> Places(string text) => [.. Place().Matches(text).Select(match => match.Groups["key"].Value)];

    private static Dictionary<string, string> Read(CultureInfo culture)
    {
        ResourceManager resources = new("Ledger.Cli.Languages.Texts", typeof(Texts).Assembly);
        ResourceSet set = resources.GetResourceSet(culture, createIfNotExists: true, tryParents: false)!;
        return set.Cast<System.Collections.DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string)e.Value!, StringComparer.Ordinal);
    }

    private static string Root()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory!.FullName, "Ledger.sln")))
        {
            directory = directory.Parent;
        }

        return directory.FullName;
    }

    private static Regex Used() => new("""[tT]exts(?:\[|\.Format\(\s*|\.Count\()"(?<key>[^"]+)"[,\)\]]""", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));

    private static Regex Place() => new(@"\{(?<key>\d+)(?:[:,][^}]*)?\}", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));
}
