using System.Globalization;
using Ledger.Api.Access;
using System.Resources;
using System.Text.RegularExpressions;
using FluentAssertions;
using Google.Rpc;
using Grpc.Core;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Xunit;

namespace Ledger.Api.Tests.Hosting;

public sealed partial class RefusalStatusTests
{
    private static readonly ResourceManager Sentences = new("Ledger.Api.Hosting.Refusals", typeof(RefusalStatus).Assembly);

    public static TheoryData<RefusalCode> Codes => [.. Enum.GetValues<RefusalCode>()];

    [Theory, MemberData(nameof(Codes))]
    public void Code_HasASentenceInBothLanguagesWithTheSamePlaceholders(RefusalCode code)
    {
        string english = Own("en-CA", code);
        string french = Own("fr-CA", code);

        french.Should().NotBe(english);
        Placeholders(french).Should().BeEquivalentTo(Placeholders(english));
    }

    [Theory, MemberData(nameof(Codes))]
    public void Code_HasAStatusThatSaysWhoseTurnItIs(RefusalCode code)
    {
        Google.Rpc.Status status = RefusalStatus.ToStatus([new Refusal(code, "a.b", ["x", "y"])], CallerLanguage.English);

        ((StatusCode)status.Code).Should().NotBe(StatusCode.OK).And.NotBe(StatusCode.Unknown);
        if (code is not (RefusalCode.Internal or RefusalCode.NotInLog or RefusalCode.SealBroken))
        {
            ((StatusCode)status.Code).Should().NotBe(StatusCode.Internal);
            RefusalStatus.HttpStatusOf(code).Should().BeInRange(400, 504).And.NotBe(500);
        }

        status.Message.Should().NotContain("{").And.NotStartWith(" ");
    }

    [Theory, MemberData(nameof(Codes))]
    public void Code_WithoutFieldOrArguments_StillMakesASentence(RefusalCode code)
    {
        foreach (CultureInfo language in (CultureInfo[])[CallerLanguage.French, CallerLanguage.English])
        {
            string sentence = RefusalStatus.ToStatus([new Refusal(code, "")], language).Message;
            sentence.Should().NotStartWith(" ").And.NotContain("{");
            char.IsUpper(sentence[0]).Should().BeTrue("“{0}” is a sentence", sentence);
        }
    }

    [Fact]
    public void Resources_HaveNoSentenceThatNoCodeUses()
    {
        foreach (string language in (string[])["fr-CA", "en-CA"])
        {
            Keys(language).Except(Enum.GetNames<RefusalCode>(), StringComparer.Ordinal).Should().BeEquivalentTo(["WholeRequest", .. Enum.GetNames<TokenFault>().Except([nameof(TokenFault.ProviderUnreachable)], StringComparer.Ordinal).Select(f => $"Token{f}")]);
        }

        Keys("fr-CA").Should().BeEquivalentTo(Keys("en-CA"));
    }

    [Fact]
    public void Status_OfSeveralRefusals_NamesEveryFieldInTheCallersLanguage()
    {
        Refusal[] refusals = [new(RefusalCode.Missing, "decision.kind"), new(RefusalCode.OverLimit, "decision.system.version", ["100"])];

        Google.Rpc.Status status = RefusalStatus.ToStatus(refusals, CallerLanguage.French);

        status.Code.Should().Be((int)StatusCode.InvalidArgument);
        status.Message.Should().Be("Il manque decision.kind.");
        status.GetDetail<ErrorInfo>().Reason.Should().Be("MISSING");
        status.GetDetail<ErrorInfo>().Domain.Should().Be("ledger");
        status.GetDetail<LocalizedMessage>().Locale.Should().Be("fr-CA");
        status.GetDetail<BadRequest>().FieldViolations.Select(v => (v.Field, v.Reason)).Should().Equal(
            ("decision.kind", "MISSING"), ("decision.system.version", "OVER_LIMIT"));
        status.GetDetail<BadRequest>().FieldViolations[1].LocalizedMessage.Message.Should().Contain("dépasse").And.Contain("100");
        status.GetDetail<RetryInfo>().Should().BeNull();
    }

    [Fact]
    public void Status_OfWhatMayBeRepeated_CarriesTheDelay()
    {
        Refusal refusal = new(RefusalCode.Overloaded, "", RetryAfter: TimeSpan.FromSeconds(1.5));

        RefusalStatus.ToStatus([refusal], CallerLanguage.English).GetDetail<RetryInfo>().RetryDelay.ToTimeSpan().Should().Be(TimeSpan.FromSeconds(1.5));
        RefusalStatus.ToProblem([refusal], CallerLanguage.English)["retryAfterSeconds"]!.GetValue<double>().Should().Be(2);
    }

    [Fact]
    public void Problem_IsOfRfc9457()
    {
        var problem = RefusalStatus.ToProblem([new Refusal(RefusalCode.InTheFuture, "decision.times.decided_at")], CallerLanguage.English);

        problem["type"]!.GetValue<string>().Should().Be("urn:ledger:refusal:in-the-future");
        problem["status"]!.GetValue<int>().Should().Be(400);
        problem["code"]!.GetValue<string>().Should().Be("IN_THE_FUTURE");
        problem["violations"]![0]!["field"]!.GetValue<string>().Should().Be("decision.times.decided_at");
    }

    [Theory]
    [InlineData(RefusalCode.Prohibited, 400)]
    [InlineData(RefusalCode.NotFound, 404)]
    [InlineData(RefusalCode.UnknownOrganisation, 404)]
    [InlineData(RefusalCode.AlreadyRecordedDifferently, 409)]
    [InlineData(RefusalCode.Overloaded, 429)]
    [InlineData(RefusalCode.StoreFull, 429)]
    [InlineData(RefusalCode.StoreUnavailable, 503)]
    [InlineData(RefusalCode.ServiceUnavailable, 503)]
    [InlineData(RefusalCode.DeadlineExceeded, 504)]
    [InlineData(RefusalCode.Internal, 500)]
    public void Code_InTheJsonForm_HasItsHttpStatus(RefusalCode code, int status) => RefusalStatus.HttpStatusOf(code).Should().Be(status);

    private static string Own(string language, RefusalCode code)
    {
        string? sentence = Sentences.GetString(code.ToString(), CultureInfo.GetCultureInfo(language));
        sentence.Should().NotBeNullOrWhiteSpace();
        return sentence!;
    }

    private static List<string> Keys(string language)
    {
        CultureInfo culture = language.StartsWith("fr", StringComparison.Ordinal) ? CultureInfo.GetCultureInfo("fr") : CultureInfo.InvariantCulture;
        return Sentences.GetResourceSet(culture, createIfNotExists: true, tryParents: false)!
            .Cast<System.Collections.DictionaryEntry>().Select(e => (string)e.Key).ToList();
    }

    private static IEnumerable<string> Placeholders(string sentence) => Placeholder().Matches(sentence).Select(m => m.Value).Distinct(StringComparer.Ordinal);

    [GeneratedRegex(@"\{\d\}", RegexOptions.NonBacktracking)]
    private static partial Regex Placeholder();
}
