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

    /// <summary>A tile or entry bundle; one that is not there is cut from the full one.</summary>
    public byte[]? Read(TileId tile)
    {
        if (TryReadFile(PathOf(tile)) is { } bytes)
        {
            return bytes;
        }

        return !tile.IsFull && TryReadFile(PathOf(tile.Full)) is { } full ? Cut(full, tile) : null;
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
        string partial = PathOf(full) + ".p";
        if (System.IO.Directory.Exists(partial))
        {
            System.IO.Directory.Delete(partial, recursive: true);
        }
    }

    private string PathOf(TileId tile) => Path.Combine(Directory, tile.Path.Replace('/', Path.DirectorySeparatorChar));

    private static byte[]? Cut(byte[] full, TileId tile)
    {
        if (tile.Level != TileId.EntriesLevel)
        {
            return full.Length == TileId.FullWidth * TreeHash.Length ? full[..(tile.Width * TreeHash.Length)] : null;
        }

        if (!EntryBundle.TryParse(full, TileId.FullWidth, out EntryBundle bundle))
        {
            return null;
        }

        int length = 0;
        for (int i = 0; i < tile.Width; i++)
        {
            length += sizeof(ushort) + bundle[i].Length;
        }

        return full[..length];
    }

    private static byte[]? TryReadFile(string path)
    {
        try
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

        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
