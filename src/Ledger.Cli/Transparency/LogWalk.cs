using System.Runtime.InteropServices;
using Ledger.Cli.Hosting;
using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary>
/// Reads a log from its first entry to its last: each bundle gives leaves, the leaves give every tile of every level, and all of it gives
/// the root. Several bundles are read and hashed at once and taken in order; memory does not grow with the log.
/// </summary>
internal sealed class LogWalk
{
    private readonly Session session;
    private readonly LogClient client;
    private readonly TreeHead head;
    private readonly ulong? before;
    private readonly KeptReceipts? receipts;
    private readonly VerifyReport report;
    private readonly TreeBuilder tree = new();

    // Neither could be told wrong when they were met; the root decides.
    private readonly List<TileId> doubtful = [];

    private VerifiedTiles? proven;
    private bool provenTried;
    private long bytes;

    /// <param name="session">Where progress is shown.</param>
    /// <param name="client">The log.</param>
    /// <param name="head">What its checkpoint signs.</param>
    /// <param name="before">Size at which the root is wanted, too.</param>
    /// <param name="receipts">Told of each leaf.</param>
    /// <param name="report">Where findings go.</param>
    public LogWalk(Session session, LogClient client, TreeHead head, ulong? before, KeptReceipts? receipts, VerifyReport report)
    {
        this.session = session;
        this.client = client;
        this.head = head;
        this.before = before;
        this.receipts = receipts;
        this.report = report;
        RootBefore = before == 0 ? MerkleTree.EmptyRoot : null;
    }

    /// <summary>Root of the tree when it had the size asked for; null when it never came so far.</summary>
    public TreeHash? RootBefore { get; private set; }

    /// <summary>Whether it came to the last entry.</summary>
    public bool IsComplete => tree.Size == head.Size;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        long started = session.Around.Time.GetTimestamp();
        await using (Progress progress = Progress.Start(session, "verify.progress"))
        {
            await foreach (Piece piece in ReadAheadAsync(cancellationToken))
            {
                if (!await TakeAsync(piece, cancellationToken))
                {
                    await SayDoubtsAsync(entriesAreRight: false);
                    await report.AddAsync(VerifyFinding.Problem(VerifyCheck.Root, null, "verify.gaveUp", tree.Size, head.Size));
                    return;
                }

                await CheckFullTilesAsync(cancellationToken);
                progress.Report((long)tree.Size);
            }
        }

        foreach ((TileId id, byte[] hashes) in tree.PartialTiles().Where(tile => tile.Id.Level > 0))
        {
            await CheckTileAsync(id, hashes, cancellationToken);
        }

        await EndAsync(session.Around.Time.GetElapsedTime(started));
    }

    private async Task EndAsync(TimeSpan took)
    {
        bool same = tree.Root() == head.Root;
        await SayDoubtsAsync(same);
        if (!same)
        {
            await report.AddAsync(VerifyFinding.Problem(VerifyCheck.Root, null, "verify.root", head.Size, tree.Root(), head.Root));
        }
        else if (report.Problems == 0)
        {
            await report.AddAsync(VerifyFinding.Good(VerifyCheck.Root, "verify.whole", head.Size, bytes / 1e6, took.TotalSeconds));
        }

        report.Fact(writer =>
        {
            writer.WriteNumber("entries", tree.Size);
            writer.WriteNumber("bytes", bytes);
            writer.WriteNumber("seconds", Math.Round(took.TotalSeconds, 3));
        });
    }

    private async Task SayDoubtsAsync(bool entriesAreRight)
    {
        foreach (TileId id in doubtful)
        {
            await report.AddAsync(entriesAreRight || id.Level > 0
                ? VerifyFinding.Problem(VerifyCheck.Tile, id.Path, entriesAreRight ? "verify.tile" : "verify.tileOfNone", id.Path)
                : VerifyFinding.Problem(VerifyCheck.Entry, EntriesOf(id).Path, "verify.either", EntriesOf(id).Path, id.Path));
        }
    }

    private async IAsyncEnumerable<Piece> ReadAheadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ulong bundles = (head.Size / TileId.FullWidth) + (head.Size % TileId.FullWidth > 0 ? 1UL : 0);
        int ahead = (int)Math.Min((ulong)client.Files.AtOnce * 4, Math.Max(bundles, 1));
        Piece[] pieces = [.. Enumerable.Range(0, ahead).Select(_ => new Piece())];
        Task[] reading = [.. Enumerable.Repeat(Task.CompletedTask, ahead)];
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using SemaphoreSlim atOnce = new(client.Files.AtOnce);
        try
        {
            ulong started = 0;
            for (ulong taken = 0; taken < bundles; taken++)
            {
                for (; started < bundles && started - taken < (ulong)ahead; started++)
                {
                    Piece next = pieces[started % (ulong)ahead];
                    TileId id = TileId.At(0, started, head.Size)!.Value;
                    reading[started % (ulong)ahead] = Task.Run(() => ReadAsync(next, id, atOnce, end.Token), end.Token);
                }

                await reading[taken % (ulong)ahead];
                yield return pieces[taken % (ulong)ahead];
            }
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAll(reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReadAsync(Piece piece, TileId id, SemaphoreSlim atOnce, CancellationToken cancellationToken)
    {
        await atOnce.WaitAsync(cancellationToken);
        try
        {
            await piece.ReadAsync(client, id, cancellationToken);
        }
        finally
        {
            atOnce.Release();
        }
    }

    /// <summary>Takes the leaves of a bundle into the tree; false when there are none to take, or too much is wrong.</summary>
    private async Task<bool> TakeAsync(Piece piece, CancellationToken cancellationToken)
    {
        bytes += piece.Bytes;
        ReadOnlyMemory<byte>? right = piece.IsSound ? piece.LeafBytes : await JudgeAsync(piece, cancellationToken);
        if (right is not { } hashes)
        {
            return false;
        }

        for (ReadOnlyMemory<byte> rest = hashes; !rest.IsEmpty; rest = rest[TreeHash.Length..])
        {
            TreeHash leaf = new(rest.Span[..TreeHash.Length]);
            tree.Append(leaf);
            receipts?.Saw(leaf);
            if (tree.Size == before)
            {
                RootBefore = tree.Root();
            }
        }

        return report.Problems < Limits.Problems;
    }

    /// <summary>Says what is wrong with a bundle and its tile, and which of the two the tree goes on with; null for neither.</summary>
    private async Task<ReadOnlyMemory<byte>?> JudgeAsync(Piece piece, CancellationToken cancellationToken)
    {
        foreach (LogReadException fault in piece.Faults)
        {
            await report.AddAsync(VerifyFinding.Problem(
                fault.Fault == LogFault.Missing ? VerifyCheck.Missing : VerifyCheck.Format,
                fault.Path,
                fault.Fault == LogFault.Missing ? "verify.missing" : "verify.format",
                fault.Path));
        }

        if (await ProvenAsync(piece.Id, cancellationToken) is { } tile)
        {
            await SayChangedEntriesAsync(piece, tile);
            return tile;
        }

        if (!piece.HasLeaves)
        {
            return null;
        }

        if (piece.HasTile)
        {
            doubtful.Add(piece.Id);
        }

        return piece.LeafBytes;
    }

    private async Task SayChangedEntriesAsync(Piece piece, ReadOnlyMemory<byte> tile)
    {
        if (!piece.HasLeaves)
        {
            return;
        }

        List<ulong> changed = [];
        for (int i = 0; i < piece.Id.Width; i++)
        {
            Range at = (i * TreeHash.Length)..((i + 1) * TreeHash.Length);
            if (!tile.Span[at].SequenceEqual(piece.LeafBytes.Span[at]))
            {
                changed.Add((piece.Id.Index * TileId.FullWidth) + (ulong)i);
            }
        }

        if (changed.Count == 0)
        {
            // The tile that was read first was the wrong one.
            await report.AddAsync(VerifyFinding.Problem(VerifyCheck.Tile, piece.Id.Path, "verify.tile", piece.Id.Path));
            return;
        }

        await report.AddAsync(changed.Count == 1
            ? VerifyFinding.Problem(VerifyCheck.Entry, $"entry {changed[0]}", "verify.entry", changed[0], EntriesOf(piece.Id).Path)
            : VerifyFinding.Problem(
                VerifyCheck.Entry, $"entry {changed[0]}", "verify.entries", changed.Count, changed[0], changed[^1], EntriesOf(piece.Id).Path));
    }

    private async Task CheckFullTilesAsync(CancellationToken cancellationToken)
    {
        while (tree.TryTakeFullTile(out TileId id, out byte[] hashes))
        {
            if (id.Level > 0)
            {
                await CheckTileAsync(id, hashes, cancellationToken);
            }
        }
    }

    private async Task CheckTileAsync(TileId id, byte[] hashes, CancellationToken cancellationToken)
    {
        try
        {
            using RentedBytes shown = await client.ReadTileAsync(id, cancellationToken);
            bytes += shown.Memory.Length;
            if (!shown.Memory.Span.SequenceEqual(hashes))
            {
                doubtful.Add(id);
            }
        }
        catch (LogReadException e) when (e.Fault is LogFault.Missing or LogFault.Malformed)
        {
            bool missing = e.Fault == LogFault.Missing;
            await report.AddAsync(VerifyFinding.Problem(
                missing ? VerifyCheck.Missing : VerifyCheck.Format, e.Path, missing ? "verify.missing" : "verify.format", e.Path));
        }
    }

    /// <summary>The tile as the checkpoint signs it; null when that cannot be told.</summary>
    private async Task<ReadOnlyMemory<byte>?> ProvenAsync(TileId id, CancellationToken cancellationToken)
    {
        try
        {
            if (!provenTried)
            {
                provenTried = true;
                proven = await VerifiedTiles.OpenAsync(client, head, cancellationToken);
            }

            return proven is null ? null : await proven.ReadAsync(id.Level, id.Index, cancellationToken);
        }
        catch (LogReadException e) when (e.Fault != LogFault.Unreachable)
        {
            return null;
        }
    }

    private static TileId EntriesOf(TileId tile) => tile with { Level = TileId.EntriesLevel };

    /// <summary>One bundle and its tile; used again for another one when it has been taken.</summary>
    private sealed class Piece
    {
        private readonly TreeHash[] leaves = new TreeHash[TileId.FullWidth];
        private readonly List<LogReadException> faults = [];
        private byte[]? leafBytes;

        /// <summary>The tile of level 0.</summary>
        public TileId Id { get; private set; }

        public int Bytes { get; private set; }

        public bool HasLeaves { get; private set; }

        public bool HasTile { get; private set; }

        /// <summary>Bundle and tile are there and belong together.</summary>
        public bool IsSound { get; private set; }

        public IReadOnlyList<LogReadException> Faults => faults;

        public ReadOnlyMemory<byte> LeafBytes => leafBytes.AsMemory(0, Id.Width * TreeHash.Length);

        public async Task ReadAsync(LogClient client, TileId id, CancellationToken cancellationToken)
        {
            (Id, Bytes, HasLeaves, HasTile, IsSound) = (id, 0, false, false, false);
            faults.Clear();
            leafBytes ??= new byte[TileId.FullLength];
            try
            {
                Bytes = await client.HashEntriesAsync(EntriesOf(id), leaves, cancellationToken);
                HasLeaves = true;
                MemoryMarshal.AsBytes(leaves.AsSpan(0, id.Width)).CopyTo(leafBytes);
            }
            catch (LogReadException e) when (e.Fault is LogFault.Missing or LogFault.Malformed)
            {
                faults.Add(e);
            }

            try
            {
                using RentedBytes tile = await client.ReadTileAsync(id, cancellationToken);
                Bytes += tile.Memory.Length;
                HasTile = true;
                IsSound = HasLeaves && tile.Memory.Span.SequenceEqual(LeafBytes.Span);
            }
            catch (LogReadException e) when (e.Fault is LogFault.Missing or LogFault.Malformed)
            {
                faults.Add(e);
            }
        }
    }
}
