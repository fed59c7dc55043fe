using System.Text;
using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary>
/// Reads a log (c2sp.org/tlog-tiles). What it gives has the right form, and no more is known of it: notes are to be verified, and tiles go
/// through <see cref="VerifiedTiles"/> before anything is concluded from them.
/// </summary>
internal sealed class LogClient(LogFiles files) : IDisposable
{
    public const string CheckpointPath = "checkpoint";
    public const string KeysPath = "keys";

    public LogFiles Files => files;

    /// <summary>A signed note; null when the log has none there.</summary>
    /// <exception cref="LogReadException">Unreachable or malformed.</exception>
    public async Task<Note?> ReadNoteAsync(string path, CancellationToken cancellationToken)
    {
        using RentedBytes? bytes = await files.ReadAsync(path, Limits.NoteBytes, cancellationToken);
        return bytes is null ? null
            : Note.TryParse(bytes.Memory.ToArray(), out Note? note) ? note
            : throw new LogReadException(LogFault.Malformed, path);
    }

    /// <summary>The keys that the log says are its own, oldest first; none when it does not say.</summary>
    /// <exception cref="LogReadException">Unreachable or malformed.</exception>
    public async Task<IReadOnlyList<VerifierKey>> ReadKeysAsync(CancellationToken cancellationToken)
    {
        using RentedBytes? bytes = await files.ReadAsync(KeysPath, Limits.KeysBytes, cancellationToken);
        List<VerifierKey> keys = [];
        foreach (string line in Encoding.UTF8.GetString((bytes?.Memory ?? default).Span).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!VerifierKey.TryParse(line, out VerifierKey? key) || keys.Count == Limits.Keys)
            {
                throw new LogReadException(LogFault.Malformed, KeysPath);
            }

            keys.Add(key);
        }

        return keys;
    }

    /// <summary>A tile of hashes, as wide as asked for. Where a partial tile is gone the full one stands in for it.</summary>
    /// <exception cref="LogReadException">Unreachable, missing or malformed.</exception>
    public async Task<RentedBytes> ReadTileAsync(TileId id, CancellationToken cancellationToken)
    {
        (RentedBytes bytes, TileId found) = await ReadAnyAsync(id, TileId.FullLength, cancellationToken);
        if (bytes.Memory.Length != found.Width * TreeHash.Length)
        {
            bytes.Dispose();
            throw new LogReadException(LogFault.Malformed, found.Path);
        }

        bytes.Cut(id.Width * TreeHash.Length);
        return bytes;
    }

    /// <summary>Hashes the entries of a bundle, as many as it is asked to be wide.</summary>
    /// <param name="id">The bundle.</param>
    /// <param name="leaves">Where the hashes go.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Length of the bundle, bytes.</returns>
    /// <exception cref="LogReadException">Unreachable, missing or malformed.</exception>
    public async Task<int> HashEntriesAsync(TileId id, TreeHash[] leaves, CancellationToken cancellationToken)
    {
        (RentedBytes bytes, TileId found) = await ReadAnyAsync(id, Limits.BundleBytes, cancellationToken);
        using (bytes)
        {
            if (!EntryBundle.TryParse(bytes.Memory, found.Width, out EntryBundle bundle))
            {
                throw new LogReadException(LogFault.Malformed, found.Path);
            }

            for (int i = 0; i < id.Width; i++)
            {
                leaves[i] = MerkleTree.HashLeaf(bundle[i].Span);
            }

            return bytes.Memory.Length;
        }
    }

    /// <summary>The entries of a bundle, as many as it is asked to be wide.</summary>
    /// <exception cref="LogReadException">Unreachable, missing or malformed.</exception>
    public async Task<EntryBundle> ReadEntriesAsync(TileId id, CancellationToken cancellationToken)
    {
        (RentedBytes bytes, TileId found) = await ReadAnyAsync(id, Limits.BundleBytes, cancellationToken);
        using (bytes)
        {
            return EntryBundle.TryParse(bytes.Memory.ToArray(), found.Width, out EntryBundle bundle)
                ? bundle.First(id.Width)
                : throw new LogReadException(LogFault.Malformed, found.Path);
        }
    }

    public void Dispose() => files.Dispose();

    // tlog-tiles, "Partial Tiles": a log may delete a partial tile once the full one is there.
    private async Task<(RentedBytes Bytes, TileId Found)> ReadAnyAsync(TileId id, int maxLength, CancellationToken cancellationToken)
    {
        if (await files.ReadAsync(id.Path, maxLength, cancellationToken) is { } exact)
        {
            return (exact, id);
        }

        return !id.IsFull && await files.ReadAsync(id.Full.Path, maxLength, cancellationToken) is { } full
            ? (full, id.Full)
            : throw new LogReadException(LogFault.Missing, id.Path);
    }
}
