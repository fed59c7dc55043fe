using FluentAssertions;
using Ledger.Cli.Languages;
using Xunit;

namespace Ledger.Cli.Tests.Languages;

public sealed class LanguageTests
{
    [Theory]
    [InlineData("", "", "fr", true)]
    [InlineData("", "C.UTF-8", "fr", true)]
    [InlineData("", "en_US.UTF-8", "en", false)]
    [InlineData("", "fr_CA.UTF-8", "fr", false)]
    [InlineData("--language en", "fr_CA.UTF-8", "en", false)]
    [InlineData("trail --language=fr", "en_CA.UTF-8", "fr", false)]
    public void Language_FromFlagThenEnvironmentThenFrench(string args, string lang, string tag, bool guessed)
    {
        Dictionary<string, string> environment = new(StringComparer.OrdinalIgnoreCase) { ["LANG"] = lang };
        Language.Choose(args.Split(' '), environment).Should().Be(new Language(tag, guessed));
    }

    [Fact]
    public async Task Help_InEachLanguage_TellsTheExitCodes()
    {
        (await Cli.RunAsync("--help", "--language", "fr")).Out.Should().Contain("Codes de sortie").And.Contain("demo");
        Answer english = await Cli.RunAsync("--help");
        english.Code.Should().Be(0);
        english.Out.Should().Contain("Exit codes").And.Contain("130");
    }
}
