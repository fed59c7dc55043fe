namespace Ledger.Silo.Workers.Sealing;

/// <summary>
/// Keeps the keys that what is said about people is sealed with, each wrapped by its organisation's key ring, and the tombstones of those that were
/// destroyed: workers' data keys, retention keys, and what is kept for workers on hold. Three may stand behind it: a file, PostgreSQL, or a key
/// management service; a wrapped key is opaque to it, and so is its holder's name. Whoever writes another one passes
/// <c>KeyStoreConformance</c> and keeps these promises:
/// <list type="number">
/// <item>What is answered is durable before the answer: it survives the loss of power. An event sealed with a key that is lost is lost.</item>
/// <item><see cref="FindOrCreateAsync"/> is atomic over all processes that share the store: two that ask for one holder get one key.</item>
/// <item>After <see cref="DestroyAsync"/> a tombstone stands and nothing that unwraps, in no file and no table; no key is ever made for that holder again.</item>
/// <item>Nothing is created or replaced under a version that is retired, or unknown: a wrap that came late would be lost with its version.</item>
/// </list>
/// </summary>
/// <remarks>Safe to call from many threads. Faults are <see cref="KeyStoreUnavailableException"/>; a store that holds nonsense is an <see cref="InvalidDataException"/>.</remarks>
internal interface IWorkerKeyStore : IAsyncDisposable
{
    /// <summary>What stands for each holder, in the order asked; null where there is neither a key nor a tombstone.</summary>
    ValueTask<IReadOnlyList<StoredKey?>> FindAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken);

    /// <summary>
    /// Stores each key unless its holder has one or it is destroyed, all in one durable step, and answers what stands now, in the order given. Null:
    /// nothing stands and nothing was stored, as the version that wraps the key is retired or not registered.
    /// </summary>
    /// <param name="proposed">Keys of different holders.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    ValueTask<IReadOnlyList<StoredKey?>> FindOrCreateAsync(IReadOnlyList<StoredKey> proposed, CancellationToken cancellationToken);

    /// <summary>Puts a tombstone in the place of each holder's key, or of none, and returns when the keys are gone. Repeating it is harmless.</summary>
    ValueTask DestroyAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken);

    /// <summary>
    /// The next keys of an organisation that an older version wraps, in an order that stays; none when there are no more. A key that is created or
    /// replaced meanwhile may be missed: ask again from the beginning.
    /// </summary>
    /// <param name="organisation">Organisation id.</param>
    /// <param name="version">Keys wrapped by versions below this one.</param>
    /// <param name="after">The last key of the page before; null to begin.</param>
    /// <param name="count">At most so many.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    ValueTask<IReadOnlyList<StoredKey>> OlderThanAsync(string organisation, int version, StoredKey? after, int count, CancellationToken cancellationToken);

    /// <summary>Puts each new wrap in the place of the old one, where the old one still stands and the new one's version is in force.</summary>
    /// <returns>How many were replaced.</returns>
    ValueTask<int> ReplaceAsync(IReadOnlyList<(StoredKey Old, StoredKey New)> wraps, CancellationToken cancellationToken);

    /// <summary>Remembers which key a version of an organisation's ring is, so that another in its place is noticed.</summary>
    /// <param name="organisation">Organisation id.</param>
    /// <param name="version">The version.</param>
    /// <param name="fingerprint">16 bytes that tell the key from another and nothing else about it.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The fingerprint that stands: the first one that was given for this version.</returns>
    ValueTask<ReadOnlyMemory<byte>> RegisterAsync(string organisation, int version, ReadOnlyMemory<byte> fingerprint, CancellationToken cancellationToken);

    /// <summary>Retires the versions of an organisation's ring below this one: from now on nothing more is created under them, by any process.</summary>
    ValueTask RetireAsync(string organisation, int version, CancellationToken cancellationToken);
}

/// <summary>Whose a key is.</summary>
/// <param name="Organisation">Organisation id.</param>
/// <param name="Holder">
/// The pseudonym of a worker, or what <see cref="RetentionPeriod"/> says: <c>retention/{class}/{yyyy-MM}</c> for a retention key,
/// <c>{worker}/{class}/{yyyy-MM}</c> for a share that a hold keeps. ASCII, at most 941 characters: a class of 100, each escaped to nine.
/// </param>
internal readonly record struct KeyId(string Organisation, string Holder);

/// <summary>What a key store has for a holder: a wrapped key, or a tombstone.</summary>
/// <param name="Id">The holder.</param>
/// <param name="Version">Version of the organisation's ring that wraps the key, from 1; 0 for a tombstone.</param>
/// <param name="Wrapped">The wrapped key, <see cref="OrganisationKeyRing.WrappedLength"/> bytes; empty for a tombstone.</param>
internal sealed record StoredKey(KeyId Id, int Version, ReadOnlyMemory<byte> Wrapped)
{
    public bool IsDestroyed => Version == 0;

    public static StoredKey Tombstone(KeyId id) => new(id, 0, default);
}

/// <summary>The store of workers' keys could not be reached, did not answer, or has no room. Try again after <see cref="RetryAfter"/>.</summary>
internal sealed class KeyStoreUnavailableException(string message, TimeSpan retryAfter, Exception? innerException = null)
    : Exception(message, innerException)
{
    /// <summary>How long to wait before the next try.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
