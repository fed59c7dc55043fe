using System.Diagnostics;
using Ledger.Verification;

namespace Ledger.Benchmarks.Transparency;

/// <summary>How quickly the tree of the log grows, against the one hash that each leaf needs at the least.</summary>
internal sealed class LogTree : Benchmark
{
    private const int Leaves = 10_000_000;
    private const int QuickLeaves = 1_000_000;
    private const int Rounds = 5;
    private const int NodeLength = 1 + (2 * TreeHash.Length);

    private static readonly RowDefinition Tree = new(
        "log.tree", "leaf hashes through the tree builder, full tiles taken, one thread", "leaves/s", Target.RatioAtLeast(0.6))
    { Baseline = "as many SHA-256 of 65 bytes, as fast as .NET has them" };

    public override IReadOnlyList<RowDefinition> Rows => [Tree];

    public override Task<IReadOnlyList<Row>> RunAsync(Bench bench, IReadOnlyList<RowDefinition> wanted, CancellationToken cancellationToken)
    {
        var leaves = new TreeHash[4096];
        var random = new Random(bench.Seed);
        Span<byte> bytes = stackalloc byte[TreeHash.Length];
        foreach (ref var leaf in leaves.AsSpan())
        {
            random.NextBytes(bytes);
            leaf = new TreeHash(bytes);
        }

        var each = (bench.Quick ? QuickLeaves : Leaves) / Rounds;
        var builder = new TreeBuilder();
        var grown = new List<double>();
        var raw = new List<double>();
        Grow(new TreeBuilder(), leaves, QuickLeaves);
        Hash(QuickLeaves);
        for (var round = 0; round < Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            grown.Add(Grow(builder, leaves, each));
            raw.Add(Hash(each));
            Bench.Say(string.Create(CultureInfo.InvariantCulture, $"  tree {grown[^1]:N0}, raw {raw[^1]:N0}"));
        }

        var note = string.Create(CultureInfo.InvariantCulture, $"{builder.Size:N0} leaves; memory is the right edge of the tree");
        return Task.FromResult<IReadOnlyList<Row>>([Tree.Of(Bench.Median(grown), Bench.Median(raw), note)]);
    }

    private static double Grow(TreeBuilder builder, TreeHash[] leaves, int count)
    {
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            builder.Append(leaves[i & (leaves.Length - 1)]);
            if ((i & (TileId.FullWidth - 1)) == 0)
            {
                while (builder.TryTakeFullTile(out _, out _))
                {
                }
            }
        }

        _ = builder.Root();
        return count / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    // OpenSSL's plain functions take 200 ns here, a hash kept for the thread 560, SHA256.HashData 990, libsodium 630.
    private static double Hash(int count)
    {
        Span<byte> node = stackalloc byte[NodeLength];
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            Sha256.Hash(node, node[1..]);
        }

        return count / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
