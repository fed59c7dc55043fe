using System.Collections.Concurrent;
using System.Security.Cryptography;
using Ledger.Silo.Hosting;

namespace Ledger.Silo.Workers.Sealing;

/// <summary>The keys that what is said about people is sealed with, as a worker's grain uses them: the store of wrapped keys and the organisations' rings together.</summary>
/// <remarks>Where a key cannot be had now, every method throws <see cref="KeyStoreUnavailableException"/>; where rings and store do not belong together, <see cref="InvalidDataException"/>.</remarks>
internal sealed class WorkerKeys : IAsyncDisposable
{
    private readonly IWorkerKeyStore store;
    private readonly string directory;
    private readonly Entropy entropy;
    private readonly KeyRequests requests;
    private readonly ConcurrentDictionary<string, OrganisationKeyRing> rings = new(StringComparer.Ordinal);

    public WorkerKeys(IWorkerKeyStore store, string directory, Entropy entropy)
    {
        this.store = store;
        this.directory = directory;
        this.entropy = entropy;
        requests = new KeyRequests(FindOrCreateAsync, Limits.KeysAtOnce);
        Retention = new RetentionKeys(this);
    }

    /// <summary>The keys of retention classes and months.</summary>
    public RetentionKeys Retention { get; }

    /// <summary>The worker's key; null when there is none, or none any more.</summary>
    public async ValueTask<WorkerKey?> FindAsync(string organisation, string worker, CancellationToken cancellationToken = default) =>
        (await FindAllAsync(organisation, [worker], cancellationToken))[0].Key is { } key ? Opened(key) : null;

    /// <summary>What stands for each of these holders, in the order asked.</summary>
    public async ValueTask<FoundKey[]> FindAllAsync(string organisation, IReadOnlyList<string> holders, CancellationToken cancellationToken = default)
    {
        List<FoundKey> found = new(holders.Count);
        foreach (string[] some in holders.Chunk(Limits.KeysAtOnce))
        {
            foreach (StoredKey? stored in await store.FindAsync(Array.ConvertAll(some, holder => new KeyId(organisation, holder)), cancellationToken))
            {
                found.Add(stored is null ? default : stored.IsDestroyed ? FoundKey.Destroyed : new(await UnwrapAsync(stored, cancellationToken), false));
            }
        }

        return [.. found];
    }

    /// <summary>The 32 bytes of a holder's key, durable; made when there is none. Null: it was destroyed, and there will never be one again.</summary>
    public async ValueTask<byte[]?> FindOrCreateBytesAsync(string organisation, string holder, CancellationToken cancellationToken = default)
    {
        StoredKey stored = await requests.AskAsync(new KeyId(organisation, holder)).WaitAsync(cancellationToken);
        return stored.IsDestroyed ? null : await UnwrapAsync(stored, cancellationToken);
    }

    /// <summary>Keeps 32 bytes for each holder that has none and was not destroyed, durably.</summary>
    public async ValueTask KeepAsync(string organisation, IReadOnlyList<(string Holder, byte[] Key)> kept, CancellationToken cancellationToken = default)
    {
        foreach ((string Holder, byte[] Key)[] some in kept.Chunk(Limits.KeysAtOnce))
        {
            OrganisationKeyRing ring = await RingAsync(organisation, cancellationToken);
            IReadOnlyList<StoredKey?> standing = await store.FindOrCreateAsync([.. some.Select(k => ring.Wrap(k.Holder, k.Key, entropy))], cancellationToken);
            if (standing.Contains(null))
            {
                ring = await ReloadAsync(organisation, cancellationToken);
                standing = await store.FindOrCreateAsync([.. some.Select(k => ring.Wrap(k.Holder, k.Key, entropy))], cancellationToken);
            }

            if (standing.Contains(null))
            {
                throw Retired(organisation);
            }
        }
    }

    /// <summary>The worker's key, durable; made when there is none. Null: it was destroyed, and there will never be one again.</summary>
    public async ValueTask<WorkerKey?> FindOrCreateAsync(string organisation, string worker, CancellationToken cancellationToken = default) =>
        await FindOrCreateBytesAsync(organisation, worker, cancellationToken) is { } key ? Opened(key) : null;

    /// <summary>Whether the worker's key was destroyed.</summary>
    public async ValueTask<bool> IsDestroyedAsync(string organisation, string worker, CancellationToken cancellationToken = default) =>
        (await store.FindAsync([new KeyId(organisation, worker)], cancellationToken))[0] is { IsDestroyed: true };

    /// <summary>Destroys the worker's key, if there is one, and sees to it that none is ever made: it is gone when this returns. Repeating it is harmless.</summary>
    public ValueTask DestroyAsync(string organisation, string worker, CancellationToken cancellationToken = default) =>
        store.DestroyAsync([new KeyId(organisation, worker)], cancellationToken);

    /// <summary>
    /// Destroys the keys of all holders that the event store says are to have none: workers who are erased, classes and months whose time is over. For
    /// every start: a backup of keys that was restored must bring nothing back. Costs a look for each when nothing is to be done.
    /// </summary>
    /// <returns>How many keys, or gaps where a key could have been made, it found and destroyed.</returns>
    public async ValueTask<int> DestroyAllAsync(string organisation, IEnumerable<string> holders, CancellationToken cancellationToken = default)
    {
        int destroyed = 0;
        foreach (string[] some in holders.Chunk(Limits.KeysAtOnce))
        {
            KeyId[] ids = Array.ConvertAll(some, holder => new KeyId(organisation, holder));
            IReadOnlyList<StoredKey?> found = await store.FindAsync(ids, cancellationToken);
            KeyId[] left = [.. ids.Where((_, i) => found[i] is not { IsDestroyed: true })];
            if (left.Length > 0)
            {
                await store.DestroyAsync(left, cancellationToken);
                destroyed += left.Length;
            }
        }

        return destroyed;
    }

    /// <summary>
    /// Gives the organisation a new key and wraps all its workers' keys with it; no event changes. Killed anywhere nothing is lost: the ring has both
    /// keys until no row needs the old one, and <see cref="FinishRotationAsync"/> or another rotation brings it to its end.
    /// </summary>
    /// <returns>The version that is in force.</returns>
    public async ValueTask<int> RotateAsync(string organisation, CancellationToken cancellationToken = default)
    {
        await RegisteredAsync(OrganisationKeyRing.AddVersion(directory, organisation, entropy), organisation, cancellationToken);
        return await FinishRotationAsync(organisation, cancellationToken);
    }

    /// <summary>Brings a rotation that was interrupted to its end; does nothing when there is none. For every start.</summary>
    /// <returns>The version that is in force.</returns>
    public async ValueTask<int> FinishRotationAsync(string organisation, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            // Read again for each pass: another silo may have begun a newer rotation, and then this one's version is retired too.
            OrganisationKeyRing ring = await ReloadAsync(organisation, cancellationToken);
            if (ring.Versions.Count == 1)
            {
                return ring.Newest;
            }

            // First, so that no silo that still has the old ring in memory adds a row that the last pass misses.
            await store.RetireAsync(organisation, ring.Newest, cancellationToken);
            if (await RewrapAsync(ring, organisation, cancellationToken) == 0)
            {
                rings[organisation] = OrganisationKeyRing.RemoveOlderThan(directory, organisation, ring.Newest, entropy);
                return ring.Newest;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await requests.DrainAsync();
        await store.DisposeAsync();
    }

    /// <summary>One pass over the keys that older versions wrap. Returns how many it met: none means that there are none.</summary>
    private async ValueTask<int> RewrapAsync(OrganisationKeyRing ring, string organisation, CancellationToken cancellationToken)
    {
        int met = 0;
        IReadOnlyList<StoredKey> page = await store.OlderThanAsync(organisation, ring.Newest, after: null, Limits.KeysAtOnce, cancellationToken);
        while (page.Count > 0)
        {
            met += page.Count;
            await store.ReplaceAsync([.. page.Select(old => (old, Rewrap(ring, old)))], cancellationToken);
            page = await store.OlderThanAsync(organisation, ring.Newest, page[^1], Limits.KeysAtOnce, cancellationToken);
        }

        return met;
    }

    private StoredKey Rewrap(OrganisationKeyRing ring, StoredKey old)
    {
        Span<byte> key = stackalloc byte[WorkerKey.Length];
        try
        {
            return ring.TryUnwrap(old, key) ? ring.Wrap(old.Id.Holder, key, entropy) : throw NoSuchVersion(old);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    // Answers of all or none.
    private async Task<IReadOnlyList<StoredKey>> FindOrCreateAsync(IReadOnlyList<KeyId> workers)
    {
        // Not given up when one of those who wait does.
        StoredKey?[] answers = [.. await store.FindAsync(workers, CancellationToken.None)];
        for (int attempt = 0; attempt < 2 && answers.Contains(null); attempt++)
        {
            int[] missing = [.. Enumerable.Range(0, answers.Length).Where(i => answers[i] is null)];
            StoredKey[] proposed = new StoredKey[missing.Length];
            for (int i = 0; i < missing.Length; i++)
            {
                KeyId id = workers[missing[i]];
                OrganisationKeyRing ring = attempt == 0 ? await RingAsync(id.Organisation, CancellationToken.None) : await ReloadAsync(id.Organisation, CancellationToken.None);
                proposed[i] = NewKey(ring, id.Holder);
            }

            IReadOnlyList<StoredKey?> standing = await store.FindOrCreateAsync(proposed, CancellationToken.None);
            for (int i = 0; i < missing.Length; i++)
            {
                answers[missing[i]] = standing[i];
            }
        }

        // A version that is retired: another silo rotates faster than this one reads its ring, or has a ring of its own.
        int at = Array.IndexOf(answers, null);
        return at < 0
            ? answers.OfType<StoredKey>().ToArray()
            : throw Retired(workers[at].Organisation);
    }

    private KeyStoreUnavailableException Retired(string organisation) => new(
        $"The newest key in {Path.Combine(directory, OrganisationKeyRing.FileName(organisation))} is retired. All silos need the same key files: copy them from where they were rotated.", Limits.RetryAfter);

    private StoredKey NewKey(OrganisationKeyRing ring, string worker)
    {
        Span<byte> key = stackalloc byte[WorkerKey.Length];
        entropy.Fill(key);
        StoredKey wrapped = ring.Wrap(worker, key, entropy);
        CryptographicOperations.ZeroMemory(key);
        return wrapped;
    }

    private static WorkerKey Opened(byte[] key)
    {
        WorkerKey opened = new(key);
        CryptographicOperations.ZeroMemory(key);
        return opened;
    }

    private async ValueTask<byte[]> UnwrapAsync(StoredKey stored, CancellationToken cancellationToken)
    {
        OrganisationKeyRing ring = await RingAsync(stored.Id.Organisation, cancellationToken);
        return Unwrap(ring, stored)
            // Rotated by another silo since the ring was read.
            ?? Unwrap(await ReloadAsync(stored.Id.Organisation, cancellationToken), stored)
            // Wrapped anew since the row was read: the version it had is gone.
            ?? Unwrap(await ReloadAsync(stored.Id.Organisation, cancellationToken), (await store.FindAsync([stored.Id], cancellationToken))[0] ?? stored)
            ?? throw NoSuchVersion(stored);
    }

    private static byte[]? Unwrap(OrganisationKeyRing ring, StoredKey stored)
    {
        // Pinned, so that the collector makes no copies of it.
        byte[] key = GC.AllocateArray<byte>(WorkerKey.Length, pinned: true);
        return !stored.IsDestroyed && ring.TryUnwrap(stored, key) ? key : null;
    }

    private InvalidDataException NoSuchVersion(StoredKey stored) => new(
        $"{Path.Combine(directory, OrganisationKeyRing.FileName(stored.Id.Organisation))} has no version {stored.Version}, which a worker's key is wrapped by. Restore it from a backup made since, or copy it from the silo where the keys were rotated.");

    private ValueTask<OrganisationKeyRing> RingAsync(string organisation, CancellationToken cancellationToken) =>
        rings.TryGetValue(organisation, out OrganisationKeyRing? ring) ? new(ring) : ReloadAsync(organisation, cancellationToken);

    private ValueTask<OrganisationKeyRing> ReloadAsync(string organisation, CancellationToken cancellationToken) =>
        RegisteredAsync(OrganisationKeyRing.LoadOrCreate(directory, organisation, entropy), organisation, cancellationToken);

    /// <summary>A ring is used only once each of its versions is known to be the key that the store knows by that number.</summary>
    private async ValueTask<OrganisationKeyRing> RegisteredAsync(OrganisationKeyRing ring, string organisation, CancellationToken cancellationToken)
    {
        foreach (int version in ring.Versions)
        {
            byte[] fingerprint = ring.Fingerprint(version);
            ReadOnlyMemory<byte> registered = await store.RegisterAsync(organisation, version, fingerprint, cancellationToken);
            if (!registered.Span.SequenceEqual(fingerprint))
            {
                throw new InvalidDataException(
                    $"Version {version} in {Path.Combine(directory, OrganisationKeyRing.FileName(organisation))} is not the key that the workers' keys are wrapped by. Restore that file from a backup or from another silo.");
            }
        }

        rings[organisation] = ring;
        return ring;
    }
}

/// <summary>What a key store has for a holder, unwrapped; neither: nothing.</summary>
/// <param name="Key">The 32 bytes of the key.</param>
/// <param name="IsDestroyed">Whether it was destroyed.</param>
internal readonly record struct FoundKey(byte[]? Key, bool IsDestroyed)
{
    public static FoundKey Destroyed { get; } = new(null, true);
}
