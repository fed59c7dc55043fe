using System.Diagnostics;
using Ledger.Verification;

namespace Ledger.Benchmarks.Transparency;

/// <summary>An inclusion proof out of tile files, while the log grows a thousandfold.</summary>
internal sealed class LogProof : Benchmark
{
    private const int Proofs = 2_000;

    private static readonly ulong[] Sizes = [10_000, 100_000, 1_000_000, 10_000_000];
    private static readonly ulong[] QuickSizes = [10_000, 100_000, 1_000_000];

    private static readonly RowDefinition Proof = new(
        "log.proof", "inclusion proof of any leaf of the largest log, from tile files: median", "ms", Target.ValueBelow(1, "ms"))
    { Baseline = "in a log of 10,000" };

    private static readonly RowDefinition Tiles = new(
        "log.proof.tiles", "most tiles read for one: at each level the leaf's own, and the last where it ends inside another", "tiles", Target.RatioAtMost(2))
    { Baseline = "levels of tiles" };

    public override IReadOnlyList<RowDefinition> Rows => [Proof, Tiles];

    public override Task<IReadOnlyList<Row>> RunAsync(Bench bench, IReadOnlyList<RowDefinition> wanted, CancellationToken cancellationToken)
    {
        var directory = bench.NewDirectory("tiles");
        var builder = new TreeBuilder();
        var random = new Random(bench.Seed);
        var medians = new List<(ulong Size, double Ms, double MaxTiles)>();
        foreach (var size in bench.Quick ? QuickSizes : Sizes)
        {
            Grow(builder, size, directory, cancellationToken);
            medians.Add(Measure(builder.Head, directory, random));
            Bench.Say(string.Create(CultureInfo.InvariantCulture, $"  {size:N0}: {medians[^1].Ms:N3} ms"));
        }

        var largest = medians[^1];
        var levels = (int)Math.Ceiling(Math.Log(largest.Size, TileId.FullWidth));
        var note = string.Join(", ", medians.Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.Size:N0}: {each.Ms:N3} ms")));
        var rows = new List<Row>
        {
            Proof.Of(largest.Ms, medians[0].Ms, note),
            Tiles.Of(largest.MaxTiles, levels),
        };
        return Task.FromResult<IReadOnlyList<Row>>([.. rows.Where(row => wanted.Contains(row.Definition))]);
    }

    private static void Grow(TreeBuilder builder, ulong size, string directory, CancellationToken cancellationToken)
    {
        while (builder.Size < size)
        {
            builder.Append(Leaf(builder.Size));
            while (builder.TryTakeFullTile(out var id, out var bytes))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Write(directory, id, bytes);
            }
        }

        foreach (var (id, bytes) in builder.PartialTiles())
        {
            Write(directory, id, bytes);
        }
    }

    private static (ulong Size, double Ms, double MaxTiles) Measure(TreeHead head, string directory, Random random)
    {
        var taken = new List<double>();
        var most = 0;
        for (var i = 0; i < Proofs; i++)
        {
            var index = (ulong)random.NextInt64((long)head.Size);
            var read = 0;
            var began = Stopwatch.GetTimestamp();
            var proven = InclusionProof.TryProve(index, head.Size, Read, out var proof);
            taken.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            most = Math.Max(most, read);
            if (!proven || !InclusionProof.Check(Leaf(index), index, head, proof))
            {
                throw new InvalidOperationException($"Leaf {index} of {head.Size} is not proven.");
            }

            ReadOnlyMemory<byte>? Read(TileId id)
            {
                read++;
                return File.ReadAllBytes(PathOf(directory, id));
            }
        }

        return (head.Size, Bench.Median(taken), most);
    }

    private static TreeHash Leaf(ulong index) => MerkleTree.HashLeaf(BitConverter.GetBytes(index));

    private static void Write(string directory, TileId id, byte[] bytes)
    {
        var path = PathOf(directory, id);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }

    private static string PathOf(string directory, TileId id) => Path.Combine(directory, id.Path);
}
