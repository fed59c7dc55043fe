using System.Net;
using System.Text;
using Ledger.Verification;

namespace Ledger.Scenarios.Transparency;

/// <summary>An organisation's log as anybody can read it over HTTP; nothing that it says is believed.</summary>
internal sealed class ServedLog(HttpClient http, string organisation = "main")
{
    private readonly Dictionary<TileId, byte[]> tiles = [];

    /// <summary>The keys as they are served, oldest first.</summary>
    public async Task<VerifierKey[]> KeysAsync() =>
        [.. (await http.GetStringAsync(Of("keys"))).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => VerifierKey.TryParse(line, out VerifierKey? key) ? key : throw new InvalidDataException(line))];

    /// <summary>The published checkpoint, signed by one of the keys; nothing before the first.</summary>
    public async Task<Checkpoint?> CheckpointAsync(params VerifierKey[] keys)
    {
        using HttpResponseMessage answer = await http.GetAsync(Of("checkpoint"));
        if (answer.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        return Verified(await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync(), keys);
    }

    /// <summary>What a note says, if one of the keys signed it.</summary>
    public static Checkpoint Verified(byte[] bytes, params VerifierKey[] keys) =>
        Note.TryParse(bytes, out Note? note) && note.Verify(keys, out _) == NoteVerdict.Verified && Checkpoint.TryParse(note.Text.Span, out Checkpoint? checkpoint)
            ? checkpoint
            : throw new InvalidDataException($"Not a checkpoint signed by one of the keys:\n{Encoding.UTF8.GetString(bytes)}");

    /// <summary>The bytes of a tile or entry bundle as served, or nothing.</summary>
    public async Task<byte[]?> TileAsync(TileId id)
    {
        using HttpResponseMessage answer = await http.GetAsync(Of(id.Path));
        return answer.StatusCode == HttpStatusCode.NotFound ? null : await answer.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync();
    }

    /// <summary>Whether the served tiles at the right edge of a tree make its root.</summary>
    public async Task<bool> MakesRootAsync(TreeHead head)
    {
        Dictionary<TileId, byte[]?> edge = [];
        foreach (TileId id in TreeBuilder.EdgeTiles(head.Size))
        {
            edge.Add(id, await TileAsync(id));
        }

        return TreeBuilder.TryResume(head.Size, id => edge[id] is { } bytes ? bytes : null, out TreeBuilder tree, out _) && tree.Root() == head.Root;
    }

    /// <summary>
    /// Reads everything below a size. Every entry must be the leaf that its tile has for it, every tile what the leaves make of it, and all together
    /// make the root. Returns the leaves.
    /// </summary>
    public async Task<IReadOnlyList<TreeHash>> ReadAllAsync(TreeHead head)
    {
        List<TreeHash> leaves = [];
        TreeBuilder tree = new();
        for (ulong index = 0; TileId.At(TileId.EntriesLevel, index, head.Size) is { } id; index++)
        {
            byte[] bytes = await TileAsync(id) ?? throw new InvalidDataException($"{id.Path} is not there.");
            EntryBundle.TryParse(bytes, id.Width, out EntryBundle bundle).Should().BeTrue("{0} is whole", id.Path);
            foreach (ReadOnlyMemory<byte> entry in bundle)
            {
                leaves.Add(MerkleTree.HashLeaf(entry.Span));
                tree.Append(leaves[^1]);
            }
        }

        List<(TileId Id, byte[] Bytes)> made = [];
        while (tree.TryTakeFullTile(out TileId full, out byte[] bytes))
        {
            made.Add((full, bytes));
        }

        foreach ((TileId id, byte[] bytes) in made.Concat(tree.PartialTiles()))
        {
            (await TileAsync(id)).Should().Equal(bytes, "{0} is what the entries make of it", id.Path);
            tiles[id] = bytes;
        }

        tree.Head.Should().Be(head, "the entries make the signed tree");
        return leaves;
    }

    /// <summary>A tile out of what <see cref="ReadAllAsync"/> has read, for making proofs.</summary>
    public ReadOnlyMemory<byte>? Tile(TileId id) => tiles.TryGetValue(id, out byte[]? bytes) ? bytes : null;

    private Uri Of(string path) => new($"/log/{organisation}/{path}", UriKind.Relative);
}
