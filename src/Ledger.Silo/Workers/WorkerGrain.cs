using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.Silo.Decisions;
using Ledger.Silo.Hosting;
using Ledger.Silo.Transparency;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Placement;

namespace Ledger.Silo.Workers;

/// <summary>
/// Worker: load, decide, append at the exact revision, fold. Safe to be active twice: the store decides who was first, the other
/// folds again and decides again with the same event ids.
/// </summary>
[PreferLocalPlacement]
internal sealed class WorkerGrain : Grain, IWorker
{
    private readonly WorkerStream stream;
    private readonly TrailReader trail;
    private readonly TimeProvider time;
    private readonly Entropy entropy;
    private readonly ILogger<WorkerGrain> logger;
    private readonly string worker;
    private WorkerState? state;
    private TaskCompletionSource changed = NewSignal();

    public WorkerGrain(IGrainContext context, IEventStore store, TimeProvider time, Entropy entropy, ILogger<WorkerGrain> logger)
    {
        string key = context.GrainId.Key.ToString()!;
        int slash = key.IndexOf('/', StringComparison.Ordinal);
        worker = key[(slash + 1)..];
        stream = new WorkerStream(store, key[..slash], worker, time, entropy);
        trail = new TrailReader(store, stream.Name, worker);
        this.time = time;
        this.entropy = entropy;
        this.logger = logger;
    }

    public async Task<RecordResult[]> RecordAsync(Immutable<PseudonymousDecision[]> decisions, CallContext context)
    {
        RecordResult[] results = new RecordResult[decisions.Value.Length];
        Verdict[] verdicts;
        try
        {
            state ??= await stream.FoldAsync(CancellationToken.None);
            verdicts = WorkerDecisions.Record(state, decisions.Value, entropy.NewId);
            for (int start = 0; start < verdicts.Length;)
            {
                int end = EndOfAppend(verdicts, start);
                verdicts = await AppendAsync(decisions.Value, verdicts, start, end, context, results);
                start = end;
            }
        }
        catch (EventStoreUnavailableException e)
        {
            // What was written is unknown: the next call folds again and sees.
            state = null;
            logger.LogWarning(e, "The store did not take an append.");
            Refuse(results, StoreRefusal.From(e));
            return results;
        }

        await AnswerRepeatsAsync(decisions.Value, verdicts, results);
        await ExtendIndexAsync();
        return results;
    }

    public async Task<TrailAnswer> GetAsync(Guid decisionId)
    {
        try
        {
            state ??= await stream.FoldAsync(CancellationToken.None);
            if (!state.Decisions.TryFind(decisionId, out _))
            {
                // Another silo may hold this worker too and have recorded it.
                state = await stream.FoldAsync(CancellationToken.None);
            }

            return state.Decisions.TryFind(decisionId, out long revision)
                && await trail.OneAsync(revision, CancellationToken.None) is { } entry
                ? new TrailAnswer([entry], null, state.LastRevision)
                : new TrailAnswer([], null, state.LastRevision, new Refusal(RefusalCode.NotFound, "name"));
        }
        catch (EventStoreUnavailableException e)
        {
            return new TrailAnswer([], null, Revisions.NoStream, StoreRefusal.From(e));
        }
    }

    public async Task<TrailAnswer> ReadAsync(TrailQuery query)
    {
        try
        {
            return await trail.PageAsync(query, CancellationToken.None);
        }
        catch (EventStoreUnavailableException e)
        {
            return new TrailAnswer([], null, Revisions.NoStream, StoreRefusal.From(e));
        }
    }

    public async Task<TrailAnswer> AwaitAsync(long afterRevision, TimeSpan patience)
    {
        try
        {
            // Taken before reading: what is appended in between is not slept through.
            Task signal = changed.Task;
            TrailAnswer answer = await trail.AfterAsync(afterRevision, CancellationToken.None);
            if (answer.LastRevision > afterRevision)
            {
                return answer;
            }

            await signal.WaitAsync(patience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            return await trail.AfterAsync(afterRevision, CancellationToken.None);
        }
        catch (EventStoreUnavailableException e)
        {
            return new TrailAnswer([], null, afterRevision, StoreRefusal.From(e));
        }
    }

    public async Task<StoredAnswer> ReadStoredAsync(long fromRevision)
    {
        try
        {
            return new StoredAnswer(await trail.StoredAsync(fromRevision, CancellationToken.None));
        }
        catch (EventStoreUnavailableException e)
        {
            return new StoredAnswer([], StoreRefusal.From(e));
        }
    }

    /// <summary>Appends the drafts of [start, end). After a conflict it folds, decides again and goes on; the verdicts may then differ.</summary>
    private async ValueTask<Verdict[]> AppendAsync(
        PseudonymousDecision[] decisions, Verdict[] verdicts, int start, int end, CallContext context, RecordResult[] results)
    {
        for (int attempt = 0; attempt < Limits.AppendTries; attempt++)
        {
            DateTimeOffset now = time.GetUtcNow();
            ChainedEvent[] chained = Chain(verdicts, start, end, context, now);
            if (chained.Length == 0)
            {
                return verdicts;
            }

            NewEvent[] events = Array.ConvertAll(chained, c => c.Event);
            AppendResult appended = await stream.AppendAsync(state!.LastRevision, events, CancellationToken.None);
            if (appended.Appended)
            {
                Accept(decisions, verdicts, start, end, chained, appended, now, results);
                return verdicts;
            }

            state = await stream.FoldAsync(CancellationToken.None);
            verdicts = DecideAgain(decisions, verdicts);
        }

        throw new EventStoreUnavailableException("The stream kept moving.", Limits.RetryAfter);
    }

    private ChainedEvent[] Chain(Verdict[] verdicts, int start, int end, CallContext context, DateTimeOffset now)
    {
        int count = 0;
        for (int i = start; i < end; i++)
        {
            count += verdicts[i].Draft is null ? 0 : 1;
        }

        ChainedEvent[] chained = new ChainedEvent[count];
        ReadOnlyMemory<byte> salt = state!.NextSalt;
        for (int i = start, n = 0; i < end; i++)
        {
            if (verdicts[i].Draft is { } draft)
            {
                chained[n] = ChainedEvent.Compose(
                    draft, stream.Name, state.LastRevision + 1 + n, state.LastRevision + count, salt, now, context, entropy);
                salt = chained[n++].NextSalt;
            }
        }

        return chained;
    }

    private void Accept(
        PseudonymousDecision[] decisions, Verdict[] verdicts, int start, int end, ChainedEvent[] chained, AppendResult appended, DateTimeOffset now, RecordResult[] results)
    {
        int n = 0;
        for (int i = start; i < end; i++)
        {
            if (verdicts[i].Draft is not { } draft)
            {
                continue;
            }

            long revision = state!.LastRevision + 1;
            state.Apply(decisions[i].DecisionId, revision, chained[n].NextSalt);
            Receipt receipt = new(
                worker, decisions[i].DecisionId, draft.Id, revision, appended.Position.Commit, appended.Position.Prepare, chained[n].LeafHash, now);
            results[i] = new RecordResult(receipt, AlreadyRecorded: false, null);
            n++;
        }

        Telemetry.CountRecorded(n);
        TaskCompletionSource signal = changed;
        changed = NewSignal();
        signal.TrySetResult();
    }

    /// <summary>Decides again after a fold; a draft that still stands keeps its event id.</summary>
    private Verdict[] DecideAgain(PseudonymousDecision[] decisions, Verdict[] before)
    {
        Verdict[] after = WorkerDecisions.Record(state!, decisions, entropy.NewId);
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
            return DecisionDifference.Find(recorded.Data, decision.Data) is { } field
                ? new RecordResult(null, false, new Refusal(RefusalCode.AlreadyRecordedDifferently, field))
                : new RecordResult(recorded.Receipt, AlreadyRecorded: true, null);
        }
        catch (EventStoreUnavailableException e)
        {
            return new RecordResult(null, false, StoreRefusal.From(e));
        }
    }

    private async ValueTask ExtendIndexAsync()
    {
        try
        {
            await stream.ExtendIndexAsync(state!, CancellationToken.None);
        }
        catch (EventStoreUnavailableException e)
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
            bytes += verdicts[end].Draft?.Data.Length + 1024 ?? 0;
            if (bytes > Limits.AppendBytes && end > start)
            {
                break;
            }
        }

        return end;
    }

    private static void Refuse(RecordResult[] results, Refusal refusal)
    {
        for (int i = 0; i < results.Length; i++)
        {
            if (results[i] is null)
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

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
