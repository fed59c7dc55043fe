using FluentAssertions;
using Ledger.Api.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Ledger.Api.Tests.Hosting;

public sealed class CallerLanguageTests
{
    [Theory]
    [InlineData(null, "fr-CA")]
    [InlineData("", "fr-CA")]
    [InlineData("fr", "fr-CA")]
    [InlineData("en", "en-CA")]
    [InlineData("EN-us", "en-CA")]
    [InlineData("en;q=0.4, fr;q=0.9", "fr-CA")]
    [InlineData("fr;q=0.4, en", "en-CA")]
    [InlineData("de, en;q=0.5", "en-CA")]
    [InlineData("de, es", "fr-CA")]
    [InlineData("*", "fr-CA")]
    [InlineData("en, fr", "en-CA")]
    [InlineData("fr, en", "fr-CA")]
    [InlineData("fr;q=0, en;q=0.1", "en-CA")]
    [InlineData("en;q=0", "fr-CA")]
    [InlineData("{{{;;;,,,", "fr-CA")]
    public void Language_AskedFor_IsGiven(string? header, string language)
    {
        DefaultHttpContext context = new();
        context.Request.Headers.AcceptLanguage = header;

        CallerLanguage.Of(context).Name.Should().Be(language);
    }
}
