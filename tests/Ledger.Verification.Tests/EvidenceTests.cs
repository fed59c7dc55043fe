using System.Buffers;
using System.Text;
using FluentAssertions;
using Xunit;
using static Ledger.Verification.Tests.SampleLog;

namespace Ledger.Verification.Tests;

public sealed class EvidenceTests
{
    private static readonly EvidenceTrust Held = new([Key.Verifier], [Union.Verifier]);

    private readonly SampleEvidence _sample = new(3);

    private static EvidenceReport Check(byte[] file, EvidenceTrust? trust = null)
    {
        // Small reads, as a network gives them.
        using TrickleStream stream = new(file);
        return EvidenceCheck.RunAsync(stream, trust ?? Held, CancellationToken.None).AsTask().GetAwaiter().GetResult();
    }

    private static EvidenceFault[] Faults(byte[] file, EvidenceTrust? trust = null) => [.. Check(file, trust).Findings.Select(finding => finding.Fault).Distinct()];

    [Fact]
    public void File_Untouched_IsSoundAndSaysWhatIsProven()
    {
        EvidenceReport report = Check(_sample.File());

        report.Findings.Should().BeEmpty();
        report.IsSound.Should().BeTrue();
        report.Stream.Should().Be(SampleEvidence.Stream);
        report.Events.Should().Be(3);
        report.LastRevision.Should().Be(2);
        report.Checkpoint!.Head.Should().Be(_sample.Tree.Head(_sample.Size));
        report.LogKey.Should().Be(Key.Verifier);
        report.IsLogKeyHeld.Should().BeTrue();
        report.Cosignatures.Should().Equal(
            new EvidenceCosignature(Union.Verifier, Time, IsHeld: true), new EvidenceCosignature(Works.Verifier, Time, IsHeld: false));
    }

    [Fact]
    public void File_WhenTheCallerHoldsNoKey_IsSoundByItsOwnKeysAndSaysSo()
    {
        EvidenceReport report = Check(_sample.File(), EvidenceTrust.None);
        report.IsSound.Should().BeTrue();
        report.LogKey.Should().Be(Key.Verifier);
        report.IsLogKeyHeld.Should().BeFalse();
        report.Cosignatures.Should().OnlyContain(cosignature => !cosignature.IsHeld);
    }

    [Fact]
    public void File_OfALogWhoseKeyTheCallerDoesNotHold_SaysKeyNotHeld()
    {
        EvidenceReport report = Check(_sample.File(), new EvidenceTrust([OlderKey.Verifier, Stranger.Verifier], []));
        report.Findings.Should().Equal(new EvidenceFinding(EvidenceFault.KeyNotHeld, 8));
        report.LogKey.Should().BeNull();
        report.IsLogKeyHeld.Should().BeFalse();
    }

    [Fact]
    public void File_SignedByAHeldKeyOfAnotherName_SaysKeyNotHeld()
    {
        // The key of another log, which the caller knows too, speaks for that log only.
        _sample.Checkpoint = Sign(_sample.Checkpoint.Text.ToArray(), Stranger);
        _sample.Header = _sample.Header with { WitnessKeys = [] };
        Faults(_sample.File(), new EvidenceTrust([Key.Verifier, Stranger.Verifier], [])).Should().Equal(EvidenceFault.KeyNotHeld);
    }

    [Fact]
    public void File_WithEachEventDroppedDoubledOrSwapped_SaysRevision()
    {
        EvidenceEvent[] events = [.. Enumerable.Range(0, 3).Select(_sample.Event)];
        for (int i = 0; i < 3; i++)
        {
            EvidenceEvent[] without = [.. events[..i], .. events[(i + 1)..]];
            Faults(_sample.FileOf([.. events[..i], events[i], .. events[i..]])).Should().Contain(EvidenceFault.Revision).And.Contain(EvidenceFault.Order);
            if (i < 2)
            {
                Faults(_sample.FileOf(without)).Should().Contain(EvidenceFault.Revision).And.Contain(EvidenceFault.Chain);
            }
        }

        Faults(_sample.FileOf(events[1], events[0], events[2])).Should().Contain(EvidenceFault.Revision).And.Contain(EvidenceFault.Order);
        Faults(_sample.FileOf(events[0], events[2], events[1])).Should().Contain(EvidenceFault.Revision).And.Contain(EvidenceFault.Order);
    }

    [Fact]
    public void File_WithTheLastEventsCutOff_SaysCountUnlessTheCountIsCutToo()
    {
        string text = Encoding.UTF8.GetString(_sample.FileOf(_sample.Event(0), _sample.Event(1)));
        Faults(Bytes(text.Replace("end 2\n", "end 3\n", StringComparison.Ordinal))).Should().Equal(EvidenceFault.Count);

        // Nothing in a file can show that the stream went on: the report says how far it goes, and no further.
        EvidenceReport shortened = Check(Bytes(text));
        shortened.IsSound.Should().BeTrue();
        shortened.LastRevision.Should().Be(1);
    }

    [Fact]
    public void File_WithAnEventRenumberedAfterAnotherWasDropped_SaysLeafHash()
    {
        EvidenceEvent moved = _sample.Event(2) with { Revision = 1 };
        Faults(_sample.FileOf(_sample.Event(0), moved)).Should().Contain(EvidenceFault.LeafHash).And.Contain(EvidenceFault.Chain);
    }

    [Fact]
    public void File_WithAnEditedEvent_SaysLeafHash()
    {
        EvidenceEvent e = _sample.Event(1);
        EvidenceEvent[] edited =
        [
            e with { Data = Bytes("""{"n":2}""") }, e with { Type = "decision-recorded.v2" }, e with { Id = new Guid(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9) },
            e with { Metadata = Bytes(Encoding.UTF8.GetString(e.Metadata.Span).Replace("producer", "someone", StringComparison.Ordinal)) },
        ];
        edited.Should().AllSatisfy(edit => Check(_sample.FileOf(_sample.Event(0), edit, _sample.Event(2))).Findings.Should()
            .Equal(new EvidenceFinding(EvidenceFault.LeafHash, LineOf(1), 1, edit.Id)));
    }

    [Fact]
    public void File_WithAnEditedEventAndItsNewLeaf_SaysInclusion()
    {
        EventBytes bytes = SampleEvidence.EventAt(1) with { Data = Bytes("""{"n":2}""") };
        EvidenceEvent edit = _sample.Event(1) with { Data = bytes.Data, Leaf = new TreeHash(LogEntry.LeafHash(bytes)) };
        Check(_sample.FileOf(_sample.Event(0), edit, _sample.Event(2))).Findings.Should()
            .Equal(new EvidenceFinding(EvidenceFault.Inclusion, LineOf(1), 1, edit.Id));
    }

    [Fact]
    public void File_OfAnotherStream_SaysLeafHash()
    {
        _sample.Header = _sample.Header with { Stream = "worker-main-ffeeddccbbaa99887766554433221100" };
        Faults(_sample.File()).Should().Equal(EvidenceFault.LeafHash);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Chain_WhereAnEventsSaltIsNotWhatItsPredecessorCommittedTo_IsBroken(int at)
    {
        // The log took the event as it is: leaf and inclusion hold. Only the chain of labels shows that it does not belong here.
        EventBytes e = SampleEvidence.EventAt(at);
        byte[] other = [.. SampleEvidence.Salt(9)];
        string metadata = Encoding.UTF8.GetString(e.Metadata.Span)
            .Replace($"\"salt\":\"{Convert.ToBase64String(e.Salt.Span)}\"", $"\"salt\":\"{Convert.ToBase64String(other)}\"", StringComparison.Ordinal);
        e = e with { Salt = other, Metadata = Bytes(metadata) };
        TreeHash leaf = new(LogEntry.LeafHash(e));
        RfcTree tree = new(index => index == SampleEvidence.IndexOf(at) ? leaf.ToArray() : _sample.Tree.Mth(index, index + 1));
        _sample.Checkpoint = Sign(new Checkpoint(Origin, tree.Head(_sample.Size)).ToText(), Key, Union, Works);
        EvidenceEvent[] events = [.. Enumerable.Range(0, 3).Select(i => ProvenIn(tree, i == at ? _sample.Event(i) with { Metadata = e.Metadata, Leaf = leaf } : _sample.Event(i)))];

        Check(_sample.FileOf(events)).Findings.Should().Equal(new EvidenceFinding(EvidenceFault.Chain, LineOf(at, events), at, e.Id));
    }

    [Fact]
    public void Event_WithoutItsSalts_SaysSalts()
    {
        EvidenceEvent e = _sample.Event(1) with { Metadata = Bytes("""{"actor":"producer"}""") };
        Faults(_sample.FileOf(_sample.Event(0), e, _sample.Event(2))).Should().StartWith([EvidenceFault.Salts]);
    }

    [Fact]
    public void Event_ProvenAgainstAnotherCheckpoint_SaysCheckpoint()
    {
        EvidenceEvent e = _sample.Event(1);
        Note other = e.Proof.Checkpoint.With([Key.Sign(e.Proof.Checkpoint.Text.Span, Time)]);
        Faults(_sample.FileOf(_sample.Event(0), e with { Proof = e.Proof with { Checkpoint = other } }, _sample.Event(2))).Should().Equal(EvidenceFault.Checkpoint);
        _sample.Checkpoint = Sign(Bytes("no checkpoint\n"), Key);
        Faults(_sample.File()).Should().Equal(EvidenceFault.Checkpoint, EvidenceFault.Inclusion);
    }

    [Fact]
    public void Checkpoint_NotSignedByTheLog_SaysCheckpointSignature()
    {
        _sample.Header = _sample.Header with { WitnessKeys = [] };
        byte[] text = _sample.Checkpoint.Text.ToArray();
        _sample.Checkpoint = Sign(text, Stranger);
        Faults(_sample.File(), EvidenceTrust.None).Should().Equal(EvidenceFault.CheckpointSignature);
        _sample.Checkpoint = Note.Create(text, [Key.Sign(Bytes("another text\n"), Time)]);
        Faults(_sample.File(), EvidenceTrust.None).Should().Equal(EvidenceFault.CheckpointSignature);
        Faults(_sample.File()).Should().Equal(EvidenceFault.CheckpointSignature);
    }

    [Fact]
    public void Witness_WhoDidNotCosign_SaysCosignature()
    {
        byte[] text = _sample.Checkpoint.Text.ToArray();
        _sample.Checkpoint = Sign(text, Key, Works);
        Faults(_sample.File()).Should().Equal(EvidenceFault.Cosignature);
        _sample.Checkpoint = Note.Create(text, [Key.Sign(text, Time), Union.Sign(Bytes("another text\n"), Time), Works.Sign(text, Time)]);
        EvidenceReport report = Check(_sample.File());
        report.Findings.Select(finding => finding.Fault).Should().Equal(EvidenceFault.Cosignature);
        report.Cosignatures.Should().Equal([new EvidenceCosignature(Works.Verifier, Time, IsHeld: false)], "one that fails hides no other");
    }

    [Fact]
    public void File_ThatWithholdsFields_IsSoundAndSaysWhichOnes()
    {
        SealedEvidence sealedPart = Check(new SampleEvidence(2, ["score"]).File()).Sealed;
        sealedPart.FieldsShown.Should().Be(1);
        sealedPart.EventsWithheld.Should().Be(1);
        sealedPart.Withheld.Select(field => field.Name).Should().Equal("outcome", "reviewReason");
        sealedPart.Withheld.Should().AllSatisfy(field => field.Revisions.Should().Equal((1, 1)));

        foreach (string[] shown in (string[][])[[], ["outcome"], ["outcome", "score", "reviewReason"]])
        {
            EvidenceReport report = Check(new SampleEvidence(3, shown).File());
            report.Findings.Should().BeEmpty();
            report.Sealed.FieldsShown.Should().Be(shown.Length);
            report.Sealed.EventsWithheld.Should().Be(shown.Length == 3 ? 0 : 1);
        }

        Check(_sample.File()).Sealed.Withheld.Should().BeEmpty("nothing in it is sealed");
    }

    [Fact]
    public void File_WithADisclosureOfAnotherEventDoubledOrMoved_SaysDisclosure()
    {
        SampleEvidence sample = new(2, ["outcome", "score"]);
        EvidenceEvent e = sample.Event(1);
        IReadOnlyList<Disclosure> all = SealedPage.Disclosures;
        Disclosure[][] wrong = [[all[0], all[0]], [all[1], all[0]], [Parse("WyJBQUVDQXdRRkJnY0lDUW9MREEwT0R3Iiwic2NvcmUiLDFd")]];
        wrong.Should().AllSatisfy(shown => Check(sample.FileOf(sample.Event(0), e with { Disclosures = shown })).Findings
            .Should().Equal(new EvidenceFinding(EvidenceFault.Disclosure, LineOf(1, [sample.Event(0), e]), 1, e.Id)));
        Faults(sample.FileOf(sample.Event(0) with { Disclosures = [all[0]] }, e)).Should().Equal(EvidenceFault.Disclosure);

        static Disclosure Parse(string text) => Disclosure.TryParse(text, out Disclosure? disclosure) ? disclosure : throw new FormatException(text);
    }

    [Fact]
    public void File_OfALongStream_KeepsTheStretchesOfWhatIsWithheld()
    {
        SealedEvidence sealedPart = new();
        for (int revision = 0; revision < 1000; revision++)
        {
            sealedPart.Add(revision, new DisclosedFields([], revision is >= 10 and < 900 ? ["score"] : revision % 2 == 0 ? ["even"] : []));
        }

        sealedPart.Withheld.Select(field => (field.Name, field.Events)).Should().Equal(("even", 55), ("score", 890));
        sealedPart.Withheld[1].Revisions.Should().Equal((10, 899));
        sealedPart.Withheld[0].Revisions.Should().HaveCount(55);
        for (int i = 0; i < 1000; i++)
        {
            sealedPart.Add(2000 + (2 * i), new DisclosedFields([], ["even", $"field {i}"]));
        }

        sealedPart.Withheld.Should().HaveCount(SealedEvidence.MaxKept);
        sealedPart.Withheld[0].Revisions.Should().HaveCount(SealedEvidence.MaxKept);
        sealedPart.Withheld[0].Events.Should().Be(1055);
    }

    [Fact]
    public void File_WithoutEvents_ProvesNothing() => Faults(_sample.FileOf()).Should().Equal(EvidenceFault.Count);

    [Fact]
    public void File_WithAnySingleBitFlipped_IsNotSound()
    {
        SampleEvidence sample = new(2, ["reviewReason"]);
        byte[] file = sample.File();
        List<int> sound = [];
        for (int bit = 0; bit < file.Length * 8; bit++)
        {
            file[bit / 8] ^= (byte)(1 << (bit % 8));
            if (Check(file).IsSound || Check(file, EvidenceTrust.None).IsSound)
            {
                sound.Add(bit);
            }

            file[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        sound.Should().BeEmpty();
        Check(file).IsSound.Should().BeTrue();
    }

    [Fact]
    public void File_WithAnyByteOrLineDroppedOrDoubled_IsNotSound()
    {
        byte[] file = new SampleEvidence(2, ["reviewReason"]).File();
        for (int i = 0; i < file.Length; i++)
        {
            Check([.. file[..i], .. file[(i + 1)..]]).IsSound.Should().BeFalse($"without byte {i}");
            Check([.. file[..i], file[i], .. file[i..]]).IsSound.Should().BeFalse($"byte {i} twice");
            Check(file[..i]).IsSound.Should().BeFalse($"cut at {i}");
        }

        Check([.. file, (byte)'\n']).IsSound.Should().BeFalse();
    }

    [Fact]
    public async Task File_Read_IsWrittenAgainByteForByte()
    {
        byte[] file = new SampleEvidence(3, ["outcome", "score"]).File();
        EvidenceReader reader = new(new MemoryStream(file));
        ArrayBufferWriter<byte> output = new();
        EvidenceWriter writer = new(output);
        EvidencePart part = await reader.ReadAsync(CancellationToken.None);
        writer.WriteHeader(part.Should().BeOfType<EvidenceHeader>().Subject);
        while ((part = await reader.ReadAsync(CancellationToken.None)) is EvidenceEvent @event)
        {
            writer.WriteEvent(@event);
        }

        part.Should().Be(new EvidenceEnd(3));
        (await reader.ReadAsync(CancellationToken.None)).Should().Be(part, "after the end there is nothing");
        writer.WriteEnd();
        output.WrittenSpan.ToArray().Should().Equal(file);
    }

    [Fact]
    public void Writer_IsRefusedWhatNoReaderWouldTake()
    {
        EvidenceWriter writer = new(new ArrayBufferWriter<byte>());
        Action[] refused =
        [
            () => writer.WriteHeader(_sample.Header with { Stream = "two\nlines" }), () => writer.WriteHeader(_sample.Header with { LogKeys = [] }),
            () => writer.WriteEvent(_sample.Event(1)), () => writer.WriteEvent(_sample.Event(0) with { Type = "" }),
            () => writer.WriteEvent(_sample.Event(0) with { Data = new byte[EvidenceReader.MaxPieceLength] }),
            () => writer.WriteEvent(_sample.Event(0) with { Disclosures = [.. Enumerable.Repeat(SealedPage.Disclosures[0], SealedPersonal.MaxFields + 1)] }),
            () => writer.WriteEvent(_sample.Event(0) with { Proof = _sample.Event(0).Proof with { Extra = new byte[1] } }),
        ];
        refused.Should().AllSatisfy(write => write.Should().Throw<ArgumentException>());
    }

    [Theory]
    [InlineData(3_000_000, true)]
    [InlineData(3_200_000, false)]
    public async Task Piece_UpTo4MiB_IsRead_AndALongerOneIsNot(int dataLength, bool read)
    {
        EventBytes big = SampleEvidence.EventAt(0) with { Data = new byte[dataLength] };
        string data = Convert.ToBase64String(big.Data.Span);
        string file = Encoding.UTF8.GetString(_sample.FileOf(_sample.Event(0)));
        file = file.Replace($"data {Convert.ToBase64String(_sample.Event(0).Data.Span)}\n", $"data {data}\n", StringComparison.Ordinal);
        using MemoryStream stream = new(Bytes(file));
        EvidenceReport report = await EvidenceCheck.RunAsync(stream, Held, CancellationToken.None);
        report.Findings[0].Fault.Should().Be(read ? EvidenceFault.LeafHash : EvidenceFault.Format);
    }

    private EvidenceEvent ProvenIn(RfcTree tree, EvidenceEvent e) =>
        e with { Proof = e.Proof with { Hashes = tree.Inclusion(e.Proof.Index, _sample.Size), Checkpoint = _sample.Checkpoint } };

    private long LineOf(int revision) => LineOf(revision, [.. Enumerable.Range(0, 3).Select(_sample.Event)]);

    private long LineOf(int revision, EvidenceEvent[] events) =>
        Encoding.UTF8.GetString(_sample.FileOf(events)).Split('\n').TakeWhile(line => line != $"revision {revision}").Count() + 1;
}
