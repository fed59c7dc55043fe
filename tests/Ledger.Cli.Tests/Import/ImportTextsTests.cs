using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;
using FluentAssertions;
using Ledger.Cli.Import;
using Xunit;

namespace Ledger.Cli.Tests.Import;

public sealed partial class ImportTextsTests
{
    [Fact]
    public void Texts_InBothLanguages_HaveTheSameKeysAndPlaceholders()
    {
        Dictionary<string, string> english = Texts(CultureInfo.InvariantCulture);
        Dictionary<string, string> french = Texts(CultureInfo.GetCultureInfo("fr"));

        french.Keys.Should().BeEquivalentTo(english.Keys);
        english.Should().OnlyContain(text => Places(text.Value).SetEquals(Places(french[text.Key])));
    }

    private static Dictionary<string, string> Texts(CultureInfo culture) =>
        ImportText.Resources.GetResourceSet(culture, createIfNotExists: true, tryParents: false)!
            .Cast<DictionaryEntry>().ToDictionary(entry => (string)entry.Key, entry => (string)entry.Value!, StringComparer.Ordinal);

    private static HashSet<string> Places(string text) => Placeholder().Matches(text).Select(match => match.Value).ToHashSet(StringComparer.Ordinal);

    [GeneratedRegex(@"(?<!\{)\{\d(?::[^}]*)?\}", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Placeholder();
}
