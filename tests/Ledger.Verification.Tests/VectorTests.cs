using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using Ledger.Tests;
using Xunit;

namespace Ledger.Verification.Tests;

/// <summary>What others published: nothing here was made by this project.</summary>
public sealed class VectorTests
{
    private const string TesseraKey = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";

    // Leaves and roots of the Merkle tree tests of github.com/google/certificate-transparency.
    private static readonly string[] CtLeaves =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    private static readonly string[] CtRoots =
    [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    [Fact]
    public void Tree_OfTheCertificateTransparencyTests_HasTheirRoots()
    {
        TreeBuilder builder = new();
        List<string> roots = [Convert.ToHexStringLower(builder.Root().ToArray())];
        foreach (string leaf in CtLeaves)
        {
            builder.Append(MerkleTree.HashLeaf(Convert.FromHexString(leaf)));
            roots.Add(Convert.ToHexStringLower(builder.Root().ToArray()));
        }

        roots.Should().Equal(CtRoots);
        MerkleTree.EmptyRoot.ToArray().Should().Equal(SHA256.HashData([]));
    }

    [Theory] // RFC 8032 §7.1, TEST 1 to 3
    [InlineData(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [InlineData(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    [InlineData(
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]
    public void Ed25519_OfRfc8032_SignsAndVerifies(string seed, string publicKey, string message, string signature)
    {
        using SignerKey key = SignerKey.FromSeed("rfc8032", KeyAlgorithm.Ed25519, Convert.FromHexString(seed));
        byte[] text = Convert.FromHexString(message);
        NoteSignature signed = key.Sign(text, default);
        Convert.ToHexStringLower(signed.Signature.Span).Should().Be(signature);
        key.Verifier.ToString().Should().EndWith(Convert.ToBase64String([0x01, .. Convert.FromHexString(publicKey)]));
        key.Verifier.Verify(text, signed.Signature.Span).Should().BeTrue();
        key.Verifier.Verify([.. text, 0], signed.Signature.Span).Should().BeFalse();
    }

    [Fact]
    public void SignedNote_OfTheSpecification_Verifies()
    {
        // c2sp.org/signed-note, "Verifier keys", "Example".
        byte[] bytes = Encoding.UTF8.GetBytes(
            "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n");
        VerifierKey.TryParse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", out VerifierKey? key).Should().BeTrue();
        Note.TryParse(bytes, out Note? note).Should().BeTrue();
        note!.Verify([key!], out IReadOnlyList<VerifierKey> verified).Should().Be(NoteVerdict.Verified);
        verified.Should().Equal(key!);
        note.ToArray().Should().Equal(bytes);
    }

    [Theory]
    [InlineData("example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n")]
    public void CosignedCheckpoint_OfTheSpecification_Reads(string text)
    {
        // c2sp.org/tlog-cosignature; the keys are not published, its time is.
        Note.TryParse(Encoding.UTF8.GetBytes(text), out Note? note).Should().BeTrue();
        Checkpoint.TryParse(note!.Text.Span, out Checkpoint? checkpoint).Should().BeTrue();
        checkpoint!.Origin.Should().Be("example.com/behind-the-sofa");
        checkpoint.Head.Size.Should().Be(20852163);
        checkpoint.Head.Root.ToString().Should().Be("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=");
        VerifierKey.TryReadTime(note.Signatures[1].Signature.Span, out long time).Should().BeTrue();
        time.Should().Be(1679315147, "the specification shows the message that is signed");
    }

    [Fact]
    public void AddCheckpointRequest_OfTheSpecification_Reads()
    {
        // c2sp.org/tlog-witness, add-checkpoint, "Example request body".
        const string body =
            "old 20852014\nPlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\njrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n"
            + "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";
        AddCheckpointRequest.TryParse(Encoding.UTF8.GetBytes(body), out AddCheckpointRequest? request).Should().BeTrue();
        request!.OldSize.Should().Be(20852014);
        request.Proof.Should().HaveCount(4);
        request.ToArray().Should().Equal(Encoding.UTF8.GetBytes(body));
    }

    [Fact]
    public void TesseraLog_MadeByAnotherImplementation_IsConsistentFromItsFirstCheckpointToItsLast()
    {
        VerifierKey.TryParse(TesseraKey, out VerifierKey? key).Should().BeTrue();
        key!.ToString().Should().Be(TesseraKey);
        TreeBuilder builder = new();
        List<TreeHead> heads = [];
        for (ulong size = 0; size <= 15; size++)
        {
            Note.TryParse(Tessera($"checkpoint.{size}"), out Note? note).Should().BeTrue($"checkpoint.{size}");
            note!.Verify([key], out _).Should().Be(NoteVerdict.Verified);
            note.ToArray().Should().Equal(Tessera($"checkpoint.{size}"));
            Checkpoint.TryParse(note.Text.Span, out Checkpoint? checkpoint).Should().BeTrue();
            checkpoint!.ToText().Should().Equal(note.Text.ToArray());
            checkpoint.Head.Size.Should().Be(size);
            heads.Add(checkpoint.Head);
            if (size == 0)
            {
                continue;
            }

            EntryBundle.TryParse(Tessera(new TileId(TileId.EntriesLevel, 0, (int)size).Path), (int)size, out EntryBundle entries).Should().BeTrue();
            builder.Append(MerkleTree.HashLeaf(entries[(int)size - 1].Span));
            builder.Head.Should().Be(checkpoint.Head);
            builder.PartialTiles().Single().Bytes.Should().Equal(Tessera(new TileId(0, 0, (int)size).Path));

            for (ulong older = 1; older <= size; older++)
            {
                ConsistencyProof.TryProve(older, size, Read, out TreeHash[] consistency).Should().BeTrue();
                ConsistencyProof.Check(heads[(int)older], checkpoint.Head, consistency).Should().BeTrue();
                InclusionProof.TryProve(older - 1, size, Read, out TreeHash[] inclusion).Should().BeTrue();
                InclusionProof.Check(MerkleTree.HashLeaf(entries[(int)older - 1].Span), older - 1, checkpoint.Head, inclusion).Should().BeTrue();
            }
        }

        static ReadOnlyMemory<byte>? Read(TileId tile) => Tessera(tile.Path);
    }

    private static byte[] Tessera(string path) =>
        File.ReadAllBytes(Repository.PathOf(["tests", "Ledger.Verification.Tests", "Vectors", "tessera-log", .. path.Split('/')]));
}
