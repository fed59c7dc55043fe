using FluentAssertions;
using Ledger.Silo.Workers.Sealing;
using Ledger.Tests;
using Ledger.Verification;
using Xunit;
using static Ledger.Silo.Tests.Workers.Sealing.SealedSample;

namespace Ledger.Silo.Tests.Workers.Sealing;

/// <summary>Holds docs/formats/sealed-event.md against the code.</summary>
public sealed class SealedPageTests
{
    private static readonly string Page = Repository.Read("docs", "formats", "sealed-event.md");
    private static readonly Guid PageEvent = new("00000003-1b7d-4c39-8e56-7d1f0a9b3c42");

    [Fact]
    public void WorkedExample_IsByteForByteWhatIsSealed()
    {
        string[] blocks = [.. Page.Split("```json\n").Skip(1).Select(block => block.Split('\n')[0])];
        (string before, string after) = (blocks[0], blocks[1]);
        int at = before.IndexOf(",\"personal\":", StringComparison.Ordinal);
        using WorkerKey key = Key(0);

        byte[] data = key.Seal(PageEvent, StreamName, Bytes(before[..at] + "}"), Bytes(before[(at + ",\"personal\":".Length)..^1]), new Counting());
        Text(data).Should().Be(after);
        key.TryOpen(PageEvent, StreamName, data, out byte[] opened).Should().BeTrue();
        Text(opened).Should().Be(before);
        key.TryDisclose(PageEvent, StreamName, data, _ => true, out string[] texts).Should().BeTrue();
        foreach (string text in texts)
        {
            Disclosure.TryParse(text, out Disclosure? disclosure).Should().BeTrue();
            Page.Should().Contain($"| `{disclosure!.Name}` | `{disclosure.Text}` | `{disclosure.Digest}` |");
        }

        Page.Should().Contain($"```text\nledger-seal/v1\n{StreamName}\n{PageEvent}\noutcome\n```");
        Page.Should().Contain("```text\n" + Text(System.Buffers.Text.Base64Url.DecodeFromChars(texts[0])) + "\n```");
    }

    [Fact]
    public void WorkedExample_OfARetentionKey_GivesTheShareAndTheKeyOfTheBoxes()
    {
        RetentionKey retention = new([.. Enumerable.Range(0xc0, 32).Select(i => (byte)i)]);
        byte[] share = retention.ShareOf(StreamName, new RetentionPeriod("évaluation", "2026-01"));
        string[] hexadecimal = [.. Page.Split("In version 2, with the retention key")[1].Split('`').Where(t => t.Length == 64)];

        hexadecimal.Should().HaveCount(2);
        Convert.ToHexStringLower(share).Should().Be(hexadecimal[0]);
        using WorkerKey derived = Key(0).Derive(share);
        using WorkerKey fromThePage = new(new GcmKey(Convert.FromHexString(hexadecimal[1])), WorkerKey.OfPeriod);
        byte[] data = derived.Seal(PageEvent, StreamName, Bytes("{}"), Bytes("{\"a\":1}"), new Counting());
        fromThePage.TryOpen(PageEvent, StreamName, data, out _).Should().BeTrue();
    }

    [Fact]
    public void WorkedExample_OfAWrappedKey_IsWhatIsWrapped()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("ledger-page-");
        File.WriteAllText(Path.Combine(directory.FullName, "organisation-main.ring"), $"ledger-key-ring/v1\n1 {Convert.ToBase64String([.. Enumerable.Range(0x20, 32).Select(i => (byte)i)])}\n");
        OrganisationKeyRing ring = OrganisationKeyRing.LoadOrCreate(directory.FullName, "main", new Counting());

        StoredKey wrapped = ring.Wrap("00112233445566778899aabbccddeeff", [.. Enumerable.Range(0, 32).Select(i => (byte)i)], new Counting());
        Page.Should().Contain($"`{Convert.ToHexStringLower(wrapped.Wrapped.Span)}`");
        directory.Delete(recursive: true);
    }
}
