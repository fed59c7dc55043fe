using Ledger.Api.Access;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ledger.Api.Decisions;

/// <summary>Has what was refused recorded: soon after the first, then at most once in an interval, and once more at the end. Sleeps while nothing is refused.</summary>
internal sealed class RefusedKeeper(
    RefusedTally tally, GrainReferences<IRefusedDecisions> refused, Gatekeeper gatekeeper, TimeProvider time, ILogger<RefusedKeeper> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await tally.AnyAsync(stoppingToken);
            await Task.Delay(Limits.RefusedGathering, time, stoppingToken);
            while (!await RecordAsync(stoppingToken))
            {
                await Task.Delay(Limits.RefusedRetry, time, stoppingToken);
            }

            await Task.Delay(Limits.RefusedInterval, time, stoppingToken);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Limits.RefusedLastTry);
        try
        {
            // What waited for the store, then what was counted meanwhile.
            _ = await RecordAsync(patience.Token) && await RecordAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // Told below.
        }

        if (tally.Left is > 0 and var left)
        {
            logger.LogWarning("The process stops, and the counts of {Decisions} decisions that were refused at intake could not be recorded.", left);
        }
    }

    /// <summary>Whether all that was closed is recorded.</summary>
    private async Task<bool> RecordAsync(CancellationToken cancellationToken)
    {
        foreach (ClosedCount count in tally.Close())
        {
            if (await TryRecordAsync(count, cancellationToken) is { } refusal)
            {
                logger.LogWarning("What was refused at intake of {Organisation} cannot be recorded now: {Code}. It is tried again.", count.Organisation, refusal.Code);
                return false;
            }

            tally.Recorded(count);
        }

        return true;
    }

    /// <summary>Nothing once it is recorded, or why it is not yet.</summary>
    private async Task<Refusal?> TryRecordAsync(ClosedCount count, CancellationToken cancellationToken)
    {
        try
        {
            RefusedCount[] counts = new RefusedCount[count.Counts.Count];
            for (int i = 0; i < counts.Length; i++)
            {
                (Caller? producer, RefusedKind kind, long decisions) = count.Counts[i];
                bool own = string.Equals(producer?.Organisation, count.Organisation, StringComparison.Ordinal);
                counts[i] = new RefusedCount(
                    own ? (await gatekeeper.IdentityOfAsync(producer!).AsTask().WaitAsync(cancellationToken)).Person : null, kind.System, RefusalStatus.ReasonOf(kind.Code), kind.Field, kind.DataCategory,
                    kind.Various ? true : null, decisions);
            }

            Refusal? refusal = await refused.Of(count.Organisation).RecordAsync(new RefusedReport(count.Id, count.From, count.To, counts)).WaitAsync(cancellationToken);
            return IsNotServed(refusal) ? null : refusal;
        }
        catch (RefusedException e)
        {
            return IsNotServed(e.Refusals[0]) ? null : e.Refusals[0];
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // Grains that do not answer, or a stream that somebody changed: decisions are recorded all the same.
            logger.LogWarning(e, "The grain that records what was refused at intake of {Organisation} does not answer.", count.Organisation);
            return new Refusal(RefusalCode.ServiceUnavailable, "");
        }
    }

    // Of an organisation that is not served here there is nothing to record.
    private static bool IsNotServed(Refusal? refusal) => refusal is { Code: RefusalCode.UnknownOrganisation or RefusalCode.NotPermitted };
}
