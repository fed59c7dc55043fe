using CsCheck;
using FluentAssertions;
using Ledger.Cli.Import.Mapping;
using Ledger.Cli.Import.Sources;
using Xunit;

namespace Ledger.Cli.Tests.Import;

public sealed class RankingTests
{
    private static readonly string[] Candidates = ["ANA ALPHA", "BEN BETA", "CLEO OGAMMA", "VAN LU", "VAN LUC"];

    public static TheoryData<string> Readable => new(
        "Ranking:\n\n1. Cleo OGamma\n2. Ana Alpha\n3. Ben Beta\n4. Van Luc\n5. Van Lu",
        "1) CLEO O'GAMMA - strong\n2) Ana Alpha: fine\n3) Ben Beta, good\n4) Van Luc\n5) Van Lu",
        "**1.** **Cleo O’Gamma**\n\n**2.** Ana Alpha\n**3.** Ben Beta\n4. **Van Luc** - but Ana Alpha is close\n5. Van Lu\n\nAna Alpha was considered.",
        "Rank 1: Cleo OGamma\nRank 2: Ana Alpha\nRank 3: Ben Beta\nRank 4: Van Luc\nRank 5: Van Lu",
        "Here they are: Cleo OGamma, Ana Alpha, Ben Beta, Van Luc, and Van Lu.",
        "Cleo OGamma > Ana Alpha > Ben Beta > Van Luc > Van Lu",
        "[\"Cleo OGamma\", \"Ana Alpha\", \"Ben Beta\", \"Van Luc\", \"Van Lu\"]",
        "In order:\n\nCleo OGamma\nAna Alpha\nBen Beta\nVan Luc\nVan Lu\n");

    [Theory]
    [MemberData(nameof(Readable))]
    public void Ranking_InAKnownForm_IsRead(string text)
    {
        (int[]? order, string? code, _) = RankingText.Read(text, Candidates);

        code.Should().BeNull();
        order.Should().Equal(2, 0, 1, 4, 3);
    }

    [Theory]
    [InlineData("I cannot rank them.", ProblemCode.RankingUnreadable)]
    [InlineData("", ProblemCode.RankingUnreadable)]
    [InlineData("Ana Alpha, Ben Beta and Van Lu seem to be the best.", ProblemCode.RankingUnreadable)]
    [InlineData("1. Ana Alpha\n2. Ben Beta\n3. Van Lu\n4. Van Luc", ProblemCode.RankingIncomplete)]
    [InlineData("1. Ana Alpha\n2. Ben Beta\n3. Van Lu\n4. Van Luc\n5. Cleo Gamma", ProblemCode.RankingStranger)]
    [InlineData("1. Ana Alpha\n2. ...\n3. ...\n4. ...\n5. ...", ProblemCode.RankingStranger)]
    [InlineData("1. Ana Alpha\n2. Ben Beta\n3. Van Lu\n4. Van Luc\n5. Cleo OGamma\n6. Ana Alpha", ProblemCode.RankingRepeats)]
    public void Ranking_WithoutEveryCandidateExactlyOnce_IsAProblemAndNeverAGuess(string text, string expected)
    {
        (int[]? order, string? code, string detail) = RankingText.Read(text, Candidates);

        order.Should().BeNull();
        code.Should().Be(expected);
        detail.Should().NotBeEmpty();
    }

    [Fact]
    public void Ranking_OfAnyPermutationInAnyForm_GivesItBack()
    {
        Gen<string[]> order = Gen.Shuffle(Candidates);
        Gen.Select(order, Gen.Int[0, 4]).Sample((ranked, form) =>
        {
            string text = form switch
            {
                0 => string.Join('\n', ranked.Select((name, i) => $"{i + 1}. {name}")),
                1 => string.Join("\n\n", ranked.Select((name, i) => $"#{i + 1}: {name.ToLowerInvariant()} - why")),
                2 => "Ranking: " + string.Join(", ", ranked),
                3 => System.Text.Json.JsonSerializer.Serialize(ranked),
                _ => string.Join('\n', ranked),
            };
            return RankingText.Read(text, Candidates).Order!.Select(place => Candidates[place]).SequenceEqual(ranked, StringComparer.Ordinal);
        });
    }

    [Fact]
    public void Ranking_OfAnyText_NeverThrows() =>
        Gen.String.Sample(text => RankingText.Read(text, Candidates).Order is null or { Length: 5 });
}
