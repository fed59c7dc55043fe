using System.Globalization;
using FluentAssertions;
using Ledger.Verification;

namespace Ledger.Cli.Tests.Transparency;

/// <summary>Evidence of a fork, read and checked as a stranger would: by the files and <c>docs/auditor.md</c> alone.</summary>
internal sealed class EvidenceFolder(string path)
{
    public Note First => Read("first.checkpoint");

    public Note Second => Read("second.checkpoint");

    public void Check(VerifierKey log)
    {
        Checkpoint[] signed = [.. new[] { First, Second }.Select(note =>
        {
            note.Verify([log], out _).Should().Be(NoteVerdict.Verified);
            Checkpoint.TryParse(note.Text.Span, out Checkpoint? checkpoint).Should().BeTrue();
            return checkpoint!;
        }).OrderBy(c => c.Head.Size)];
        string[] lines = File.ReadAllLines(Path.Combine(path, "proof.txt"));
        lines[0].Should().Be("ledger-fork/v1");
        ulong size = ulong.Parse(lines[1]["size ".Length..], CultureInfo.InvariantCulture);
        TreeHash.TryParse(lines[2].AsSpan("root ".Length), out TreeHash root).Should().BeTrue();
        TreeHash[] proof = [.. lines[3..].Select(line => TreeHash.TryParse(line, out TreeHash hash) ? hash : throw new FormatException(line))];

        if (size == 0)
        {
            signed.Should().Contain(c => c.Head.Size == 0 && c.Head.Root != MerkleTree.EmptyRoot, "the empty tree has one root");
        }
        else
        {
            size.Should().Be(signed[0].Head.Size);
            root.Should().NotBe(signed[0].Head.Root);
            ConsistencyProof.Check(new TreeHead(size, root), signed[1].Head, proof).Should().BeTrue();
        }

        File.ReadAllText(Path.Combine(path, "log-keys.txt")).Should().Contain(log.ToString());
        File.ReadAllText(Path.Combine(path, "lisez-moi.txt")).Should().Contain("Commission d’accès").And.Contain("arbitre").And.Contain(path);
        File.ReadAllText(Path.Combine(path, "readme.txt")).Should().Contain("arbitrator").And.Contain("does not prove").And.Contain(path);
    }

    private Note Read(string file) =>
        Note.TryParse(File.ReadAllBytes(Path.Combine(path, file)), out Note? note) ? note : throw new FormatException(file);
}
