using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using FluentAssertions;
using Xunit;
using static Ledger.Verification.Tests.SampleLog;

namespace Ledger.Verification.Tests;

public sealed class KeyTests
{
    private static readonly byte[] Text = Bytes("ledger.example/main\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");

    [Fact]
    public void Keys_OfAnyNameAndSeed_ComeBackFromTheirTexts() =>
        Gen.Select(Gen.String[Gen.Char.AlphaNumeric, 1, 40], Gen.Byte.Array[32], Gen.Bool).Sample((name, seed, cosigns) =>
        {
            KeyAlgorithm algorithm = cosigns ? KeyAlgorithm.CosignatureV1 : KeyAlgorithm.Ed25519;
            using SignerKey key = SignerKey.FromSeed(name, algorithm, seed);
            bool read = SignerKey.TryParse(key.ToSecretString(), out SignerKey? again);
            using SignerKey? owned = again;
            NoteSignature signature = again!.Sign(Text, Time);
            return read && again.ToSecretString() == key.ToSecretString() && again.Verifier.Equals(key.Verifier)
                && VerifierKey.TryParse(key.Verifier.ToString(), out VerifierKey? verifier) && verifier.Equals(key.Verifier)
                && verifier.Id == key.Verifier.Id && verifier.Algorithm == algorithm
                && verifier.Verify(Text, signature.Signature.Span) && !verifier.Verify(Text.AsSpan(1), signature.Signature.Span);
        }, iter: 500);

    [Fact]
    public void KeyId_IsOfNameTypeAndPublicKey()
    {
        // signed-note: SHA-256(key name || 0x0A || signature type || public key)[:4]
        foreach (SignerKey key in (SignerKey[])[Key, Union])
        {
            byte[] material = Convert.FromBase64String(key.Verifier.ToString().Split('+', 3)[2]);
            material[0].Should().Be((byte)key.Verifier.Algorithm);
            byte[] hash = SHA256.HashData([.. Encoding.UTF8.GetBytes(key.Verifier.Name), 0x0A, .. material]);
            key.Verifier.Id.Should().Be(BinaryPrimitives.ReadUInt32BigEndian(hash));
            key.Verifier.ToString().Should().StartWith($"{key.Verifier.Name}+{Convert.ToHexStringLower(hash.AsSpan(0, 4))}+");
        }
    }

    [Fact]
    public void SameSeed_AsLogKeyAndAsWitnessKey_HasTwoIds()
    {
        using SignerKey log = SignerOf("same", KeyAlgorithm.Ed25519, 9);
        using SignerKey witness = SignerOf("same", KeyAlgorithm.CosignatureV1, 9);
        log.Verifier.Id.Should().NotBe(witness.Verifier.Id);
        log.Verifier.Equals(witness.Verifier).Should().BeFalse();
    }

    [Fact]
    public void Cosignature_IsOfTheMessageThatTheSpecificationShows()
    {
        // tlog-cosignature, "Ed25519 signed message": header line, time line, the whole note text.
        NoteSignature signature = Union.Sign(Text, Time);
        BinaryPrimitives.ReadInt64BigEndian(signature.Signature.Span).Should().Be(Time.ToUnixTimeSeconds());
        using SignerKey plain = SignerOf("plain", KeyAlgorithm.Ed25519, 3);
        byte[] message = [.. Encoding.ASCII.GetBytes("cosignature/v1\ntime 1773065107\n"), .. Text];
        plain.Sign(message, default).Signature.ToArray().Should().Equal(signature.Signature[8..].ToArray());
    }

    [Fact]
    public void Cosignature_WithAnotherTimeOrNone_DoesNotVerify()
    {
        byte[] bytes = Union.Sign(Text, Time).Signature.ToArray();
        Union.Verifier.Verify(Text, bytes).Should().BeTrue();
        foreach (ulong time in (ulong[])[0, 1, (ulong)Time.ToUnixTimeSeconds() + 1, 1UL << 63, ulong.MaxValue])
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes, time);
            Union.Verifier.Verify(Text, bytes).Should().BeFalse();
            VerifierKey.TryReadTime(bytes, out long read).Should().Be(time is > 0 and <= long.MaxValue);
            read.Should().Be(time <= long.MaxValue ? (long)time : 0);
        }

        VerifierKey.TryReadTime(bytes.AsSpan(1), out _).Should().BeFalse();
        FluentActions.Invoking(() => Union.Sign(Text, DateTimeOffset.UnixEpoch)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Theory]
    [InlineData("")]
    [InlineData("PeterNeumann")]
    [InlineData("PeterNeumann+c74f20a3")]
    [InlineData("example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")] // upper case
    [InlineData("example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")] // another id
    [InlineData("example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")] // another name
    [InlineData("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2l")] // another key
    [InlineData("example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")] // another type
    [InlineData("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k=")]
    [InlineData("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k ")]
    [InlineData("example.com/foo+ 30d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    [InlineData("example.com/foo+530d903a-AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    [InlineData(" example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")]
    public void VerifierKey_InAnyOtherForm_IsRefused(string text) => VerifierKey.TryParse(text, out _).Should().BeFalse();

    [Fact]
    public void SignerKey_WithAnyCharacterChangedOrCut_IsRefused()
    {
        string text = Key.ToSecretString();
        for (int i = 0; i < text.Length; i++)
        {
            SignerKey.TryParse(text[..i] + (char)(text[i] + 1) + text[(i + 1)..], out _).Should().BeFalse();
            SignerKey.TryParse(text.AsSpan(i + 1), out _).Should().BeFalse();
            SignerKey.TryParse(text.AsSpan(0, i), out _).Should().BeFalse();
        }
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("example.com/log42", true)]
    [InlineData("général-é😀", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a+b", false)]
    [InlineData("a\nb", false)]
    [InlineData("a\u0001b", false)]
    [InlineData("a\u0085b", false)]
    [InlineData("a\u00a0b", false)]
    [InlineData("a\u2003b", false)]
    [InlineData("a\u2028b", false)]
    [InlineData("a\u3000b", false)]
    public void KeyName_IsWhatTheSpecificationAllows(string name, bool valid)
    {
        KeyName.IsValid(name).Should().Be(valid);
        Exception? refused = Record.Exception(() => SignerKey.FromSeed(name, KeyAlgorithm.Ed25519, new byte[32]).Dispose());
        (refused is ArgumentException).Should().Be(!valid);
    }

    [Fact]
    public void KeyName_WithHalfASurrogatePair_IsNoName() => KeyName.IsValid("a\ud800b").Should().BeFalse();

    [Fact]
    public void TreeHash_OfAnyBytes_ComesBackFromItsTexts()
    {
        Gen.Byte.Array[32].Sample(bytes =>
        {
            TreeHash hash = new(bytes);
            string text = hash.ToString();
            return text == Convert.ToBase64String(bytes) && hash.ToArray().AsSpan().SequenceEqual(bytes)
                && TreeHash.TryParse(text, out TreeHash fromText) && fromText == hash && !(fromText != hash) && fromText.GetHashCode() == hash.GetHashCode()
                && TreeHash.TryParse(Encoding.UTF8.GetBytes(text), out TreeHash fromBytes) && fromBytes.Equals((object)hash);
        });
        FluentActions.Invoking(() => new TreeHash(new byte[31])).Should().Throw<ArgumentException>();
    }
}
