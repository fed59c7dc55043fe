using System.Globalization;
using Ledger.EventStore;
using Ledger.Verification;

namespace Ledger.Silo.Transparency;

/// <summary>
/// An organisation's tiles, entry bundles and checkpoint in a folder laid out as c2sp.org/tlog-tiles serves them. Any web server can serve it;
/// nothing in it is secret, and all but the checkpoint can be made again from the store.
/// </summary>
internal sealed class TileFolder(string directory)
{
    private const string CheckpointName = "checkpoint";
    private const string CosignedName = "checkpoint.cosigned";

    private readonly List<(string Draft, string Path)> drafts = [];

    public string Directory { get; } = Path.GetFullPath(directory);

    /// <summary>Whether there are no tiles at all.</summary>
    public bool IsEmpty => !System.IO.Directory.Exists(TilesPath);

    private string TilesPath => Path.Combine(Directory, "tile");

    /// <summary>
    /// A tile or entry bundle; one that is not there is cut from the full one, or before that is there from a wider one: tiles that were made
    /// again have only the last width, and every published checkpoint can still be asked about.
    /// </summary>
    public byte[]? Read(TileId tile)
    {
        byte[]? bytes = TryReadFile(PathOf(tile));
        if (bytes is not null || tile.IsFull)
        {
            return bytes;
        }

        // The full one last: it is in its place before the partial ones are removed.
        foreach (TileId wider in Wider(tile).Append(tile.Full))
        {
            if (TryReadFile(PathOf(wider)) is { } more)
            {
                return Cut(more, wider.Width, tile);
            }
        }

        return null;
    }

    /// <summary>The published checkpoint.</summary>
    public byte[]? ReadCheckpoint() => TryReadFile(Path.Combine(Directory, CheckpointName));

    /// <summary>The newest checkpoint that a witness has signed too.</summary>
    public byte[]? ReadCosigned() => TryReadFile(Path.Combine(Directory, CosignedName));

    /// <summary>Shows a checkpoint to everybody.</summary>
    public void Publish(ReadOnlySpan<byte> note) => Replace(CheckpointName, note);

    /// <summary>Keeps a checkpoint that a witness has signed too for whoever asks for one.</summary>
    public void PublishCosigned(ReadOnlySpan<byte> note) => Replace(CosignedName, note);

    /// <summary>Writes a tile beside its place; <see cref="Commit"/> puts it there.</summary>
    public void Add(TileId tile, ReadOnlySpan<byte> bytes)
    {
        string path = PathOf(tile);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        drafts.Add((DurableFiles.WriteDraft(path, bytes), path));
    }

    /// <summary>Puts all that was added in its place, durably.</summary>
    public void Commit()
    {
        HashSet<string> directories = new(StringComparer.Ordinal);
        foreach ((string draft, string path) in drafts)
        {
            File.Move(draft, path, overwrite: true);
            for (string above = Path.GetDirectoryName(path)!; directories.Add(above) && above.Length > Directory.Length;)
            {
                above = Path.GetDirectoryName(above)!;
            }
        }

        drafts.Clear();
        foreach (string changed in directories)
        {
            DurableFiles.SyncDirectory(changed);
        }
    }

    /// <summary>Removes what an earlier run left unfinished.</summary>
    public void Abandon()
    {
        foreach ((string draft, _) in drafts)
        {
            File.Delete(draft);
        }

        drafts.Clear();
    }

    /// <summary>Removes the partial tiles of one that is full now: from here on they are cut from it.</summary>
    public void RemovePartial(TileId full)
    {
        string partial = PartialsOf(full);
        try
        {
            if (System.IO.Directory.Exists(partial))
            {
                System.IO.Directory.Delete(partial, recursive: true);
            }
        }
        catch (IOException)
        {
            // Another activation writes into it or removes it too. What stays is whole, and never asked for before the full one.
        }
    }

    /// <summary>Takes over the tiles of a folder on the same disk, in one step, where there are none yet.</summary>
    public void TakeOver(TileFolder made)
    {
        if (IsEmpty)
        {
            System.IO.Directory.CreateDirectory(Directory);
            System.IO.Directory.Move(made.TilesPath, TilesPath);
            DurableFiles.SyncDirectory(Directory);
        }
    }

    private void Replace(string name, ReadOnlySpan<byte> note)
    {
        System.IO.Directory.CreateDirectory(Directory);
        DurableFiles.Replace(Path.Combine(Directory, name), note);
    }

    private string PathOf(TileId tile) => Path.Combine(Directory, tile.Path.Replace('/', Path.DirectorySeparatorChar));

    private string PartialsOf(TileId tile) => PathOf(tile.Full) + ".p";

    private TileId[] Wider(TileId tile)
    {
        try
        {
            return [.. from file in System.IO.Directory.GetFiles(PartialsOf(tile))
                       let width = int.TryParse(Path.GetFileName(file), NumberStyles.None, CultureInfo.InvariantCulture, out int parsed) ? parsed : 0
                       where width > tile.Width
                       select tile with { Width = width }];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static byte[]? Cut(byte[] more, int width, TileId tile)
    {
        if (tile.Level != TileId.EntriesLevel)
        {
            return more.Length == width * TreeHash.Length ? more[..(tile.Width * TreeHash.Length)] : null;
        }

        if (!EntryBundle.TryParse(more, width, out EntryBundle bundle))
        {
            return null;
        }

        int length = 0;
        for (int i = 0; i < tile.Width; i++)
        {
            length += sizeof(ushort) + bundle[i].Length;
        }

        return more[..length];
    }

    private static byte[]? TryReadFile(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
