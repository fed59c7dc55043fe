using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.Silo.Decisions;
using Ledger.Silo.Hosting;
using Ledger.Silo.Transparency;
using Microsoft.Extensions.Logging;

namespace Ledger.Silo.Workers;

/// <summary>Records decisions about one worker: each once, in as few appends as may be, whatever else moves the stream meanwhile.</summary>
internal sealed class DecisionRecording(
    string worker, WorkerStream stream, WorkerHistory history, TrailReader trail, Entropy entropy, ILogger logger)
{
    public async Task<RecordResult[]> RecordAsync(PseudonymousDecision[] decisions, CallContext context)
    {
        RecordResult[] results = new RecordResult[decisions.Length];
        Verdict[] verdicts = [];
        try
        {
            verdicts = WorkerDecisions.Record(await history.StateAsync(), decisions, entropy.NewId);
            for (int start = 0; start < verdicts.Length;)
            {
                int end = EndOfAppend(verdicts, start);
                verdicts = await AppendAsync(decisions, verdicts, start, end, context, results);
                start = end;
            }
        }
        catch (ErasedException)
        {
            // What is new is refused; what was recorded before still has its receipt.
            Refuse(results, new Refusal(RefusalCode.Erased, ""), place => verdicts[place].Draft is not null);
        }
        catch (Exception e) when (StoreRefusal.Covers(e))
        {
            history.Forget();
            logger.LogWarning(e, "The store did not take an append.");
            Refuse(results, StoreRefusal.Of(e), _ => true);
            return results;
        }

        await AnswerRepeatsAsync(decisions, verdicts, results);
        await ExtendIndexAsync();
        return results;
    }

    /// <summary>Appends the drafts of [start, end). After a conflict it folds, decides again and goes on; the verdicts may then differ.</summary>
    private async ValueTask<Verdict[]> AppendAsync(
        PseudonymousDecision[] decisions, Verdict[] verdicts, int start, int end, CallContext context, RecordResult[] results)
    {
        for (int attempt = 0; attempt < Limits.AppendTries; attempt++)
        {
            EventDraft[] drafts = Drafts(verdicts, start, end);
            if (drafts.Length == 0)
            {
                return verdicts;
            }

            if (await history.TryAppendAsync(drafts, context) is { } appended)
            {
                Accept(decisions, verdicts, start, end, appended, results);
                return verdicts;
            }

            verdicts = DecideAgain(await history.StateAsync(), decisions, verdicts);
        }

        throw WorkerHistory.Moving();
    }

    private static EventDraft[] Drafts(Verdict[] verdicts, int start, int end)
    {
        int count = 0;
        for (int i = start; i < end; i++)
        {
            count += verdicts[i].Draft is null ? 0 : 1;
        }

        EventDraft[] drafts = new EventDraft[count];
        for (int i = start, n = 0; i < end; i++)
        {
            if (verdicts[i].Draft is { } draft)
            {
                drafts[n++] = draft;
            }
        }

        return drafts;
    }

    private void Accept(PseudonymousDecision[] decisions, Verdict[] verdicts, int start, int end, AppendedEvents appended, RecordResult[] results)
    {
        int n = 0;
        for (int i = start; i < end; i++)
        {
            if (verdicts[i].Draft is { } draft)
            {
                Receipt receipt = new(
                    worker, decisions[i].DecisionId, draft.Id, appended.FirstRevision + n, appended.Position.Commit, appended.Position.Prepare,
                    appended.Events[n].LeafHash, appended.RecordedAt);
                results[i] = new RecordResult(receipt, AlreadyRecorded: false, null);
                n++;
            }
        }

        Telemetry.CountRecorded(n);
    }

    /// <summary>Decides again after a fold; a draft that still stands keeps its event id.</summary>
    private Verdict[] DecideAgain(WorkerState state, PseudonymousDecision[] decisions, Verdict[] before)
    {
        Verdict[] after = WorkerDecisions.Record(state, decisions, entropy.NewId);
        for (int i = 0; i < after.Length; i++)
        {
            if (after[i].Draft is { } draft && before[i].Draft is { } kept)
            {
                after[i] = Verdict.Append(draft with { Id = kept.Id });
            }
        }

        return after;
    }

    private async ValueTask AnswerRepeatsAsync(PseudonymousDecision[] decisions, Verdict[] verdicts, RecordResult[] results)
    {
        for (int i = 0; i < verdicts.Length; i++)
        {
            if (results[i] is not null)
            {
                continue;
            }

            results[i] = verdicts[i] switch
            {
                { Revision: { } revision } => await AnswerRepeatAsync(decisions[i], revision),
                { Twin: { } twin } => results[twin] with { AlreadyRecorded = results[twin].Receipt is not null },
                { Refusal: { } refusal } => new RecordResult(null, false, refusal),
                _ => throw new InvalidOperationException("A draft was neither appended nor refused."),
            };
            Count(results[i]);
        }
    }

    private async ValueTask<RecordResult> AnswerRepeatAsync(PseudonymousDecision decision, long revision)
    {
        try
        {
            TrailEntry recorded = await trail.OneAsync(revision, CancellationToken.None)
                ?? throw new EventStoreUnavailableException("A recorded event could not be read.", Limits.RetryAfter);
            // Of what is gone only the act can be held against a repeat.
            byte[] repeated = recorded.Erased || recorded.RetentionEnded ? decision.Data : WorkerDecisions.Whole(decision);
            return DecisionDifference.Find(recorded.Data, repeated) is { } field
                ? new RecordResult(null, false, new Refusal(RefusalCode.AlreadyRecordedDifferently, field))
                : new RecordResult(recorded.Receipt, AlreadyRecorded: true, null);
        }
        catch (Exception e) when (StoreRefusal.Covers(e))
        {
            return new RecordResult(null, false, StoreRefusal.Of(e));
        }
    }

    private async ValueTask ExtendIndexAsync()
    {
        try
        {
            await stream.ExtendIndexAsync(await history.StateAsync(), CancellationToken.None);
        }
        catch (Exception e) when (StoreRefusal.Covers(e))
        {
            // The decisions are durable; the index only spares reading and is tried again at the next call.
            logger.LogWarning(e, "A trail index could not be extended.");
        }
    }

    private static int EndOfAppend(Verdict[] verdicts, int start)
    {
        int bytes = 0;
        int end = start;
        for (; end < verdicts.Length && end - start < Limits.AppendEvents; end++)
        {
            bytes += verdicts[end].Draft is { } draft ? draft.Data.Length + (draft.Personal.Length * 3 / 2) + 1024 : 0;
            if (bytes > Limits.AppendBytes && end > start)
            {
                break;
            }
        }

        return end;
    }

    private static void Refuse(RecordResult[] results, Refusal refusal, Func<int, bool> which)
    {
        for (int i = 0; i < results.Length; i++)
        {
            if (results[i] is null && which(i))
            {
                results[i] = new RecordResult(null, false, refusal);
                Telemetry.CountRefused(refusal.Code);
            }
        }
    }

    private static void Count(RecordResult result)
    {
        if (result.Refusal is { } refusal)
        {
            Telemetry.CountRefused(refusal.Code);
        }
        else
        {
            Telemetry.CountRepeated();
        }
    }
}
