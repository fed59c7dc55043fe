using CsCheck;
using FluentAssertions;
using Xunit;

namespace Ledger.Verification.Tests;

public sealed class TileTests
{
    [Theory]
    [InlineData("tile/0/x001/x234/067", 0, 1234067, 256)]
    [InlineData("tile/0/000", 0, 0, 256)]
    [InlineData("tile/0/000.p/7", 0, 0, 7)]
    [InlineData("tile/63/x018/x446/x744/x073/x709/x551/615", 63, ulong.MaxValue, 256)]
    [InlineData("tile/2/x001/000.p/255", 2, 1000, 255)]
    [InlineData("tile/entries/000", -1, 0, 256)]
    [InlineData("tile/entries/x273/999.p/1", -1, 273_999, 1)]
    public void Path_OfATile_IsThatOfTheSpecificationBothWays(string path, int level, ulong index, int width)
    {
        TileId tile = new(level, index, width);
        tile.Path.Should().Be(path);
        TileId.TryParse(path, out TileId parsed).Should().BeTrue();
        parsed.Should().Be(tile);
    }

    [Theory]
    [InlineData("")]
    [InlineData("tile")]
    [InlineData("tile/")]
    [InlineData("/tile/0/000")]
    [InlineData("tile/0/000/")]
    [InlineData("tile/0/0")]
    [InlineData("tile/0/0000")]
    [InlineData("tile/0/x000/001")] // leading group of zeros
    [InlineData("tile/0/001/002")]
    [InlineData("tile/0/x001")]
    [InlineData("tile/0/x001/x002")]
    [InlineData("tile/00/000")]
    [InlineData("tile/64/000")]
    [InlineData("tile/-1/000")]
    [InlineData("tile/+1/000")]
    [InlineData("tile/0/ 00")]
    [InlineData("tile/0/+00")]
    [InlineData("tile/0/000.p/0")]
    [InlineData("tile/0/000.p/256")]
    [InlineData("tile/0/000.p/07")]
    [InlineData("tile/0/000.p/")]
    [InlineData("tile/0/000.p")]
    [InlineData("tile/0/000.p/1/")]
    [InlineData("tile/0/000.p/1\n")]
    [InlineData("tile/data/000")]
    [InlineData("tile/Entries/000")]
    [InlineData("tile/0/x018/x446/x744/x073/x709/x551/616")] // one more than 64 bits hold
    [InlineData("tile/0/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/999")]
    [InlineData("tile/0/٠٠٠")]
    public void Path_InAnyOtherForm_IsRefused(string path) => TileId.TryParse(path, out _).Should().BeFalse();

    [Fact]
    public void Path_OfAnyTile_ComesBack() =>
        Gen.Select(Gen.Int[-1, 63], Gen.ULong, Gen.Int[1, 256]).Sample((level, index, width) =>
            TileId.TryParse(new TileId(level, index, width).Path, out TileId parsed) && parsed == new TileId(level, index, width));

    [Theory]
    [InlineData(0, 273, 70_000, 112)]
    [InlineData(0, 272, 70_000, 256)]
    [InlineData(-1, 273, 70_000, 112)]
    [InlineData(0, 274, 70_000, null)]
    [InlineData(1, 0, 70_000, 256)]
    [InlineData(1, 1, 70_000, 17)]
    [InlineData(2, 0, 70_000, 1)]
    [InlineData(3, 0, 70_000, null)]
    [InlineData(0, 1, 256, null)]
    [InlineData(1, 0, 256, 1)]
    [InlineData(7, 0, ulong.MaxValue, 255)]
    [InlineData(8, 0, ulong.MaxValue, null)]
    [InlineData(63, 0, ulong.MaxValue, null)]
    [InlineData(0, ulong.MaxValue, ulong.MaxValue, null)]
    [InlineData(0, 0, 0, null)]
    public void Width_OfATileInATree_IsThatOfTheSpecification(int level, ulong index, ulong treeSize, int? width) =>
        (TileId.At(level, index, treeSize)?.Width).Should().Be(width);

    [Fact]
    public void EntryBundle_OfAnyEntries_ComesBack() =>
        Gen.Byte.Array[0, 300].Array[1, 256].Sample(entries =>
        {
            EntryBundleBuilder builder = new();
            builder.Add([1, 2, 3]);
            builder.Clear();
            foreach (byte[] entry in entries)
            {
                builder.Add(entry);
            }

            return builder.Count == entries.Length
                && EntryBundle.TryParse(builder.ToArray(), entries.Length, out EntryBundle bundle)
                && bundle.Count == entries.Length && bundle.Select(entry => entry.ToArray()).Zip(entries, (a, b) => a.SequenceEqual(b)).All(same => same)
                && bundle[0].Span.SequenceEqual(entries[0])
                && !EntryBundle.TryParse(builder.ToArray(), entries.Length - 1, out _)
                && !EntryBundle.TryParse(builder.ToArray(), entries.Length + 1, out _);
        }, iter: 300);

    [Fact]
    public void EntryBundle_AtItsLimits_TakesWhatFitsAndRefusesOneMore()
    {
        EntryBundleBuilder builder = new();
        builder.Add(new byte[65_535]);
        FluentActions.Invoking(() => builder.Add(new byte[65_536])).Should().Throw<ArgumentException>();
        for (int i = 1; i < 256; i++)
        {
            builder.Add([]);
        }

        FluentActions.Invoking(() => builder.Add([])).Should().Throw<ArgumentException>();
        builder.Count.Should().Be(256);
        EntryBundle.TryParse(builder.ToArray(), 256, out EntryBundle bundle).Should().BeTrue();
        bundle[0].Length.Should().Be(65_535);
        EntryBundle.TryParse(builder.ToArray(), 257, out _).Should().BeFalse();
        EntryBundle.TryParse(default, 0, out _).Should().BeFalse();
    }
}
