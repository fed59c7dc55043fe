using System.Buffers;
using System.Text;
using System.Text.Json;
using FluentAssertions;
using Ledger.Tests;
using Ledger.Verification;
using Xunit;

namespace Ledger.Cli.Tests.Transparency;

public sealed class VerifyDisclosureTests : IDisposable
{
    private static readonly string Page = Repository.Read("docs", "formats", "sealed-event.md");

    private static readonly Disclosure[] Disclosures =
    [
        .. Page.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => Disclosure.TryParse(line.Split('`')[3], out Disclosure? disclosure) ? disclosure : throw new FormatException(line)),
    ];

    private readonly TemporaryDirectory directory = new();
    private readonly SignerKey key = SignerKey.FromSeed("ledger.example/main", KeyAlgorithm.Ed25519, new byte[SignerKey.SeedLength]);

    public void Dispose()
    {
        key.Dispose();
        directory.Dispose();
    }

    [Fact]
    public async Task File_ThatWithholdsFields_IsSoundAndNamesThem()
    {
        Answer answer = await VerifyAsync(Disclosures[1..2], "--json");

        answer.Code.Should().Be(0, answer.Out + answer.Error);
        answer.Json.GetProperty("verdict").GetString().Should().Be("sound");
        answer.Json.GetProperty("fieldsShown").GetInt64().Should().Be(1);
        JsonElement withheld = answer.Json.GetProperty("withheld");
        withheld.GetProperty("events").GetInt64().Should().Be(1);
        withheld.GetProperty("fields").GetRawText().Should().Be(
            """[{"field":"outcome","events":1,"revisions":["0"]},{"field":"reviewReason","events":1,"revisions":["0"]}]""");
        JsonElement said = answer.Json.GetProperty("findings").EnumerateArray().Last(f => f.GetProperty("check").GetString() == "disclosure");
        said.GetProperty("weight").GetString().Should().Be("advice");
        said.GetProperty("finding").GetProperty("en").GetString().Should().Contain("(1 event)").And.Contain("“outcome” (1 event), “reviewReason” (1 event)");
        said.GetProperty("finding").GetProperty("fr").GetString().Should().Contain("(1 événement)").And.Contain("« outcome » (1 événement), « reviewReason » (1 événement)");
    }

    [Fact]
    public async Task File_ThatShowsAll_WithholdsNothing()
    {
        Answer answer = await VerifyAsync(Disclosures, "--json");

        answer.Json.GetProperty("withheld").GetRawText().Should().Be("""{"events":0,"fields":[]}""");
        answer.Json.GetProperty("fieldsShown").GetInt64().Should().Be(3);
        (await VerifyAsync(Disclosures)).Out.Should().Contain("(3 fields)").And.NotContain("withheld:");
    }

    [Fact]
    public async Task File_WithADisclosureThatIsNotTheEvents_IsTamperedWith()
    {
        Answer answer = await VerifyAsync([Disclosures[0], Disclosures[0]], "--json");

        answer.Code.Should().Be(1);
        answer.Json.GetProperty("verdict").GetString().Should().Be("tampered");
        answer.Json.GetProperty("findings")[0].GetProperty("check").GetString().Should().Be("disclosure");
        answer.Json.GetProperty("findings")[0].GetProperty("where").GetString().Should().Be("event 0");
    }

    private Task<Answer> VerifyAsync(Disclosure[] shown, params string[] flags)
    {
        string file = directory.File("evidence");
        File.WriteAllBytes(file, Evidence(shown));
        return Cli.RunAsync(["verify", file, "--log-key", key.Verifier.ToString(), .. flags]);
    }

    /// <summary>The page's event, alone in its stream and in its log.</summary>
    private byte[] Evidence(Disclosure[] shown)
    {
        const string Stream = "worker-main-00112233445566778899aabbccddeeff";
        byte[] data = Encoding.UTF8.GetBytes(Page.Split("```json\n").Single(block => block.Contains("\"_sd\":[\"Xz", StringComparison.Ordinal) && block.StartsWith('{')).Split('\n')[0]);
        byte[] metadata = Encoding.UTF8.GetBytes("""{"salt":"AAAAAAAAAAAAAAAAAAAAAA==","dataSalt":"AAECAwQFBgcICQoLDA0ODw==","nextSalt":"EBESExQVFhcYGRobHB0eHw=="}""");
        EventBytes.TryOf(Stream, 0, new Guid("00000003-1b7d-4c39-8e56-7d1f0a9b3c42"), "decision-recorded.v2", data, metadata, out EventBytes e).Should().BeTrue();
        TreeHash leaf = new(LogEntry.LeafHash(e));
        byte[] text = new Checkpoint("ledger.example/main", new TreeHead(1, leaf)).ToText();
        Note note = Note.Create(text, [key.Sign(text, new DateTimeOffset(2026, 3, 9, 14, 5, 7, TimeSpan.Zero))]);
        ArrayBufferWriter<byte> output = new();
        EvidenceWriter writer = new(output);
        writer.WriteHeader(new EvidenceHeader(Stream, [key.Verifier], []));
        writer.WriteEvent(new EvidenceEvent(0, e.Id, e.Type, data, metadata, leaf, new TlogProof(null, 0, [], note)) { Disclosures = shown });
        writer.WriteEnd();
        return output.WrittenSpan.ToArray();
    }
}
