using System.Collections.Concurrent;
using System.Security.Cryptography;
using Ledger.Silo.Hosting;

namespace Ledger.Silo.Workers.Sealing;

/// <summary>The organisations' retention keys: the month's own in memory to seal with, all others looked up each time.</summary>
/// <param name="keys">Where they are.</param>
internal sealed class RetentionKeys(WorkerKeys keys)
{
    // Of the running month only: no retention is that short, so nobody can have destroyed it.
    private readonly ConcurrentDictionary<(string Organisation, string Class), (string Month, RetentionKey Key)> current = new();

    /// <summary>The key to seal with now, durable; made when there is none.</summary>
    /// <param name="organisation">Organisation id.</param>
    /// <param name="period">A class, and the month it is now.</param>
    /// <exception cref="KeyStoreUnavailableException">It cannot be had, or the month is one whose key was destroyed: this machine's clock is wrong.</exception>
    public async ValueTask<RetentionKey> CurrentAsync(string organisation, RetentionPeriod period)
    {
        if (current.TryGetValue((organisation, period.Class), out (string Month, RetentionKey Key) kept) && string.Equals(kept.Month, period.Month, StringComparison.Ordinal))
        {
            return kept.Key;
        }

        byte[] bytes = await keys.FindOrCreateBytesAsync(organisation, period.Holder) ?? throw new KeyStoreUnavailableException(
            $"By this machine's clock it is {period.Month}, and what was recorded then under retention class “{period.Class}” was destroyed. Set the clock right.", Limits.RetryAfter);
        RetentionKey made = new(bytes);
        if (current.Count >= Limits.RetentionKeysHeld)
        {
            // Whoever names classes without end pays for looking them up.
            current.Clear();
        }

        current[(organisation, period.Class)] = (period.Month, made);
        return made;
    }

    /// <summary>One worker's share of each period as the key store has it now, in the order asked: of the retention key, or kept by a hold.</summary>
    public async ValueTask<FoundKey[]> SharesAsync(
        string organisation, string worker, string stream, IReadOnlyList<RetentionPeriod> periods, CancellationToken cancellationToken = default)
    {
        FoundKey[] found = await keys.FindAllAsync(organisation, [.. periods.Select(p => p.Holder)], cancellationToken);
        for (int i = 0; i < found.Length; i++)
        {
            if (found[i].Key is { } key)
            {
                found[i] = new FoundKey(new RetentionKey(key).ShareOf(stream, periods[i]), false);
                CryptographicOperations.ZeroMemory(key);
            }
        }

        int[] ended = [.. Enumerable.Range(0, found.Length).Where(i => found[i].IsDestroyed)];
        if (ended.Length > 0)
        {
            FoundKey[] kept = await keys.FindAllAsync(organisation, [.. ended.Select(i => periods[i].HolderOfShare(worker))], cancellationToken);
            for (int i = 0; i < ended.Length; i++)
            {
                found[ended[i]] = kept[i].Key is null ? FoundKey.Destroyed : kept[i];
            }
        }

        return found;
    }
}
