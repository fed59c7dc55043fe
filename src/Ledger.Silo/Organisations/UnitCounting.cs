using Ledger.Contracts.Organisations;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Ledger.Silo.Organisations;

/// <summary>Follows the store for one organisation and keeps its counts, until it is cancelled.</summary>
internal sealed class UnitCounting(string organisation, IEventStore store, SiloOptions options, TimeProvider time, ILogger logger)
{
    private volatile UnitFile? file;
    private volatile bool behind = true;

    /// <summary>Path of the counts.</summary>
    public string Path { get; } = System.IO.Path.Combine(options.DataDirectory, "read", $"units-{organisation}.db");

    /// <summary>The counts, while they can be read.</summary>
    public UnitFile? File => file;

    public CountingProgress Progress => file is { } counts ? new CountingProgress(counts.Position.Commit, counts.ReadUpTo, behind) : new CountingProgress(0, null, true);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (EventStoreUnavailableException e)
            {
                logger.LogWarning(e, "The counts of {Organisation} wait for the store.", organisation);
            }
            catch (Exception e)
            {
                // Counts are worth less than the ledger: whatever it is, the rest goes on without them.
                logger.LogError(e, "The counts of {Organisation} in {Path} cannot be kept: {Reason}", organisation, Path, e.Message);
                if (e is SqliteException { SqliteErrorCode: 11 or 26 })
                {
                    UnitFile.Delete(Path);
                }
            }

            await Task.Delay(Limits.LogStoppedPause, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        if (await IsAheadAsync(cancellationToken))
        {
            // The store was restored from a backup older than the counts.
            UnitFile.Delete(Path);
        }

        using UnitFile counts = UnitFile.Open(Path);
        try
        {
            file = counts;
            StorePosition end = StorePosition.Start;
            while (true)
            {
                long began = time.GetTimestamp();
                UnitBatch batch = new(organisation);
                await foreach (RecordedEvent stored in store.ReadAllAsync(ReadDirection.Forwards, counts.Position, Limits.CountedAtOnce, cancellationToken))
                {
                    batch.Add(stored);
                }

                if (batch.Last is not null)
                {
                    counts.TryApply(batch);
                }

                behind = batch.Events == Limits.CountedAtOnce;
                // Counts are looked at when a month is over: while anything is recorded, they have a small share of one core and fall behind.
                StorePosition now = await EndAsync(cancellationToken);
                TimeSpan rest = now == end ? Limits.CountingGap : time.GetElapsedTime(began) * Limits.CountingRest;
                end = now;
                await Task.Delay(behind ? rest : TimeSpan.FromTicks(Math.Max(rest.Ticks, Limits.CountingPause.Ticks)), time, cancellationToken);
            }
        }
        finally
        {
            file = null;
        }
    }

    private async Task<bool> IsAheadAsync(CancellationToken cancellationToken)
    {
        using UnitFile counts = UnitFile.Open(Path);
        return counts.Position > await EndAsync(cancellationToken);
    }

    /// <summary>Where the store's last event is; its start while it is empty.</summary>
    private async ValueTask<StorePosition> EndAsync(CancellationToken cancellationToken)
    {
        await foreach (RecordedEvent last in store.ReadAllAsync(ReadDirection.Backwards, StorePosition.End, 1, cancellationToken))
        {
            return last.Position;
        }

        return StorePosition.Start;
    }
}
