using FluentAssertions;
using Ledger.Cli.Tests.Demo;
using Xunit;

namespace Ledger.Cli.Tests.Diagnosis;

/// <summary>What a token opens is said in words, whoever's it is.</summary>
[Collection(nameof(RunningDemo))]
public sealed class DoctorTokenTests(RunningDemo demo)
{
    [Theory]
    [InlineData("worker", "Open about oneself", "Ouvert pour soi-même")]
    [InlineData("representative", "Open in figures about one’s own units", "Ouvert pour ses propres unités, en chiffres")]
    [InlineData("hr", "Open within the organisation, for a purpose", "Ouvert dans l’organisation, pour un motif")]
    [InlineData("producer", "Open within the organisation", "Ouvert dans l’organisation")]
    [InlineData("auditor", "Open within the organisation", "Ouvert dans l’organisation")]
    public async Task Token_OfEachRole_IsExplainedInBothLanguages(string who, string english, string french)
    {
        foreach ((string language, string words) in new[] { ("en", english), ("fr", french) })
        {
            Answer answer = await demo.RunAsAsync(who, "doctor", "--data", demo.Data, "--token", "-", "--language", language);
            answer.Error.Should().BeEmpty();
            answer.Out.Should().Contain(words);
            answer.Out.Should().NotContain("mes-decisions", "pages are found by looking, not by name");
        }
    }
}
