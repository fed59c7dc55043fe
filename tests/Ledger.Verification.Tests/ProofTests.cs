using FluentAssertions;
using Xunit;
using Xunit.Abstractions;

namespace Ledger.Verification.Tests;

public sealed class ProofTests(ITestOutputHelper output)
{
    private const ulong Exhaustive = 300;

    private readonly RfcTree _rfc = RfcTree.OfNumbers();

    [Fact]
    public void Inclusion_OfEveryLeafOfEveryTreeUpTo300_IsTheRfcsAndChecks()
    {
        List<string> wrong = [];
        for (ulong size = 1; size <= Exhaustive; size++)
        {
            TreeHead head = _rfc.Head(size);
            for (ulong index = 0; index < size; index++)
            {
                TreeHash[] expected = _rfc.Inclusion(index, size);
                if (!InclusionProof.TryProve(index, size, Read, out TreeHash[] proof) || !proof.SequenceEqual(expected)
                    || !InclusionProof.Check(new TreeHash(RfcTree.Leaf(index)), index, head, proof))
                {
                    wrong.Add($"{index} of {size}");
                }
            }
        }

        wrong.Should().BeEmpty();
    }

    [Fact]
    public void Consistency_OfEveryPairOfSizesUpTo300_IsTheRfcsAndChecks()
    {
        List<string> wrong = [];
        for (ulong second = 1; second <= Exhaustive; second++)
        {
            TreeHead newer = _rfc.Head(second);
            for (ulong first = 1; first <= second; first++)
            {
                TreeHash[] expected = _rfc.Consistency(first, second);
                if (!ConsistencyProof.TryProve(first, second, Read, out TreeHash[] proof) || !proof.SequenceEqual(expected)
                    || !ConsistencyProof.Check(_rfc.Head(first), newer, proof))
                {
                    wrong.Add($"{first} to {second}");
                }
            }
        }

        wrong.Should().BeEmpty();
    }

    [Fact]
    public void Proofs_OfRandomLeavesAndSizesUpTo2To40_AreTheRfcsAndCheckAndReadFewTiles()
    {
        Random random = Seed.New(output);
        List<string> wrong = [];
        for (int round = 0; round < 10_000; round++)
        {
            ulong bound = 1UL << random.Next(1, 41);
            ulong size = 1 + random.Below(bound);
            ulong index = random.Below(size);
            SparseTree tree = new([index, .. Enumerable.Range(0, 8).Select(_ => random.Below(size)), size - 1]);
            if (!ProvesAndChecks(tree, index, size))
            {
                wrong.Add($"{index} of {size}");
            }
        }

        wrong.Should().BeEmpty();
    }

    [Theory]
    [InlineData(ulong.MaxValue, ulong.MaxValue - 1)]
    [InlineData(ulong.MaxValue, 0)]
    [InlineData((1UL << 63) + 1, 1UL << 63)]
    [InlineData(1UL << 63, (1UL << 63) - 1)]
    public void Proofs_InTheLargestTreesThereCanBe_AreTheRfcsAndCheck(ulong size, ulong index)
    {
        ProvesAndChecks(new SparseTree([index, size - 1, 77]), index, size).Should().BeTrue();
    }

    [Fact]
    public void Proofs_WithAnyBitFlippedOrAnyHashDroppedAddedOrSwapped_AreRefused()
    {
        List<string> accepted = [];
        Random random = Seed.New(output);
        foreach (ulong size in (ulong[])[1, 2, 3, 7, 8, 13, 255, 256, 257, 300])
        {
            ulong index = random.Below(size);
            TreeHash leaf = new(RfcTree.Leaf(index));
            TreeHead head = _rfc.Head(size);
            accepted.AddRange(Mutations(_rfc.Inclusion(index, size), random)
                .Where(mutation => InclusionProof.Check(leaf, index, head, mutation.Proof)).Select(mutation => $"inclusion {index} of {size}: {mutation.What}"));

            ulong first = 1 + random.Below(size);
            TreeHead older = _rfc.Head(first);
            accepted.AddRange(Mutations(_rfc.Consistency(first, size), random)
                .Where(mutation => ConsistencyProof.Check(older, head, mutation.Proof)).Select(mutation => $"consistency {first} to {size}: {mutation.What}"));
        }

        accepted.Should().BeEmpty();
    }

    [Fact]
    public void Proofs_AtAnotherIndexOrWithAnotherLeafOrRoot_AreRefused()
    {
        List<string> accepted = [];
        for (ulong size = 2; size <= 40; size++)
        {
            TreeHead head = _rfc.Head(size);
            for (ulong index = 0; index < size; index++)
            {
                TreeHash[] proof = _rfc.Inclusion(index, size);
                TreeHash leaf = new(RfcTree.Leaf(index));
                for (ulong other = 0; other <= size; other++)
                {
                    if (other != index && InclusionProof.Check(leaf, other, head, proof))
                    {
                        accepted.Add($"{index} of {size} as {other}");
                    }
                }

                accepted.AddRange(Flips(leaf).Where(flipped => InclusionProof.Check(flipped, index, head, proof)).Select(_ => $"another leaf {index} of {size}"));
                accepted.AddRange(Flips(head.Root).Where(flipped => InclusionProof.Check(leaf, index, head with { Root = flipped }, proof)).Select(_ => $"another root of {size}"));
            }

            for (ulong first = 1; first < size; first++)
            {
                TreeHash[] proof = _rfc.Consistency(first, size);
                TreeHead older = _rfc.Head(first);
                accepted.AddRange(Flips(older.Root).Where(flipped => ConsistencyProof.Check(older with { Root = flipped }, head, proof)).Select(_ => $"another first root {first} to {size}"));
                accepted.AddRange(Flips(head.Root).Where(flipped => ConsistencyProof.Check(older, head with { Root = flipped }, proof)).Select(_ => $"another second root {first} to {size}"));
            }
        }

        accepted.Should().BeEmpty();
    }

    [Fact]
    public void Proofs_ForATreeWhoseProofsHaveAnotherLength_AreRefused()
    {
        // The root is the signed one, the size beside it a lie: too many hashes, or too few to reach the root.
        List<string> accepted = [];
        for (ulong size = 2; size <= 40; size++)
        {
            for (ulong claimed = 1; claimed <= 130; claimed++)
            {
                for (ulong index = 0; index < Math.Min(size, claimed); index++)
                {
                    TreeHash[] proof = _rfc.Inclusion(index, size);
                    TreeHead head = _rfc.Head(size) with { Size = claimed };
                    if (proof.Length != _rfc.Inclusion(index, claimed).Length && InclusionProof.Check(new TreeHash(RfcTree.Leaf(index)), index, head, proof))
                    {
                        accepted.Add($"inclusion {index} of {size} as of {claimed}");
                    }

                    ulong first = index + 1;
                    proof = _rfc.Consistency(first, size);
                    if (proof.Length != _rfc.Consistency(first, claimed).Length && ConsistencyProof.Check(_rfc.Head(first), head, proof))
                    {
                        accepted.Add($"consistency {first} to {size} as to {claimed}");
                    }
                }
            }
        }

        accepted.Should().BeEmpty();
    }

    [Fact]
    public void Consistency_OfEqualSizes_NeedsEqualRootsAndNoHash()
    {
        TreeHead head = _rfc.Head(5);
        ConsistencyProof.Check(head, head, []).Should().BeTrue();
        ConsistencyProof.Check(head, head, [head.Root]).Should().BeFalse();
        ConsistencyProof.Check(head, head with { Root = _rfc.Head(4).Root }, []).Should().BeFalse();
        ConsistencyProof.TryProve(5, 5, static _ => null, out TreeHash[] proof).Should().BeTrue();
        proof.Should().BeEmpty();
    }

    [Fact]
    public void Consistency_FromNothing_IsProvenByNothingAndNotChecked()
    {
        ConsistencyProof.TryProve(0, 5, static _ => null, out TreeHash[] proof).Should().BeTrue("a witness wants no proof for old 0");
        proof.Should().BeEmpty();
        ConsistencyProof.Check(new TreeHead(0, MerkleTree.EmptyRoot), _rfc.Head(5), []).Should().BeFalse();
        ConsistencyProof.Check(new TreeHead(0, MerkleTree.EmptyRoot), new TreeHead(0, MerkleTree.EmptyRoot), []).Should().BeFalse();
    }

    [Fact]
    public void Proofs_OfWhatIsNotThere_AreNotMade()
    {
        InclusionProof.TryProve(5, 5, Read, out _).Should().BeFalse();
        InclusionProof.TilesFor(5, 5).Should().BeEmpty();
        InclusionProof.TryProve(0, 0, Read, out _).Should().BeFalse();
        ConsistencyProof.TryProve(6, 5, Read, out _).Should().BeFalse();
        ConsistencyProof.TilesFor(6, 5).Should().BeEmpty();
        ConsistencyProof.Check(_rfc.Head(6), _rfc.Head(5), _rfc.Consistency(5, 6)).Should().BeFalse();
    }

    [Fact]
    public void Proofs_WhenOnlyTheFullTileIsLeft_AreMadeFromIt()
    {
        InclusionProof.TryProve(3, 200, tile => _rfc.Tile(tile.Full), out TreeHash[] proof).Should().BeTrue();
        proof.Should().Equal(_rfc.Inclusion(3, 200));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    [InlineData(199 * 32)]
    [InlineData(201 * 32)]
    [InlineData(200 * 32 - 1)]
    public void Proofs_WhenATileIsMissingOrOfAnotherLength_AreNotMade(int? length)
    {
        ReadOnlyMemory<byte>? tile = length is { } bytes ? new byte[bytes] : null;
        InclusionProof.TryProve(3, 200, _ => tile, out TreeHash[] proof).Should().BeFalse();
        proof.Should().BeEmpty();
        ConsistencyProof.TryProve(3, 200, _ => tile, out proof).Should().BeFalse();
        proof.Should().BeEmpty();
    }

    private ReadOnlyMemory<byte>? Read(TileId tile) => _rfc.Tile(tile);

    private static bool ProvesAndChecks(SparseTree tree, ulong index, ulong size)
    {
        List<TileId> read = [];
        ReadOnlyMemory<byte>? Read(TileId tile)
        {
            read.Add(tile);
            return tree.Read(tile);
        }

        TreeHead head = tree.Rfc.Head(size);
        bool included = InclusionProof.TryProve(index, size, Read, out TreeHash[] inclusion)
            && inclusion.SequenceEqual(tree.Rfc.Inclusion(index, size))
            && InclusionProof.Check(new TreeHash(tree.Leaf(index)), index, head, inclusion);

        // The leaf's own tile and the last one, at each level.
        bool few = read.SequenceEqual(InclusionProof.TilesFor(index, size)) && read.Distinct().Count() == read.Count
            && read.All(tile => TileId.At(tile.Level, tile.Index, size) == tile)
            && read.GroupBy(tile => tile.Level).All(level => level.Count() <= 2);

        ulong first = index + 1;
        read.Clear();
        bool consistent = ConsistencyProof.TryProve(first, size, Read, out TreeHash[] consistency)
            && consistency.SequenceEqual(tree.Rfc.Consistency(first, size))
            && ConsistencyProof.Check(tree.Rfc.Head(first), head, consistency)
            && read.SequenceEqual(ConsistencyProof.TilesFor(first, size));
        return included && few && consistent;
    }

    private static IEnumerable<(string What, TreeHash[] Proof)> Mutations(TreeHash[] proof, Random random)
    {
        for (int i = 0; i < proof.Length; i++)
        {
            foreach (TreeHash flipped in Flips(proof[i]))
            {
                yield return ($"bit of {i}", [.. proof[..i], flipped, .. proof[(i + 1)..]]);
            }

            yield return ($"without {i}", [.. proof[..i], .. proof[(i + 1)..]]);
            yield return ($"twice {i}", [.. proof[..i], proof[i], .. proof[i..]]);
            for (int j = 0; j < i; j++)
            {
                TreeHash[] swapped = [.. proof];
                (swapped[i], swapped[j]) = (swapped[j], swapped[i]);
                if (swapped[i] != swapped[j])
                {
                    yield return ($"{j} and {i} swapped", swapped);
                }
            }
        }

        for (int i = 0; i <= proof.Length; i++)
        {
            yield return ($"one more at {i}", [.. proof[..i], new TreeHash(random.Bytes(TreeHash.Length)), .. proof[i..]]);
            yield return ($"an empty one more at {i}", [.. proof[..i], default, .. proof[i..]]);
        }
    }

    private static IEnumerable<TreeHash> Flips(TreeHash hash) => Enumerable.Range(0, 256).Select(bit =>
    {
        byte[] bytes = hash.ToArray();
        bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        return new TreeHash(bytes);
    });
}
