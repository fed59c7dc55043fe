using System.Text;
using Ledger.Verification;

namespace Ledger.Tests;

/// <summary>A log that a test makes: entries, tiles and signed checkpoints, in memory and on demand in a folder.</summary>
internal sealed class SampleLog : IDisposable
{
    public const string DefaultOrigin = "log.example/sample";

    private static readonly DateTimeOffset Unused = DateTimeOffset.UnixEpoch;

    private readonly SignerKey key;
    private readonly Func<ulong, string> entry;
    private readonly TreeBuilder tree = new();
    private readonly EntryBundleBuilder bundle = new();
    private readonly Dictionary<TileId, byte[]> tiles = [];

    /// <param name="size">Entries to begin with.</param>
    /// <param name="entry">Text of each entry; default <c>entry N</c>.</param>
    /// <param name="origin">Origin, and name of the key.</param>
    /// <param name="keySeed">Another one makes another key.</param>
    public SampleLog(ulong size = 0, Func<ulong, string>? entry = null, string origin = DefaultOrigin, byte keySeed = 1)
    {
        this.entry = entry ?? (index => $"entry {index}");
        byte[] seed = new byte[SignerKey.SeedLength];
        Array.Fill(seed, keySeed);
        key = SignerKey.FromSeed(origin, KeyAlgorithm.Ed25519, seed);
        Grow(size);
    }

    public string Key => key.Verifier.ToString();

    public VerifierKey Verifier => key.Verifier;

    public string Origin => key.Verifier.Name;

    public TreeHead Head => tree.Head;

    /// <summary>A history in which one entry is another, all else the same.</summary>
    public static SampleLog Rewritten(ulong size, ulong changed, string origin = DefaultOrigin, byte keySeed = 1) =>
        new(size, index => index == changed ? $"another {index}" : $"entry {index}", origin, keySeed);

    public void Grow(ulong entries)
    {
        for (ulong i = 0; i < entries; i++)
        {
            byte[] text = Encoding.UTF8.GetBytes(entry(tree.Size));
            bundle.Add(text);
            tree.Append(MerkleTree.HashLeaf(text));
            while (tree.TryTakeFullTile(out TileId id, out byte[] bytes))
            {
                tiles[id] = bytes;
                if (id.Level == 0)
                {
                    tiles[id with { Level = TileId.EntriesLevel }] = bundle.ToArray();
                    bundle.Clear();
                }
            }
        }
    }

    /// <summary>The head that the log had at a size.</summary>
    public TreeHead At(ulong size) => TreeBuilder.TryResume(size, Read, out TreeBuilder smaller, out TileId missing)
        ? smaller.Head
        : throw new InvalidOperationException(missing.Path);

    /// <summary>A checkpoint, signed.</summary>
    public Note Sign(TreeHead? head = null)
    {
        byte[] text = new Checkpoint(Origin, head ?? Head).ToText();
        return Note.Create(text, [SignText(text)]);
    }

    public NoteSignature SignText(byte[] text) => key.Sign(text, Unused);

    /// <summary>Consistency proof between two of its sizes.</summary>
    public TreeHash[] Prove(ulong first, ulong second) =>
        ConsistencyProof.TryProve(first, second, Read, out TreeHash[] proof) ? proof : throw new InvalidOperationException($"no proof from {first} to {second}");

    /// <summary>The files of the log at its present size, by path.</summary>
    public IEnumerable<(string Path, byte[] Bytes)> Files()
    {
        foreach ((TileId id, byte[] bytes) in tiles.Concat(tree.PartialTiles().Select(t => KeyValuePair.Create(t.Id, t.Bytes))))
        {
            yield return (id.Path, bytes);
        }

        if (bundle.Count > 0)
        {
            yield return (new TileId(TileId.EntriesLevel, tree.Size / TileId.FullWidth, bundle.Count).Path, bundle.ToArray());
        }

        yield return ("keys", Encoding.UTF8.GetBytes(Key + "\n"));
        yield return ("checkpoint", Sign().ToArray());
    }

    /// <summary>Writes the files where they are not yet, and the checkpoint.</summary>
    public SampleLog WriteTo(string folder)
    {
        foreach ((string path, byte[] bytes) in Files())
        {
            string file = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            if (!path.StartsWith("tile/", StringComparison.Ordinal) || !File.Exists(file))
            {
                File.WriteAllBytes(file, bytes);
            }
        }

        return this;
    }

    public void Dispose() => key.Dispose();

    // A tile as it was at a smaller size is the beginning of what it is now.
    private ReadOnlyMemory<byte>? Read(TileId id)
    {
        byte[] bytes = tiles.GetValueOrDefault(id.Full) ?? tree.PartialTiles().First(t => t.Id.Level == id.Level && t.Id.Index == id.Index).Bytes;
        return bytes.AsMemory(0, id.Width * TreeHash.Length);
    }
}
