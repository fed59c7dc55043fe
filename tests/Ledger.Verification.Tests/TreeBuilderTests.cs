using FluentAssertions;
using Xunit;
using Xunit.Abstractions;

namespace Ledger.Verification.Tests;

public sealed class TreeBuilderTests(ITestOutputHelper output)
{
    private readonly RfcTree _rfc = RfcTree.OfNumbers();

    [Fact]
    public void Root_AtEverySizeUpTo1000_IsTheRfcs()
    {
        TreeBuilder builder = new();
        builder.Head.Should().Be(_rfc.Head(0));
        for (ulong size = 1; size <= 1000; size++)
        {
            builder.Append(Leaf(size - 1));
            if (builder.Size != size || builder.Head != _rfc.Head(size))
            {
                Assert.Fail($"at size {size}");
            }
        }
    }

    [Fact]
    public void Tiles_OfATreeOf70000_AreThoseOfTheSpecificationsExample()
    {
        // tlog-tiles, "Partial Tiles": 273 full and one of 112 at level 0, one full and one of 17 at level 1, one of 1 at level 2.
        (TreeBuilder builder, Dictionary<TileId, byte[]> full) = Grow(70_000);
        List<(TileId Id, byte[] Bytes)> partial = [.. builder.PartialTiles()];

        full.Keys.Count(tile => tile.Level == 0).Should().Be(273);
        full.Keys.Where(tile => tile.Level != 0).Should().Equal(new TileId(1, 0, 256));
        partial.Select(tile => tile.Id).Should().Equal(new TileId(0, 273, 112), new TileId(1, 1, 17), new TileId(2, 0, 1));
        foreach ((TileId id, byte[] bytes) in full.Select(tile => (tile.Key, tile.Value)).Concat(partial))
        {
            bytes.AsSpan().SequenceEqual(_rfc.Tile(id)).Should().BeTrue($"{id.Path} has the hashes that the specification says");
        }
    }

    [Fact]
    public void Tiles_OfATreeOf256_AreOneFullAndOneOfWidth1()
    {
        (TreeBuilder builder, Dictionary<TileId, byte[]> full) = Grow(256);
        full.Keys.Should().Equal(new TileId(0, 0, 256));
        builder.PartialTiles().Select(tile => tile.Id).Should().Equal(new TileId(1, 0, 1));
    }

    [Fact]
    public void FullTiles_AreTakenOnceAndLowerLevelsFirst()
    {
        TreeBuilder builder = new();
        for (ulong i = 0; i < 65_536; i++)
        {
            builder.Append(Leaf(i));
        }

        List<TileId> taken = [];
        while (builder.TryTakeFullTile(out TileId id, out byte[] bytes))
        {
            bytes.Should().HaveCount(8192);
            taken.Add(id);
        }

        taken.Should().OnlyHaveUniqueItems().And.HaveCount(257);
        taken[^1].Should().Be(new TileId(1, 0, 256), "a tile goes out after those it is made of");
        builder.TryTakeFullTile(out _, out _).Should().BeFalse();
    }

    [Fact]
    public void Resume_AtAnySize_GoesOnAsIfNothingHadHappened()
    {
        Random random = Seed.New(output);
        (TreeBuilder whole, Dictionary<TileId, byte[]> tiles) = Grow(70_000);
        IEnumerable<ulong> sizes = Enumerable.Range(0, 600).Select(size => (ulong)size)
            .Concat(Enumerable.Range(0, 30).Select(_ => random.Below(70_000))).Append(65_535UL).Append(65_536UL).Append(69_999UL);
        foreach (ulong size in sizes)
        {
            TreeBuilder.TryResume(size, tile => _rfc.Tile(tile), out TreeBuilder builder, out _).Should().BeTrue();
            builder.Head.Should().Be(_rfc.Head(size));
            for (ulong i = size; i < Math.Min(size + 300, 70_000); i++)
            {
                builder.Append(Leaf(i));
            }

            builder.Head.Should().Be(_rfc.Head(Math.Min(size + 300, 70_000)), $"resumed at {size}");
            while (builder.TryTakeFullTile(out TileId id, out byte[] bytes))
            {
                bytes.AsSpan().SequenceEqual(tiles[id]).Should().BeTrue($"{id.Path}, resumed at {size}");
            }
        }

        whole.Size.Should().Be(70_000);
    }

    [Fact]
    public void Resume_FromTheFullTileInPlaceOfAPartialOne_Works()
    {
        TreeBuilder.TryResume(300, tile => _rfc.Tile(tile.Full), out TreeBuilder builder, out _).Should().BeTrue();
        builder.Head.Should().Be(_rfc.Head(300));
    }

    [Theory]
    [InlineData(1UL << 40)]
    [InlineData((1UL << 40) - 1)]
    [InlineData(ulong.MaxValue - 2)]
    public void Resume_InAHugeTree_HasItsRoot(ulong size)
    {
        SparseTree tree = new([3, size - 1, size / 2, size, size + 1]);
        TreeBuilder.TryResume(size, tree.Read, out TreeBuilder builder, out _).Should().BeTrue();
        builder.Head.Should().Be(tree.Rfc.Head(size));
        builder.Append(new TreeHash(tree.Leaf(size)));
        builder.Append(new TreeHash(tree.Leaf(size + 1)));
        builder.Head.Should().Be(tree.Rfc.Head(size + 2));
    }

    [Fact]
    public void Append_ToATreeOfAsManyLeavesAsAnIndexCanCount_IsRefused()
    {
        TreeBuilder.TryResume(ulong.MaxValue, new SparseTree([]).Read, out TreeBuilder builder, out _).Should().BeTrue();
        FluentActions.Invoking(() => builder.Append(Leaf(1))).Should().Throw<InvalidOperationException>();
        builder.Size.Should().Be(ulong.MaxValue);
    }

    [Fact]
    public void Resume_WithATileMissingOrCut_NamesIt()
    {
        foreach (TileId missing in TreeBuilder.EdgeTiles(70_000))
        {
            TreeBuilder.TryResume(70_000, tile => tile == missing ? null : _rfc.Tile(tile), out TreeBuilder builder, out TileId named).Should().BeFalse();
            named.Should().Be(missing);
            builder.Size.Should().Be(0);
            TreeBuilder.TryResume(70_000, tile => tile == missing ? _rfc.Tile(tile)[1..] : _rfc.Tile(tile), out _, out named).Should().BeFalse();
            named.Should().Be(missing);
        }
    }

    [Fact]
    public void Append_AllocatesTheTilesAndNothingElse()
    {
        TreeBuilder builder = new();
        TreeHash leaf = Leaf(1);
        for (int i = 0; i < 256 * 20; i++)
        {
            builder.Append(leaf);
        }

        while (builder.TryTakeFullTile(out _, out _))
        {
        }

        const int tiles = 100;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 256 * tiles; i++)
        {
            builder.Append(leaf);
            builder.TryTakeFullTile(out _, out _);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        allocated.Should().BeLessThan(tiles * (8192 + 64) + 1024);
    }

    private static TreeHash Leaf(ulong number) => new(RfcTree.Leaf(number));

    private static (TreeBuilder Builder, Dictionary<TileId, byte[]> Full) Grow(ulong size)
    {
        TreeBuilder builder = new();
        Dictionary<TileId, byte[]> full = [];
        for (ulong i = 0; i < size; i++)
        {
            builder.Append(Leaf(i));
            while (builder.TryTakeFullTile(out TileId id, out byte[] bytes))
            {
                full.Add(id, bytes);
            }
        }

        return (builder, full);
    }
}
