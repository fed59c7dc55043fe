using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FluentAssertions;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Transparency;
using Ledger.EventStore;
using Ledger.Silo.Transparency;
using Ledger.Verification;

namespace Ledger.Silo.Tests.Transparency;

/// <summary>
/// What whoever has both the store and the published files finds: everything signed is the history in the store, grown and never changed, and the
/// files say the same. Trees are made here from the events by RFC 6962's own recursion, not by what the log uses.
/// </summary>
internal sealed class LogAudit
{
    private readonly TestLog log;
    private readonly List<byte[]> entries;
    private readonly List<TreeHash[]> levels = [];

    private LogAudit(TestLog log, List<byte[]> entries, IReadOnlyList<(TreeHead Head, Note Note)> signed)
    {
        this.log = log;
        this.entries = entries;
        Signed = signed;
        levels.Add([.. entries.Select(e => MerkleTree.HashLeaf(e))]);
        for (int level = 0; levels[level].Length >= TileId.FullWidth; level++)
        {
            levels.Add([.. levels[level].Chunk(TileId.FullWidth).Where(c => c.Length == TileId.FullWidth).Select(c => Root(c))]);
        }
    }

    /// <summary>Everything the log ever signed, in order.</summary>
    public IReadOnlyList<(TreeHead Head, Note Note)> Signed { get; }

    public TreeHead Last => Signed[^1].Head;

    public static async Task<LogAudit> OfAsync(TestLog log)
    {
        List<byte[]> leaves = [];
        foreach (RecordedEvent stored in await log.Store.AllEventsAsync())
        {
            if (Regex.IsMatch(stored.Stream, $@"\A(worker-{log.Organisation}-[0-9a-f]{{32}}|organisation-{log.Organisation})\z", RegexOptions.None, TimeSpan.FromSeconds(1)))
            {
                EventMetadata metadata = EventMetadata.Read(stored);
                leaves.Add(LogEntry.Encode(new EventBytes(
                    stored.Stream, stored.Revision, stored.Id, stored.Type, metadata.Salt, metadata.DataSalt, stored.Data, stored.Metadata)));
            }
        }

        List<(TreeHead, Note)> signed = [];
        foreach (RecordedEvent stored in await log.Store.EventsAsync($"checkpoint-{log.Organisation}"))
        {
            CheckpointSigned @event = JsonSerializer.Deserialize(stored.Data.Span, LogJson.Default.CheckpointSigned)!;
            Note.TryParse(Encoding.UTF8.GetBytes(@event.Note), out Note? note).Should().BeTrue();
            Checkpoint.TryParse(note!.Text.Span, out Checkpoint? checkpoint).Should().BeTrue();
            checkpoint!.Head.Size.Should().Be(@event.Size);
            checkpoint.Head.Root.ToString().Should().Be(@event.RootHash);
            signed.Add((checkpoint.Head, note));
        }

        return new LogAudit(log, leaves, signed);
    }

    /// <summary>All of the below, of a log that has published everything it signed.</summary>
    public static async Task<LogAudit> AssertSoundAsync(TestLog log)
    {
        LogAudit audit = await OfAsync(log);
        audit.AssertHistoryOnlyGrew();
        audit.AssertFilesAreWhole();
        audit.AssertReceiptsAreProven();
        return audit;
    }

    /// <summary>No two checkpoints of one size; each is the tree of the first events of the store, and proven to be the beginning of the last.</summary>
    public void AssertHistoryOnlyGrew()
    {
        Signed.Should().NotBeEmpty();
        Signed.Select(s => s.Head.Size).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        foreach ((TreeHead head, _) in Signed)
        {
            head.Root.Should().Be(Root(levels[0].AsSpan(0, (int)head.Size)), "the checkpoint of size {0} is the tree of the first {0} events", head.Size);
            ConsistencyProof.TryProve(head.Size, Last.Size, id => Read(id), out TreeHash[] proof).Should().BeTrue();
            ConsistencyProof.Check(head, Last, proof).Should().BeTrue("the tree of size {0} is the beginning of that of size {1}", head.Size, Last.Size);
        }
    }

    /// <summary>Every tile and entry bundle of the last tree is there, whole, and so are the partial ones of every size that was signed.</summary>
    public void AssertFilesAreWhole()
    {
        log.Published()!.Head.Should().Be(Last);
        foreach (TreeHead head in Signed.Select(s => s.Head))
        {
            for (int level = TileId.EntriesLevel; level < levels.Count; level++)
            {
                for (ulong index = head == Last ? 0 : head.Size >> 8 * (Math.Max(level, 0) + 1); TileId.At(level, index, head.Size) is { } id; index++)
                {
                    Read(id).Should().Equal(Expected(id), "{0} is served for the checkpoint of size {1}", id.Path, head.Size);
                }
            }
        }
    }

    /// <summary>What every producer was given is in the published tree, by its receipt alone.</summary>
    public void AssertReceiptsAreProven()
    {
        PublishedTree tree = PublishedTree.Read(log.Places)!;
        using PositionIndex positions = PositionIndex.TryOpen(log.Places.PositionsPath)!;
        positions.Count.Should().BeGreaterThanOrEqualTo(Last.Size);
        foreach (Receipt receipt in log.Receipts)
        {
            ProvenLeaf leaf = tree.Prove([TestLog.LeafOf(receipt)], positions).Leaves.Should().ContainSingle("of {0}", receipt.DecisionId).Subject;
            leaf.LeafHash.Should().Equal(receipt.LeafHash);
            leaf.LeafHash.Should().Equal(levels[0][leaf.Index].ToArray(), "leaves stand in store order");
            Note.TryParse(leaf.Checkpoint, out Note? note).Should().BeTrue();
            note!.Verify([log.KeyOf()], out _).Should().Be(NoteVerdict.Verified);
            InclusionProof.Check(new TreeHash(receipt.LeafHash), leaf.Index, tree.Head, [.. leaf.Hashes.Select(h => new TreeHash(h))]).Should().BeTrue();
        }
    }

    public int Leaves => entries.Count;

    private byte[]? Read(TileId id) => log.Places.Tiles.Read(id);

    private byte[] Expected(TileId id)
    {
        int first = (int)id.Index * TileId.FullWidth;
        if (id.Level != TileId.EntriesLevel)
        {
            return [.. levels[id.Level].AsSpan(first, id.Width).ToArray().SelectMany(h => h.ToArray())];
        }

        using MemoryStream bundle = new();
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        foreach (byte[] entry in entries[first..(first + id.Width)])
        {
            BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)entry.Length);
            bundle.Write(length);
            bundle.Write(entry);
        }

        return bundle.ToArray();
    }

    // RFC 6962 §2.1
    private static TreeHash Root(ReadOnlySpan<TreeHash> leaves)
    {
        if (leaves.Length < 2)
        {
            return leaves.IsEmpty ? MerkleTree.EmptyRoot : leaves[0];
        }

        int split = 1 << BitOperations.Log2((uint)leaves.Length - 1);
        return MerkleTree.HashChildren(Root(leaves[..split]), Root(leaves[split..]));
    }
}
