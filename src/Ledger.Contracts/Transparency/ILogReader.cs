namespace Ledger.Contracts.Transparency;

/// <summary>Reads what a log has published; the key is the organisation. Any silo can answer.</summary>
[Alias("ledger.transparency.log-reader")]
public interface ILogReader : IGrainWithStringKey
{
    /// <summary>The published checkpoint: a signed note (c2sp.org/tlog-checkpoint), or nothing before the first.</summary>
    [Alias("checkpoint")]
    Task<LogAnswer<byte[]>> CheckpointAsync();

    /// <summary>The bytes of a tile or entry bundle, by its path below the log's prefix (c2sp.org/tlog-tiles).</summary>
    [Alias("tile")]
    Task<LogAnswer<byte[]>> TileAsync(string path);

    /// <summary>Inclusion proof of a leaf in the published tree.</summary>
    [Alias("prove-index")]
    Task<LogAnswer<ProvenLeaf>> ProveIndexAsync(ulong index);

    /// <summary>
    /// Inclusion proofs of recorded events in one published tree, in order, up to the first that is not in it: the tree of the checkpoint
    /// given, or else the newest, where that is not needed one that witnesses have signed.
    /// </summary>
    [Alias("prove-events")]
    Task<LogAnswer<ProvenEvents>> ProveEventsAsync(RecordedLeaf[] events, byte[]? checkpoint);

    /// <summary>Proof that the tree of the first size is a beginning of that of the second (0: the published one).</summary>
    [Alias("prove-consistency")]
    Task<LogAnswer<ConsistencyOfTrees>> ProveConsistencyAsync(ulong first, ulong second);

    /// <summary>The log's keys, oldest first.</summary>
    [Alias("keys")]
    Task<LogAnswer<LogKey[]>> KeysAsync();

    /// <summary>The witnesses that the log knows.</summary>
    [Alias("witnesses")]
    Task<LogAnswer<KnownWitnesses>> WitnessesAsync();
}

/// <summary>What was asked for, or why there is none.</summary>
[GenerateSerializer, Immutable, Alias("ledger.transparency.answer`1")]
public sealed record LogAnswer<T>([property: Id(0)] T? Value, [property: Id(1)] Refusal? Refusal = null)
    where T : class;

/// <summary>An event as its receipt tells it.</summary>
/// <param name="Commit">Commit position of the end of the append that holds the event.</param>
/// <param name="Prepare">Prepare position of the same.</param>
/// <param name="LeafHash">RFC 6962 leaf hash, 32 bytes.</param>
[GenerateSerializer, Immutable, Alias("ledger.transparency.recorded-leaf")]
public sealed record RecordedLeaf([property: Id(0)] ulong Commit, [property: Id(1)] ulong Prepare, [property: Id(2)] byte[] LeafHash);

/// <summary>A leaf with its inclusion proof (RFC 6962 §2.1.1).</summary>
/// <param name="Index">Place in the log, from 0.</param>
/// <param name="LeafHash">32 bytes.</param>
/// <param name="Hashes">From the leaf's neighbour to the root's child, 32 bytes each.</param>
/// <param name="Checkpoint">The published checkpoint that the proof leads to.</param>
[GenerateSerializer, Immutable, Alias("ledger.transparency.proven-leaf")]
public sealed record ProvenLeaf(
    [property: Id(0)] ulong Index, [property: Id(1)] byte[] LeafHash, [property: Id(2)] byte[][] Hashes, [property: Id(3)] byte[] Checkpoint);

/// <summary>Events with their proofs in one tree.</summary>
[GenerateSerializer, Immutable, Alias("ledger.transparency.proven-events")]
public sealed record ProvenEvents([property: Id(0)] ProvenLeaf[] Leaves, [property: Id(1)] byte[] Checkpoint);

/// <summary>Consistency proof (RFC 6962 §2.1.2) between two sizes.</summary>
[GenerateSerializer, Immutable, Alias("ledger.transparency.consistency")]
public sealed record ConsistencyOfTrees([property: Id(0)] ulong First, [property: Id(1)] ulong Second, [property: Id(2)] byte[][] Hashes);

/// <summary>A key of the log.</summary>
/// <param name="VerifierKey">Verifier key (c2sp.org/signed-note).</param>
/// <param name="SignsFrom">When it began to sign, UTC.</param>
/// <param name="SignsUntil">When it ceases to sign beside its successor, UTC; nothing for the current key.</param>
/// <param name="Statement">Signed note that passes the log on from the key before; nothing for the first key.</param>
[GenerateSerializer, Immutable, Alias("ledger.transparency.log-key")]
public sealed record LogKey(
    [property: Id(0)] string VerifierKey, [property: Id(1)] DateTimeOffset SignsFrom, [property: Id(2)] DateTimeOffset? SignsUntil, [property: Id(3)] byte[]? Statement);

/// <summary>The witnesses of a log.</summary>
/// <param name="VerifierKeys">Verifier keys (c2sp.org/tlog-cosignature).</param>
/// <param name="Required">How many must have signed before a checkpoint is published.</param>
[GenerateSerializer, Immutable, Alias("ledger.transparency.known-witnesses")]
public sealed record KnownWitnesses([property: Id(0)] string[] VerifierKeys, [property: Id(1)] int Required);
