using System.Text;
using FluentAssertions;
using Ledger.Api.Transparency;
using Ledger.Verification;
using Xunit;
using Xunit.Abstractions;

namespace Ledger.Api.Tests.Transparency;

public sealed class DossierTests(ITestOutputHelper output)
{
    /// <summary>How many changes: <c>LEDGER_CHANGES=1000</c> for the figure of the issue; what the suite has time for otherwise.</summary>
    internal static readonly int Count =
        int.TryParse(Environment.GetEnvironmentVariable("LEDGER_CHANGES"), System.Globalization.CultureInfo.InvariantCulture, out int given) ? given : 250;

    [Fact]
    public async Task Dossier_CarriesTheEvidenceByteForByte()
    {
        byte[] evidence = Evidence(3);
        using MemoryStream extracted = new();

        (await DossierComparison.TryExtractAsync(new MemoryStream(await WriteAsync(evidence)), extracted, default)).Should().BeTrue();

        extracted.ToArray().Should().Equal(evidence);
    }

    [Theory]
    [InlineData("fr")]
    [InlineData("en")]
    public async Task Dossier_ThatNobodyChanged_ShowsWhatItsEvidenceSays(string language)
    {
        (DossierComparison page, EvidenceReport report) = await VerifyAsync(await WriteAsync(Evidence(20), language));

        report.IsSound.Should().BeTrue();
        page.IsSame.Should().BeTrue();
        page.Code.Should().MatchRegex("^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$");
    }

    [Fact]
    public async Task Dossier_OfASentenceThatWasChanged_NamesTheDecision()
    {
        string html = Encoding.UTF8.GetString(await WriteAsync(Evidence(5)));
        int sentence = html.IndexOf("<p class=\"sentence\">", html.IndexOf("<article id=\"r3\">", StringComparison.Ordinal), StringComparison.Ordinal) + 30;
        string altered = html[..sentence] + "x" + html[(sentence + 1)..];

        (DossierComparison page, EvidenceReport report) = await VerifyAsync(Encoding.UTF8.GetBytes(altered));

        report.IsSound.Should().BeTrue("the evidence is as it was");
        page.Events.Should().Equal(3);
        page.IsFrameSame.Should().BeTrue();
    }

    [Fact]
    public async Task EveryChange_OfOneByte_IsFound()
    {
        byte[] file = await WriteAsync(Evidence(3));
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");

        foreach ((int at, byte value) in Changes(file, Count, seed))
        {
            byte before = file[at];
            file[at] = value;
            (DossierComparison page, EvidenceReport report) = await VerifyAsync(file);
            (page.IsSame && report.IsSound).Should().BeFalse($"byte {at} became {value} (seed {seed})");
            file[at] = before;
        }
    }

    [Fact]
    public async Task File_ThatIsNoDossier_HasNoEvidenceInIt() =>
        (await DossierComparison.TryExtractAsync(new MemoryStream(Evidence(2)), new MemoryStream(), default)).Should().BeFalse();

    [Fact]
    public async Task Dossier_OfEvidenceThatIsNotSound_IsNotWritten()
    {
        byte[] evidence = Evidence(2);
        evidence[^100] ^= 1;

        await FluentActions.Awaiting(() => WriteAsync(evidence)).Should().ThrowAsync<InvalidDataException>();
    }

    [Theory]
    [InlineData("fr", "Saisi au bureau, pour la personne – formulaire sur papier")]
    [InlineData("en", "Entered at a desk, for the person – form on paper")]
    public async Task Dossier_WithAMandateFromADesk_SaysSoInWords(string language, string label)
    {
        using DossierEvidence evidence = new(7);

        Encoding.UTF8.GetString(await WriteAsync(evidence.Mandate().File(), language)).Should().Contain(label).And.Contain("F-1A2B-3C4D");
    }

    /// <summary>Changes of one byte each, half of them anywhere, half outside the script, which is the longest part of a short dossier.</summary>
    internal static IEnumerable<(int At, byte Value)> Changes(byte[] file, int count, int seed)
    {
        Random random = new(seed);
        int script = file.AsSpan().IndexOf("<script>const "u8);
        for (int i = 0; i < count; i++)
        {
            int at = random.Next(i % 2 == 0 ? file.Length : script);
            yield return (at, (byte)(file[at] + random.Next(1, 256)));
        }
    }

    internal static byte[] Evidence(int events, int seed = 7)
    {
        using DossierEvidence evidence = new(seed);
        return evidence.Chance(events).File();
    }

    internal static async Task<byte[]> WriteAsync(byte[] evidence, string language = "fr")
    {
        using MemoryStream page = new();
        await Dossier.WriteAsync(new MemoryStream(evidence), language, page, default);
        return page.ToArray();
    }

    private static async Task<(DossierComparison Page, EvidenceReport Report)> VerifyAsync(byte[] file)
    {
        using MemoryStream stream = new(file), evidence = new();
        await DossierComparison.TryExtractAsync(stream, evidence, default);
        DossierComparison page = await DossierComparison.RunAsync(stream, evidence, default);
        evidence.Position = 0;
        return (page, await EvidenceCheck.RunAsync(evidence, EvidenceTrust.None, default));
    }
}
