using FluentAssertions;
using Ledger.Contracts;
using Ledger.EventStore;
using Ledger.Silo.Transparency;
using Ledger.Verification;
using Xunit;

namespace Ledger.Silo.Tests.Transparency;

/// <summary>Checkpoints that must not be shown before witnesses have signed them.</summary>
public sealed class PublisherTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 3, 9, 12, 0, 0, TimeSpan.Zero);

    private readonly string directory = Directory.CreateTempSubdirectory("ledger-publisher-").FullName;
    private readonly SignerKey log = Key("ledger.example/log/main", KeyAlgorithm.Ed25519, 1);
    private readonly SignerKey union = Key("witness.example/union", KeyAlgorithm.CosignatureV1, 2);
    private readonly SignerKey regulator = Key("witness.example/regulator", KeyAlgorithm.CosignatureV1, 3);
    private readonly SignerKey stranger = Key("witness.example/stranger", KeyAlgorithm.CosignatureV1, 4);

    private TileFolder Tiles => new(directory);

    public void Dispose()
    {
        Directory.Delete(directory, recursive: true);
        Array.ForEach([log, union, regulator, stranger], k => k.Dispose());
    }

    [Fact]
    public void Checkpoint_WithoutWitnessesRequired_IsPublishedAtOnce()
    {
        Publisher publisher = New(required: 0);
        publisher.Offer(Signed(5));

        PublishedSize().Should().Be(5);
        Tiles.ReadCosigned().Should().BeNull();
    }

    [Fact]
    public void Checkpoint_WithAWitnessRequired_IsPublishedOnceItHasSigned()
    {
        Publisher publisher = New(required: 1);
        publisher.Offer(Signed(5));
        PublishedSize().Should().BeNull();

        publisher.Take(Cosigned(5, union)).Should().BeNull();

        PublishedSize().Should().Be(5);
        Published().Verify([log.Verifier], out _).Should().Be(NoteVerdict.Verified);
        Published().Verify([union.Verifier], out _).Should().Be(NoteVerdict.Verified);
        Tiles.ReadCosigned().Should().Equal(Tiles.ReadCheckpoint());
    }

    [Fact]
    public void Checkpoint_WithTwoWitnessesRequired_IsNotPublishedByOneThatSignsTwice()
    {
        Publisher publisher = New(required: 2);
        publisher.Offer(Signed(5));
        publisher.Take(Cosigned(5, union)).Should().BeNull();
        publisher.Take(Cosigned(5, union, Now.AddMinutes(1))).Should().BeNull();
        PublishedSize().Should().BeNull();

        publisher.Take(Cosigned(5, regulator)).Should().BeNull();

        Published().Signatures.Select(s => s.Name).Should().Equal(log.Verifier.Name, union.Verifier.Name, regulator.Verifier.Name);
        TimeOf(union).Should().Be(Now.AddMinutes(1), "the newer cosignature stays");
    }

    [Fact]
    public void Cosignature_ByAKeyThatIsNotKnown_IsRefused()
    {
        Publisher publisher = New(required: 1);
        publisher.Offer(Signed(5));

        publisher.Take(Cosigned(5, stranger))!.Code.Should().Be(RefusalCode.UnknownWitness);
        publisher.Take(Signed(5).Note)!.Code.Should().Be(RefusalCode.UnknownWitness, "the log's own signature is no witness's");

        PublishedSize().Should().BeNull();
    }

    [Fact]
    public void Cosignature_ThatDoesNotVerify_IsRefusedUnderItsName()
    {
        Publisher publisher = New(required: 1);
        publisher.Offer(Signed(5));
        NoteSignature other = Cosigned(6, union).Signatures[^1];

        publisher.Take(Signed(5).Note.With([other]))!.Code.Should().Be(RefusalCode.UnknownWitness);

        PublishedSize().Should().BeNull();
    }

    [Fact]
    public void Cosignature_OfATreeThatWasNotSigned_IsRefused()
    {
        Publisher publisher = New(required: 1);
        publisher.Offer(Signed(5));

        publisher.Take(Cosigned(6, union))!.Code.Should().Be(RefusalCode.NotFound, "no tree of that size was signed");
        byte[] forged = new Checkpoint(log.Verifier.Name, new TreeHead(5, MerkleTree.HashLeaf("forged"u8))).ToText();
        publisher.Take(Note.Create(forged, [union.Sign(forged, Now)]))!.Code.Should().Be(RefusalCode.NotFound, "that size was signed with another root");
        byte[] elsewhere = new Checkpoint("elsewhere.example/log/main", Signed(5).Head).ToText();
        publisher.Take(Note.Create(elsewhere, [union.Sign(elsewhere, Now)]))!.Code.Should().Be(RefusalCode.NotFound, "it is of another log");
        publisher.Take(Note.Create("no checkpoint\n"u8, [union.Sign("no checkpoint\n"u8, Now)]))!.Code.Should().Be(RefusalCode.Malformed);

        PublishedSize().Should().BeNull();
    }

    [Fact]
    public void Checkpoint_ThatWaits_IsOvertakenByANewerOneWithEnoughSignatures()
    {
        Publisher publisher = New(required: 1);
        publisher.Offer(Signed(5));
        publisher.Offer(Signed(6));
        publisher.Offer(Signed(7));

        publisher.Take(Cosigned(6, union)).Should().BeNull();
        PublishedSize().Should().Be(6);
        publisher.Take(Cosigned(5, union));
        PublishedSize().Should().Be(6, "what others were shown is not taken back");
        publisher.Take(Cosigned(7, regulator)).Should().BeNull();
        PublishedSize().Should().Be(7);
    }

    [Fact]
    public void Cosignature_ThatComesAfterPublication_IsAddedToWhatIsPublished()
    {
        Publisher publisher = New(required: 0);
        publisher.Offer(Signed(5));

        publisher.Take(Cosigned(5, union)).Should().BeNull();
        publisher.Take(Cosigned(5, regulator)).Should().BeNull();

        Published().Signatures.Should().HaveCount(3);
        Tiles.ReadCosigned().Should().Equal(Tiles.ReadCheckpoint());
    }

    [Fact]
    public void Cosignature_SlowerThanTheLog_IsKeptForWhoeverAsksForOne()
    {
        Publisher publisher = New(required: 0);
        publisher.Offer(Signed(5));
        publisher.Offer(Signed(6));

        publisher.Take(Cosigned(5, union)).Should().BeNull("the log signed it, and a witness may need longer than the interval");

        PublishedSize().Should().Be(6);
        Cosigned().Head.Size.Should().Be(5);
        publisher.Offer(Signed(7));
        publisher.Take(Cosigned(6, union)).Should().BeNull();
        Cosigned().Head.Size.Should().Be(6);
        publisher.Take(Cosigned(5, regulator));
        Cosigned().Head.Size.Should().Be(6, "the newest one is kept");
        PublishedSize().Should().Be(7);
    }

    [Fact]
    public void Checkpoints_ThatWaitWithoutEnd_AreBoundedAndTheOldestGoFirst()
    {
        Publisher publisher = New(required: 1);
        for (ulong size = 1; size <= Silo.Hosting.Limits.CheckpointsAwaitingWitnesses + 1; size++)
        {
            publisher.Offer(Signed(size));
        }

        publisher.Take(Cosigned(1, union))!.Code.Should().Be(RefusalCode.NotFound);
        publisher.Take(Cosigned(2, union)).Should().BeNull();
        PublishedSize().Should().Be(2);
    }

    private Publisher New(int required) => new(Tiles, new LogProgress(TimeProvider.System), [union.Verifier, regulator.Verifier], required);

    private SignedTree Signed(ulong size)
    {
        TreeHead head = new(size, MerkleTree.HashLeaf(BitConverter.GetBytes(size)));
        byte[] text = new Checkpoint(log.Verifier.Name, head).ToText();
        return new SignedTree(head, Note.Create(text, [log.Sign(text, Now)]), new StorePosition(size, size));
    }

    private Note Cosigned(ulong size, SignerKey witness, DateTimeOffset? at = null)
    {
        Note note = Signed(size).Note;
        return note.With([witness.Sign(note.Text.Span, at ?? Now)]);
    }

    private Note Published() => Note.TryParse(Tiles.ReadCheckpoint(), out Note? note) ? note : throw new InvalidDataException();

    private ulong? PublishedSize() => Tiles.ReadCheckpoint() is null ? null : Parse(Published()).Head.Size;

    private Checkpoint Cosigned() => Note.TryParse(Tiles.ReadCosigned(), out Note? note) ? Parse(note) : throw new InvalidDataException();

    private DateTimeOffset TimeOf(SignerKey witness)
    {
        VerifierKey.TryReadTime(Published().Signatures.Single(s => s.KeyId == witness.Verifier.Id).Signature.Span, out long seconds).Should().BeTrue();
        return DateTimeOffset.FromUnixTimeSeconds(seconds);
    }

    private static Checkpoint Parse(Note note) => Checkpoint.TryParse(note.Text.Span, out Checkpoint? checkpoint) ? checkpoint : throw new InvalidDataException();

    private static SignerKey Key(string name, KeyAlgorithm algorithm, byte seed)
    {
        byte[] bytes = new byte[SignerKey.SeedLength];
        bytes[0] = seed;
        return SignerKey.FromSeed(name, algorithm, bytes);
    }
}
