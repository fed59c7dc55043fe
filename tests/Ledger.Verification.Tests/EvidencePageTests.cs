using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using Ledger.Tests;
using Xunit;
using static Ledger.Verification.Tests.SampleLog;

namespace Ledger.Verification.Tests;

/// <summary>Holds docs/formats/evidence.md against the code, and runs the checker that stands there.</summary>
public sealed class EvidencePageTests
{
    private static readonly string Page = Repository.Read("docs", "formats", "evidence.md");

    private readonly SampleEvidence _sample = new(2)
    {
        Header = new EvidenceHeader(SampleEvidence.Stream, [Key.Verifier], [Union.Verifier]),
    };

    public EvidencePageTests() => _sample.Checkpoint = Sign(_sample.Checkpoint.Text.ToArray(), Key, Union);

    [Fact]
    public void WorkedExample_OfEvidence_IsByteForByteWhatIsWritten()
    {
        byte[] file = _sample.File();
        Page.Should().Contain($"```text\n{Encoding.UTF8.GetString(file)}```", "the file stands there in full");
        Page.Should().Contain(string.Create(CultureInfo.InvariantCulture, $"{file.Length:N0} bytes, SHA-256 `{Convert.ToHexStringLower(SHA256.HashData(file))}`"));
        Page.Should().Contain(Encoding.UTF8.GetString(SampleEvidence.EventAt(0).Metadata.Span)).And.Contain(Encoding.UTF8.GetString(SampleEvidence.EventAt(1).Metadata.Span));
        Page.Should().Contain($"```text\ncosignature/v1\ntime {Time.ToUnixTimeSeconds()}\n{Encoding.UTF8.GetString(_sample.Checkpoint.Text.Span)}```");
    }

    [Fact]
    public void WorkedExample_OfTheWayToTheRoot_IsWhatIsComputed()
    {
        // Leaf 1 of 11 is a right child, then three times a left part's.
        EvidenceEvent @event = _sample.Event(0);
        byte[] hash = @event.Leaf.ToArray();
        int step = 1;
        foreach (byte[] other in @event.Proof.Hashes.Select(each => each.ToArray()))
        {
            (byte[] left, byte[] right) = step == 1 ? (other, hash) : (hash, other);
            hash = SHA256.HashData([0x01, .. left, .. right]);
            Page.Should().Contain(string.Create(
                CultureInfo.InvariantCulture,
                $"| {step++} | `{Convert.ToHexStringLower(left)}` | `{Convert.ToHexStringLower(right)}` | `{Convert.ToHexStringLower(hash)}` |"));
        }

        new TreeHash(hash).Should().Be(_sample.Tree.Head(_sample.Size).Root);
    }

    [Fact]
    public void EveryFault_StandsOnThePage() =>
        Enum.GetNames<EvidenceFault>().Should().AllSatisfy(name => Page.Should().Contain($"| `{name}` |"));

    [SkippableFact]
    public void CheckerOfThePage_FindsWhatWeFind()
    {
        Skip.IfNot(Repository.Has("python3") && Repository.Has("openssl"), "python3 or openssl is not installed (apt-get install python3 openssl).");
        DirectoryInfo directory = Directory.CreateTempSubdirectory("ledger-evidence-");
        try
        {
            string script = Path.Combine(directory.FullName, "check.py");
            File.WriteAllText(script, Page.Split("```python\n")[1].Split("```")[0]);
            string right = Encoding.UTF8.GetString(_sample.File());
            Check(right).Should().Be((0, $"2 events of {SampleEvidence.Stream}: sound, in a log of 11 entries\n"));

            SampleEvidence withheld = new(2, ["outcome", "score"]) { Header = _sample.Header };
            withheld.Checkpoint = Sign(withheld.Checkpoint.Text.ToArray(), Key, Union);
            string partly = Encoding.UTF8.GetString(withheld.File());
            Check(partly).Should().Be((0, $"2 events of {SampleEvidence.Stream}: sound, in a log of 11 entries\nwithheld: 1 reviewReason\n"));

            string[] wrong =
            [
                partly.Replace($"disclosure {SealedPage.Disclosures[0].Text}", $"disclosure {SealedPage.Disclosures[0].Text[..^4]}fV1d", StringComparison.Ordinal),
                Encoding.UTF8.GetString(withheld.FileOf(withheld.Event(0), withheld.Event(1) with { Disclosures = [SealedPage.Disclosures[1], SealedPage.Disclosures[0]] })),
                right.Replace("data eyJuIjoxfQ==", "data eyJuIjoyfQ==", StringComparison.Ordinal), right.Replace("index 5\n", "index 6\n", StringComparison.Ordinal),
                right.Replace("end 2\n", "end 3\n", StringComparison.Ordinal), right.Replace("00000002-", "00000003-", StringComparison.Ordinal),
                Encoding.UTF8.GetString(_sample.FileOf(_sample.Event(1), _sample.Event(0))), Encoding.UTF8.GetString(_sample.FileOf(_sample.Event(1))),
                right.Replace(Key.Sign(_sample.Checkpoint.Text.Span, Time).Line, Key.Sign(Bytes("another text\n"), Time).Line, StringComparison.Ordinal),
                right.Replace(SampleEvidence.Stream, SampleEvidence.Stream[..^1] + "0", StringComparison.Ordinal),
            ];
            wrong.Should().AllSatisfy(file => Check(file).Code.Should().NotBe(0));

            (int Code, string Output) Check(string text)
            {
                string file = Path.Combine(directory.FullName, "evidence");
                File.WriteAllText(file, text);
                return Repository.TryRun("python3", script, file, Key.Verifier.ToString());
            }
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
