using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using Ledger.Tests;
using Xunit;

namespace Ledger.Verification.Tests;

public sealed class DisclosureTests
{
    private const string Salt = "AAECAwQFBgcICQoLDA0ODw";

    // RFC 9901 §4.2.1 and §4.2.3: the example's text and the digest that stands beside it, its white space included, is computed as we do.
    [Theory]
    [InlineData("WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0", "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0")]
    public void Digest_OfTheRfcsExample_IsTheRfcs(string text, string digest)
    {
        Span<byte> ours = stackalloc byte[Disclosure.DigestLength];
        Disclosure.WriteDigest(Encoding.ASCII.GetBytes(text), ours);
        Encoding.ASCII.GetString(ours).Should().Be(digest);
        Disclosure.TryParse(text, out _).Should().BeFalse("with the white space of the example it is not our one form");
    }

    [Theory]
    [InlineData("score", "0.5")]
    [InlineData("", "null")]
    [InlineData("é 😀", "\"\\u00e9\"")]
    [InlineData("reasons", "[ {\"language\" : \"fr\"} ]")]
    [InlineData("a", "{\"_sd\":[\"x\"]}")]
    public void Text_OfAnyNameAndValue_IsReadBack(string name, string value)
    {
        string text = TextOf($"[\"{Salt}\",\"{name}\",{value}]");

        Disclosure.TryParse(text, out Disclosure? disclosure).Should().BeTrue();
        disclosure!.Text.Should().Be(text);
        disclosure.Name.Should().Be(name);
        Encoding.UTF8.GetString(disclosure.Value.Span).Should().Be(value);
        disclosure.Salt.ToArray().Should().Equal(Enumerable.Range(0, 16).Select(i => (byte)i));
        disclosure.Digest.Should().Be(Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(text))));
    }

    public static TheoryData<string> NotOurForm =>
    [
        "[]", "{}", "null", "", $"[\"{Salt}\",\"a\"]", $"[\"{Salt}\",\"a\",1,2]", $"[\"{Salt}\",\"a\",]", $"[\"{Salt}\",1,2]", $"[\"{Salt}\",\"a\",1] ",
        $" [\"{Salt}\",\"a\",1]", $"[ \"{Salt}\",\"a\",1]", $"[\"{Salt}\", \"a\",1]", $"[\"{Salt}\",\"a\", 1]", $"[\"{Salt}\",\"a\",1 ]",
        $"[\"{Salt}=\",\"a\",1]", $"[\"{Salt[..^1]}\",\"a\",1]", $"[\"{Salt[..^1]}x\",\"a\",1]", "[\"AAECAwQFBgcICQoLDA0ODw==\",\"a\",1]",
        $"[\"{Salt}\",\"a\\u0062\",1]", $"[\"{Salt}\",\"_sd\",1]", $"[\"{Salt}\",\"...\",1]", $"[\"{Salt}\",\"a\nb\",1]", $"[\"{Salt}\",\"a\",01]",
        $"[\"{Salt}\",\"a\",\"\u0001\"]", $"[\"{Salt}\",\"a\",1]]", $"[\"{Salt}\",\"a\",[1]",
    ];

    [Theory, MemberData(nameof(NotOurForm))]
    public void Text_OfAnythingElse_IsRefused(string array) => Disclosure.TryParse(TextOf(array), out _).Should().BeFalse(array);

    [Fact]
    public void Text_InAnotherEncoding_IsRefused()
    {
        string array = $"[\"{Salt}\",\"é\",\"??>>\"]";
        string right = TextOf(array);
        Disclosure.TryParse(right, out _).Should().BeTrue();

        string[] wrong =
        [
            right + "=", right + " ", " " + right, Convert.ToBase64String(Encoding.UTF8.GetBytes(array)), right.Replace('_', '/').Replace('-', '+'), right[..^1],
            right + "A", "é" + right, right[..20] + "\n" + right[20..], TextOf(array, Encoding.Latin1),
        ];
        wrong.Where(text => text != right).Should().AllSatisfy(text => Disclosure.TryParse(text, out _).Should().BeFalse(text));
    }

    [Fact]
    public void Fields_AllShownSomeOrNone_AreWhatTheEventSays()
    {
        IReadOnlyList<Disclosure> all = SealedPage.Disclosures;
        (IReadOnlyList<Disclosure> Shown, string[] Withheld)[] cases =
        [
            (all, []), ([], ["outcome", "score", "reviewReason"]), ([all[1]], ["outcome", "reviewReason"]), ([all[0], all[2]], ["score"]),
        ];
        foreach ((IReadOnlyList<Disclosure> shown, string[] withheld) in cases)
        {
            DisclosedFields.Check(SealedPage.Data.Span, shown, out DisclosedFields? fields).Should().BeNull();
            fields!.Shown.Should().Equal(shown);
            fields.Withheld.Should().Equal(withheld);
        }

        Encoding.UTF8.GetString(all[2].Value.Span).Should().Be("\"Accordé après discussion.\"");
    }

    [Fact]
    public void Disclosures_ThatAreNotTheEvents_AreRefusedEachForItsReason()
    {
        IReadOnlyList<Disclosure> all = SealedPage.Disclosures;
        Disclosure changed = Parse($"[\"{Salt}\",\"outcome\",{{\"code\":\"shift_kept\"}}]");
        // An event of somebody who commits to two values of one field, or to one that it does not seal.
        Disclosure twin = Parse($"[\"{Salt}\",\"outcome\",1]");
        Disclosure stray = Parse($"[\"{Salt}\",\"stray\",1]");
        byte[] twins = Event([all[0], twin], ["outcome", "score"]);

        Fault(SealedPage.Data.Span, changed).Should().Be(DisclosureFault.Digest);
        Fault(SealedPage.Data.Span, all[0], all[0]).Should().Be(DisclosureFault.Repeated);
        Fault(SealedPage.Data.Span, all[1], all[0]).Should().Be(DisclosureFault.Order);
        Fault(twins, all[0], twin).Should().Be(DisclosureFault.SameName);
        Fault(Event([all[0], stray], ["outcome", "score"]), stray).Should().Be(DisclosureFault.Name);
        Fault("""{"n":1}"""u8, all[0]).Should().Be(DisclosureFault.Digest);
        Fault("""{"personal":{"score":1}}"""u8, all[0]).Should().Be(DisclosureFault.Digest);
        Fault("no json"u8, all[0]).Should().Be(DisclosureFault.Digest);

        static DisclosureFault? Fault(ReadOnlySpan<byte> data, params Disclosure[] shown)
        {
            DisclosureFault? fault = DisclosedFields.Check(data, shown, out DisclosedFields? fields);
            fields.Should().BeNull();
            return fault;
        }
    }

    [Theory]
    [InlineData("""{"personal":{"_sd":[]}}""")]
    [InlineData("""{"personal":{"sealed":{}}}""")]
    [InlineData("""{"personal":{"sealed":{},"_sd":[]}}""")]
    [InlineData("""{"personal":{"_sd":[],"sealed":{}},"n":1}""")]
    [InlineData("""{"personal":{"_sd":[],"sealed":{}},"personal":1}""")]
    [InlineData("""{"personal":1,"personal":{"_sd":[],"sealed":{}}}""")]
    [InlineData("""{"personal":{"_sd":[],"sealed":{"a":"AA=="}}}""")]
    [InlineData("""{"personal":{"_sd":["XzeqM1puP6jtAA6wSHDz3hE0w87gvLulhX6DC9zyjrQ"],"sealed":{}}}""")]
    [InlineData("""{"personal":{"_sd":["XzeqM1puP6jtAA6wSHDz3hE0w87gvLulhX6DC9zyjrR"],"sealed":{"a":"AA=="}}}""")]
    [InlineData("""{"personal":{"_sd":["XzeqM1puP6jtAA6wSHDz3hE0w87gvLulhX6DC9zyjrQ"],"sealed":{"_sd":"AA=="}}}""")]
    [InlineData("""{"personal":{"_sd":["XzeqM1puP6jtAA6wSHDz3hE0w87gvLulhX6DC9zyjrQ"],"sealed":{"a":1}}}""")]
    [InlineData("""{"personal":{"_sd":[1],"sealed":{"a":"AA=="}}}""")]
    [InlineData("""{"personal":{"_sd": [],"sealed":{}}}""")]
    [InlineData("""{"personal":{"_sd":[],"sealed":{}} }""")]
    public void SealedPart_InAnyOtherForm_IsMalformed(string data)
    {
        SealedPersonal.Find(Encoding.UTF8.GetBytes(data), out SealedPersonal? personal).Should().Be(SealedForm.Malformed);
        personal.Should().BeNull();
        DisclosedFields.Check(Encoding.UTF8.GetBytes(data), [], out _).Should().Be(DisclosureFault.Form);
    }

    [Theory]
    [InlineData("""{"personal":{"_sd":[],"sealed":{}}}""")]
    [InlineData("""{ "n" : 1 ,"personal":{"_sd":[],"sealed":{}}}""")]
    public void SealedPart_WithoutFields_IsSealed(string data) => SealedPersonal.Find(Encoding.UTF8.GetBytes(data), out _).Should().Be(SealedForm.Sealed);

    [SkippableFact]
    public void CheckerOfThePage_FindsWhatWeFind()
    {
        Skip.IfNot(Repository.Has("python3"), "python3 is not installed (apt-get install python3).");
        string script = SealedPage.Text.Split("```python\n")[1].Split("```")[0];
        string data = Encoding.UTF8.GetString(SealedPage.Data.Span).Replace("\\", "\\\\", StringComparison.Ordinal);
        string Run(params string[] texts) => Repository.TryRun("python3", "-c", $"{script}\nprint(shown('{data}', [{string.Join(',', texts.Select(t => $"'{t}'"))}]))").Output;

        Run(SealedPage.Disclosures[1].Text).Should().Be("({'score': {'number': 0.82, 'unit': '1'}}, ['outcome', 'reviewReason'])\n");
        Run().Should().Be("({}, ['outcome', 'score', 'reviewReason'])\n");
        Run(TextOf($"[\"{Salt}\",\"score\",1]")).Should().Contain("does not commit");
    }

    private static byte[] Event(Disclosure[] committed, string[] names) => Encoding.UTF8.GetBytes(
        $"{{\"personal\":{{\"_sd\":[{string.Join(',', committed.Select(d => $"\"{d.Digest}\"").Order(StringComparer.Ordinal))}],\"sealed\":{{{string.Join(',', names.Select(n => $"\"{n}\":\"AA==\""))}}}}}}}");

    private static Disclosure Parse(string array) => Disclosure.TryParse(TextOf(array), out Disclosure? disclosure) ? disclosure : throw new FormatException(array);

    private static string TextOf(string array, Encoding? encoding = null) => Base64Url.EncodeToString((encoding ?? Encoding.UTF8).GetBytes(array));
}
