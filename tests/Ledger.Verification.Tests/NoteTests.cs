using System.Text;
using FluentAssertions;
using Xunit;
using static Ledger.Verification.Tests.SampleLog;

namespace Ledger.Verification.Tests;

public sealed class NoteTests
{
    private static readonly byte[] Text = Bytes("line\n\nanother line — été\n");

    [Fact]
    public void Note_SignedByTwo_IsVerifiedByEitherAndBoth()
    {
        Note note = Sign(Text, Key, Stranger);
        Note.TryParse(note.ToArray(), out Note? read).Should().BeTrue();
        read!.Text.ToArray().Should().Equal(Text, "the last empty line parts text and signatures");
        read.Signatures.Should().Equal(note.Signatures);

        read.Verify([Key.Verifier], out IReadOnlyList<VerifierKey> verified).Should().Be(NoteVerdict.Verified);
        verified.Should().Equal(Key.Verifier);
        read.Verify([Stranger.Verifier, OlderKey.Verifier, Key.Verifier], out verified).Should().Be(NoteVerdict.Verified);
        verified.Should().Equal(Key.Verifier, Stranger.Verifier);
        read.Verify([OlderKey.Verifier], out verified).Should().Be(NoteVerdict.NoKnownSignature, "name alone does not make a key known");
        verified.Should().BeEmpty();
        read.Verify([], out _).Should().Be(NoteVerdict.NoKnownSignature);
    }

    [Fact]
    public void Note_WithOneFalseSignatureOfAKnownKey_IsSpoilt()
    {
        NoteSignature right = Key.Sign(Text, Time);
        byte[] bytes = right.Signature.ToArray();
        bytes[0] ^= 1;
        Note note = Note.Create(Text, [right with { Signature = bytes }, Stranger.Sign(Text, Time)]);

        note.Verify([Stranger.Verifier], out _).Should().Be(NoteVerdict.Verified, "signatures of unknown keys are ignored");
        note.Verify([Stranger.Verifier, Key.Verifier], out IReadOnlyList<VerifierKey> verified).Should().Be(NoteVerdict.BadSignature);
        verified.Should().BeEmpty();
        Note.Create(Text, [right, right with { Signature = bytes }]).Verify([Key.Verifier], out _).Should().Be(NoteVerdict.BadSignature);
        Note.Create(Text, [right with { Signature = bytes.AsMemory(0, 63) }]).Verify([Key.Verifier], out _).Should().Be(NoteVerdict.BadSignature);
    }

    [Fact]
    public void Note_WithANewerSignature_LosesTheOlderOfTheSameKeyOnly()
    {
        Note note = Sign(Text, Key, Union);
        NoteSignature later = Union.Sign(Text, Time.AddHours(1));
        note.With([later, Stranger.Sign(Text, Time)]).Signatures.Should().Equal(note.Signatures[0], later, Stranger.Sign(Text, Time));
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void Note_AtMost100Signatures_IsRead(int count, bool read)
    {
        byte[] bytes = [.. Text, (byte)'\n', .. Enumerable.Repeat(Encoding.UTF8.GetBytes(Key.Sign(Text, Time).Line), count).SelectMany(line => line)];
        Note.TryParse(bytes, out _).Should().Be(read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("text\n")]
    [InlineData("text\n\n")]
    [InlineData("text\n\n— name AAAAAAA=")] // no LF at the end
    [InlineData("text\n— name AAAAAAA=\n")] // no empty line
    [InlineData("\n— name AAAAAAA=\n")] // no text, not even LF
    [InlineData("text\n\n- name AAAAAAA=\n")]
    [InlineData("text\n\n—name AAAAAAA=\n")]
    [InlineData("text\n\n— name AAAAAA==\n")] // a key id and no signature
    [InlineData("text\n\n— name AAAAAAB=\n")] // stray bits before the padding
    [InlineData("text\n\n— name AAAAAAA\n")]
    [InlineData("text\n\n— name  AAAAAAA=\n")]
    [InlineData("text\n\n— name AAAAAAA= \n")]
    [InlineData("text\n\n—  AAAAAAA=\n")]
    [InlineData("text\n\n— na+me AAAAAAA=\n")]
    [InlineData("text\n\n— na\u00a0me AAAAAAA=\n")]
    [InlineData("text\n\n— name AAAAAAA=\nmore\n")]
    [InlineData("te\rxt\n\n— name AAAAAAA=\n")]
    [InlineData("te\txt\n\n— name AAAAAAA=\n")]
    [InlineData("te\0xt\n\n— name AAAAAAA=\n")]
    [InlineData("text\r\n\r\n— name AAAAAAA=\r\n")]
    public void Note_InAnyOtherForm_IsRefused(string note) => Note.TryParse(Bytes(note), out _).Should().BeFalse();

    [Fact]
    public void Note_ThatIsNotUtf8_IsRefused()
    {
        Note.TryParse(Bytes("t\n\n— name AAAAAAA=\n"), out _).Should().BeTrue();
        byte[] bytes = Bytes("t\n\n— name AAAAAAA=\n");
        bytes[0] = 0xFF;
        Note.TryParse(bytes, out _).Should().BeFalse();
    }

    [Theory]
    [InlineData("", "name")]
    [InlineData("no LF", "name")]
    [InlineData("tab\t\n", "name")]
    [InlineData("text\n", "na me")]
    [InlineData("text\n", "")]
    public void Note_ThatCouldNotBeRead_IsNotMade(string text, string name) =>
        FluentActions.Invoking(() => Note.Create(Bytes(text), [new NoteSignature(name, 1, new byte[1])])).Should().Throw<ArgumentException>();

    [Theory]
    [InlineData("origin\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", 0)]
    [InlineData("origin with spaces + plus\n18446744073709551615\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", ulong.MaxValue)]
    [InlineData("o\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nextension\n another\n", 7)]
    public void Checkpoint_InItsForm_IsReadAndWrittenAgain(string text, ulong size)
    {
        Checkpoint.TryParse(Bytes(text), out Checkpoint? checkpoint).Should().BeTrue();
        checkpoint!.Head.Should().Be(new TreeHead(size, MerkleTree.EmptyRoot));
        Encoding.UTF8.GetString(checkpoint.ToText()).Should().Be(text);
        Checkpoint.TryParse(Bytes(text), out Checkpoint? again).Should().BeTrue();
        again.Should().Be(checkpoint);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("origin\n\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("origin\n00\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("origin\n07\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("origin\n+7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("origin\n-7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("origin\n7 \n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("origin\n18446744073709551616\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("origin\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n")]
    [InlineData("origin\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n")]
    [InlineData("origin\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n")]
    [InlineData("origin\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]
    [InlineData("origin\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n")]
    [InlineData("origin\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nextension\n")]
    [InlineData("origin\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nno LF")]
    [InlineData("origin\r\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    [InlineData("origin\n7\n47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=\n")]
    public void Checkpoint_InAnyOtherForm_IsRefused(string text) => Checkpoint.TryParse(Bytes(text), out _).Should().BeFalse();

    [Theory]
    [InlineData("")]
    [InlineData("two\nlines")]
    [InlineData("tab\t")]
    [InlineData(null)]
    public void Checkpoint_OfAnOriginThatIsNotOneLine_IsNotMade(string? origin)
    {
        origin ??= "half \ud800 a pair"; // an attribute cannot hold it
        FluentActions.Invoking(() => new Checkpoint(origin, default)).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => new Checkpoint("o", default) with { Origin = origin }).Should().Throw<ArgumentException>();
    }
}
