using Ledger.Verification;

namespace Ledger.Benchmarks.Transparency;

/// <summary><c>ledger verify --log</c> on a folder with a log of 1,000,000 entries, as a process of its own.</summary>
internal sealed class VerifyLog : Benchmark
{
    private const ulong Entries = 1_000_000;

    private static readonly RowDefinition Rate = new(
        "verify.log", "entries a second of `ledger verify --log` on 1,000,000 entries in a folder", "entries/s",
        new Target("≥ 250,000 entries/s", static (value, _) => value is { } v ? v >= 250_000 : null));

    private static readonly RowDefinition Memory = new(
        "verify.log.memory", "its largest resident memory", "MiB", Target.ValueBelow(200, "MiB"));

    public override IReadOnlyList<RowDefinition> Rows => [Rate, Memory];

    public override async Task<IReadOnlyList<Row>> RunAsync(Bench bench, IReadOnlyList<RowDefinition> wanted, CancellationToken cancellationToken)
    {
        var folder = bench.NewDirectory("log");
        var key = Make(folder, bench.Seed);
        var rates = new List<double>();
        double peak = 0;
        for (var round = 0; round < bench.Rounds; round++)
        {
            var run = await VerifyProcess.RunAsync(["--log", folder, "--log-key", key], cancellationToken);
            rates.Add(Entries / run.Verdict.GetProperty("seconds").GetDouble());
            peak = Math.Max(peak, run.PeakMiB);
            Bench.Say(string.Create(CultureInfo.InvariantCulture, $"  {rates[^1]:N0} entries/s, {peak:N0} MiB"));
        }

        return [.. wanted.Select(row => row == Rate ? row.Of(Bench.Median(rates)) : row.Of(peak))];
    }

    private static string Make(string folder, int seed)
    {
        var random = new byte[256];
        new Random(seed).NextBytes(random);
        var tree = new TreeBuilder();
        var bundle = new EntryBundleBuilder();
        for (ulong i = 0; i < Entries; i++)
        {
            var entry = LogEntry.Encode(new EventBytes(
                "worker-main-00112233445566778899aabbccddeeff", (long)i, new Guid((int)i, 0, 0, new byte[8]), "decision-recorded.v1", random.AsMemory(0, 16),
                random.AsMemory(16, 16), BitConverter.GetBytes(i), random));
            tree.Append(MerkleTree.HashLeaf(entry));
            bundle.Add(entry);
            if (bundle.Count == TileId.FullWidth)
            {
                Write(folder, new TileId(TileId.EntriesLevel, i / TileId.FullWidth, TileId.FullWidth), bundle.ToArray());
                bundle.Clear();
            }

            while (tree.TryTakeFullTile(out var id, out var bytes))
            {
                Write(folder, id, bytes);
            }
        }

        Write(folder, TileId.At(TileId.EntriesLevel, Entries / TileId.FullWidth, Entries)!.Value, bundle.ToArray());
        foreach (var (id, bytes) in tree.PartialTiles())
        {
            Write(folder, id, bytes);
        }

        using var key = SignerKey.FromSeed("localhost/log/main", KeyAlgorithm.Ed25519, random.AsSpan(0, 32));
        var text = new Checkpoint("localhost/log/main", tree.Head).ToText();
        File.WriteAllBytes(Path.Combine(folder, "checkpoint"), Note.Create(text, [key.Sign(text, DateTimeOffset.UnixEpoch)]).ToArray());
        return key.Verifier.ToString();
    }

    private static void Write(string folder, TileId id, byte[] bytes)
    {
        var path = Path.Combine(folder, id.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }
}
