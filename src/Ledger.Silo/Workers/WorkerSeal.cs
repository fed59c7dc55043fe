using Ledger.Contracts.Decisions;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Transparency;
using Ledger.Silo.Workers.Sealing;

namespace Ledger.Silo.Workers;

/// <summary>Seals and opens one worker's events: the keys, as an activation holds them.</summary>
internal sealed class WorkerSeal(string organisation, string worker, string stream, WorkerKeys keys, Entropy entropy)
{
    private readonly Dictionary<RetentionPeriod, WorkerKey> derived = [];
    private WorkerKey? key;
    private bool destroyed;

    /// <summary>Puts the personal parts of drafts into their data, sealed: those of decisions for their class and month, others for as long as the record is kept.</summary>
    /// <param name="drafts">The drafts.</param>
    /// <param name="recordedAt">When they will say that they were recorded.</param>
    /// <exception cref="ErasedException">The worker's key is destroyed: nothing about the person can be recorded.</exception>
    public async ValueTask SealAsync(EventDraft[] drafts, DateTimeOffset recordedAt)
    {
        for (int i = 0; i < drafts.Length; i++)
        {
            if (drafts[i].Personal.Length > 0)
            {
                key ??= destroyed ? throw new ErasedException() : await keys.FindOrCreateAsync(organisation, worker) ?? throw new ErasedException();
                WorkerKey sealing = string.Equals(drafts[i].Type, DecisionRecorded.Type, StringComparison.Ordinal)
                    ? await SealingKeyAsync(key, RetentionPeriod.Of(drafts[i].Data.Span, recordedAt))
                    : key;
                drafts[i] = drafts[i] with
                {
                    Data = sealing.Seal(drafts[i].Id, stream, drafts[i].Data.Span, drafts[i].Personal.Span, entropy),
                    Personal = default,
                };
            }
        }
    }

    /// <summary>What opens these events: the worker's key is asked for once, and each class and month once, so that what any silo destroyed opens here no more.</summary>
    public async ValueTask<OpenPage> LookAsync(IReadOnlyList<RecordedEvent> events, CancellationToken cancellationToken)
    {
        if (events.Count == 0 || await KeyAsync(cancellationToken) is not { } mine)
        {
            return new OpenPage(stream, null, [], []);
        }

        Dictionary<long, RetentionPeriod> periods = [];
        foreach (RecordedEvent stored in events)
        {
            if (WorkerKey.VersionOf(stored.Data.Span) == WorkerKey.OfPeriod)
            {
                periods[stored.Revision] = RetentionPeriod.Of(stored.Data.Span, EventMetadata.RecordedAtOf(stored));
            }
        }

        if (periods.Count == 0)
        {
            return new OpenPage(stream, mine, periods, []);
        }

        RetentionPeriod[] distinct = [.. periods.Values.Distinct()];
        FoundKey[] shares = await keys.Retention.SharesAsync(organisation, worker, stream, distinct, cancellationToken);
        Dictionary<RetentionPeriod, WorkerKey?> opening = new(distinct.Length);
        for (int i = 0; i < distinct.Length; i++)
        {
            if (shares[i].Key is { } share)
            {
                opening[distinct[i]] = Derived(mine, distinct[i], share);
            }
            else if (shares[i].IsDestroyed)
            {
                opening[distinct[i]] = null;
            }
        }

        return new OpenPage(stream, mine, periods, opening);
    }

    /// <summary>The worker's key is no longer: what this activation holds of it goes too.</summary>
    public async ValueTask DestroyKeyAsync()
    {
        destroyed = true;
        await keys.DestroyAsync(organisation, worker);
        // Not disposed: a read that runs may still be using them. They are collected with the last of these.
        key = null;
        derived.Clear();
    }

    private async ValueTask<WorkerKey?> KeyAsync(CancellationToken cancellationToken)
    {
        if (key is null && !destroyed)
        {
            WorkerKey? found = await keys.FindAsync(organisation, worker, cancellationToken);
            // Destroyed while it was looked for: not to be held again.
            key = destroyed ? null : key ?? found;
        }

        return key;
    }

    private async ValueTask<WorkerKey> SealingKeyAsync(WorkerKey mine, RetentionPeriod period)
    {
        RetentionKey retention = await keys.Retention.CurrentAsync(organisation, period);
        return derived.TryGetValue(period, out WorkerKey? known) ? known : Derived(mine, period, retention.ShareOf(stream, period));
    }

    private WorkerKey Derived(WorkerKey mine, RetentionPeriod period, byte[] share)
    {
        if (derived.TryGetValue(period, out WorkerKey? known))
        {
            return known;
        }

        if (derived.Count >= Limits.DerivedKeysHeld)
        {
            derived.Clear();
        }

        WorkerKey made = mine.Derive(share);
        if (!destroyed)
        {
            derived[period] = made;
        }

        return made;
    }
}

/// <summary>Why the personal part of an event can no longer be read by anybody.</summary>
internal enum Gone
{
    /// <summary>It can.</summary>
    No,

    /// <summary>The person was erased.</summary>
    PersonErased,

    /// <summary>The time for which its class had to be kept is over.</summary>
    RetentionEnded,
}

/// <summary>Opens the events that it was looked up for.</summary>
/// <param name="stream">Name of their stream.</param>
/// <param name="worker">The worker's key; nothing: it is destroyed.</param>
/// <param name="periods">Classes and months of the events that are sealed for one, by revision.</param>
/// <param name="derived">What opens each class and month; null: its time is over; none: its key is missing.</param>
internal sealed class OpenPage(
    string stream, WorkerKey? worker, Dictionary<long, RetentionPeriod> periods, Dictionary<RetentionPeriod, WorkerKey?> derived)
{
    /// <summary>The data of an event with its personal part in the clear, or without it where its key is no longer.</summary>
    /// <exception cref="SealBrokenException">Its keys do not open it, or are missing and were not destroyed.</exception>
    public (byte[] Data, Gone Gone) Open(RecordedEvent stored)
    {
        if (KeyOf(stored, out Gone gone) is { } key)
        {
            return key.TryOpen(stored.Id, stream, stored.Data.Span, out byte[] opened) ? (opened, Gone.No) : throw new SealBrokenException(stored.Revision);
        }

        return string.Equals(stored.Type, DecisionRecorded.TypeInTheClear, StringComparison.Ordinal)
            ? (stored.Data.ToArray(), Gone.No)
            : (WorkerKey.WithoutPersonal(stored.Data.Span), gone);
    }

    /// <summary>The disclosures of the fields of an event that are to be shown; none where its key is no longer.</summary>
    /// <exception cref="SealBrokenException">Its keys do not open it, or are missing and were not destroyed.</exception>
    public string[] Disclose(RecordedEvent stored, Func<string, bool> show) =>
        KeyOf(stored, out _) is not { } key ? []
        : key.TryDisclose(stored.Id, stream, stored.Data.Span, show, out string[] disclosures) ? disclosures
        : throw new SealBrokenException(stored.Revision);

    private WorkerKey? KeyOf(RecordedEvent stored, out Gone gone)
    {
        gone = worker is null ? Gone.PersonErased : Gone.No;
        if (worker is null || !periods.TryGetValue(stored.Revision, out RetentionPeriod period))
        {
            return worker;
        }

        // A key that is neither there nor destroyed is lost, as after an old backup of the keys: that must not look like the end of a retention.
        WorkerKey? key = derived.TryGetValue(period, out WorkerKey? found) ? found : throw new SealBrokenException(stored.Revision);
        gone = key is null ? Gone.RetentionEnded : Gone.No;
        return key;
    }
}

/// <summary>An event cannot be opened with its keys: somebody changed the store, or the keys.</summary>
internal sealed class SealBrokenException(long revision) : Exception
{
    public long Revision => revision;
}
