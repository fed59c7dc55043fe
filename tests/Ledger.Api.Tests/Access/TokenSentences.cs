using System.Globalization;
using System.Resources;
using Ledger.Api.Access;
using Ledger.Api.Hosting;

namespace Ledger.Api.Tests.Access;

/// <summary>What callers are told of a token that does not hold.</summary>
internal static class TokenSentences
{
    private static readonly ResourceManager Sentences = new("Ledger.Api.Hosting.Refusals", typeof(RefusalStatus).Assembly);

    public static string English(TokenFault fault) => In("en", fault)!;

    public static string? In(string language, TokenFault fault) => Sentences.GetString($"Token{fault}", CultureInfo.GetCultureInfo($"{language}-CA"));
}
