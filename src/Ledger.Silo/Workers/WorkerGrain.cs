using Ledger.Contracts;
using Ledger.Contracts.Access;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations;
using Ledger.Silo.Transparency;
using Ledger.Silo.Workers.Sealing;
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
    private readonly WorkerHistory history;
    private readonly WorkerSeal seal;
    private readonly TrailReader trail;
    private readonly DecisionRecording recording;
    private readonly OrganisationStream organisationStream;
    private readonly TimeProvider time;
    private readonly Entropy entropy;
    private readonly string organisation;
    private readonly string worker;

    public WorkerGrain(
        IGrainContext context, IEventStore store, WorkerKeys keys, TimeProvider time, Entropy entropy, ILogger<WorkerGrain> logger)
    {
        string key = context.GrainId.Key.ToString()!;
        int slash = key.IndexOf('/', StringComparison.Ordinal);
        organisation = key[..slash];
        worker = key[(slash + 1)..];
        WorkerStream stream = new(store, organisation, worker, time, entropy);
        seal = new WorkerSeal(organisation, worker, stream.Name, keys, entropy);
        history = new WorkerHistory(stream, seal, time, entropy);
        trail = new TrailReader(store, stream.Name, worker, seal);
        recording = new DecisionRecording(worker, stream, history, trail, entropy, logger);
        organisationStream = new OrganisationStream(store, organisation, time, entropy);
        this.time = time;
        this.entropy = entropy;
    }

    public Task<RecordResult[]> RecordAsync(Immutable<PseudonymousDecision[]> decisions, CallContext context) => recording.RecordAsync(decisions.Value, context);

    public async Task<TrailAnswer> GetAsync(Guid decisionId)
    {
        try
        {
            WorkerState state = await history.StateAsync();
            if (!state.Decisions.TryFind(decisionId, out _))
            {
                // Another silo may hold this worker too and have recorded it.
                state = await history.FoldAgainAsync();
            }

            return state.Decisions.TryFind(decisionId, out long revision)
                && await trail.OneAsync(revision, CancellationToken.None) is { } entry
                ? new TrailAnswer([entry], null, state.LastRevision)
                : new TrailAnswer([], null, state.LastRevision, new Refusal(RefusalCode.NotFound, "name"));
        }
        catch (Exception e) when (StoreRefusal.Covers(e))
        {
            return new TrailAnswer([], null, Revisions.NoStream, StoreRefusal.Of(e));
        }
    }

    public async Task<Refusal?> AdmitAsync(Reader reader, Look? look, CallContext context)
    {
        if (reader.NeedsMandate && await CatchUpAsync() is { } unreadable)
        {
            return unreadable;
        }

        Guid eventId = entropy.NewId();
        return await AppendAsync(state => WorkerMandates.Look(state, organisation, worker, reader, look, time.GetUtcNow(), eventId), context);
    }

    public async Task<ProtectionAnswer> ProtectAsync(ProtectionCommand command, CallContext context)
    {
        Guid eventId = entropy.NewId();
        Refusal? refusal = await AppendAsync(state => state.Protection.Decide(organisation, worker, command, eventId), context);
        try
        {
            WorkerState state = await history.StateAsync();
            if (state.Protection.Erased is not null)
            {
                // In this order, and again whenever it is asked: killed in between, the erasure is on record and is finished by the next call.
                await organisationStream.RecordErasedAsync(worker, CancellationToken.None);
                await seal.DestroyKeyAsync();
            }

            return state.Protection.ToAnswer(refusal);
        }
        catch (Exception e) when (StoreRefusal.Covers(e))
        {
            return new ProtectionAnswer(null, null, null, null, [], StoreRefusal.Of(e));
        }
    }

    public async Task<ProtectionAnswer> ProtectionAsync()
    {
        try
        {
            return (await history.FoldAgainAsync()).Protection.ToAnswer(null);
        }
        catch (Exception e) when (StoreRefusal.Covers(e))
        {
            return new ProtectionAnswer(null, null, null, null, [], StoreRefusal.Of(e));
        }
    }

    public async Task<MandatesAnswer> GiveMandateAsync(GiveMandate command, CallContext context)
    {
        Guid eventId = entropy.NewId();
        return await MandateAsync(
            command.MandateId, await AppendAsync(state => WorkerMandates.Give(state, organisation, worker, command, eventId), context));
    }

    public async Task<MandatesAnswer> WithdrawMandateAsync(Guid mandateId, CallContext context)
    {
        Guid eventId = entropy.NewId();
        return await MandateAsync(
            mandateId, await AppendAsync(state => WorkerMandates.Withdraw(state, organisation, worker, mandateId, null, eventId), context));
    }

    public async Task<MandatesAnswer> EnterWithdrawalAsync(EnterWithdrawal command, CallContext context)
    {
        if (await CatchUpAsync() is { } unreadable)
        {
            return new MandatesAnswer([], unreadable);
        }

        try
        {
            DateTimeOffset now = time.GetUtcNow();
            // One event each: cut off in between, the same form entered again takes back the rest.
            while ((await history.StateAsync()).Mandates.Values.FirstOrDefault(m => m.IsMeantBy(command) && m.IsInForce(now)) is { } next)
            {
                Guid eventId = entropy.NewId();
                if (await AppendAsync(
                    state => WorkerMandates.Withdraw(state, organisation, worker, next.Given.MandateId, command.Desk, eventId), context) is { } refusal)
                {
                    return new MandatesAnswer([], refusal);
                }
            }

            List<Mandate> taken = [];
            foreach (FoldedMandate mandate in (await history.StateAsync()).Mandates.Values
                .Where(m => m.IsMeantBy(command) && string.Equals(m.WithdrawnDesk?.Form, command.Desk.Form, StringComparison.Ordinal)))
            {
                taken.Add(await trail.MandateAsync(mandate, CancellationToken.None));
            }

            return taken.Count > 0 ? new MandatesAnswer([.. taken])
                : new MandatesAnswer([], new Refusal(RefusalCode.NotFound, command.Number is null ? "representative" : "mandate"));
        }
        catch (Exception e) when (StoreRefusal.Covers(e))
        {
            return new MandatesAnswer([], StoreRefusal.Of(e));
        }
    }

    public async Task<MandatesAnswer> MandatesAsync()
    {
        try
        {
            WorkerState state = await history.FoldAgainAsync();
            List<Mandate> mandates = [];
            foreach (FoldedMandate mandate in state.Mandates.Values.OrderByDescending(m => m.Revision))
            {
                mandates.Add(await trail.MandateAsync(mandate, CancellationToken.None));
            }

            return new MandatesAnswer([.. mandates]);
        }
        catch (Exception e) when (StoreRefusal.Covers(e))
        {
            return new MandatesAnswer([], StoreRefusal.Of(e));
        }
    }

    public async Task<TrailAnswer> ReadAsync(TrailQuery query)
    {
        try
        {
            return await trail.PageAsync(query, CancellationToken.None);
        }
        catch (Exception e) when (StoreRefusal.Covers(e))
        {
            return new TrailAnswer([], null, Revisions.NoStream, StoreRefusal.Of(e));
        }
    }

    public async Task<TrailAnswer> AwaitAsync(long afterRevision, TimeSpan patience)
    {
        try
        {
            // Taken before reading: what is appended in between is not slept through.
            Task signal = history.Changed;
            TrailAnswer answer = await trail.AfterAsync(afterRevision, CancellationToken.None);
            if (answer.LastRevision > afterRevision)
            {
                return answer;
            }

            await signal.WaitAsync(patience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            return await trail.AfterAsync(afterRevision, CancellationToken.None);
        }
        catch (Exception e) when (StoreRefusal.Covers(e))
        {
            return new TrailAnswer([], null, afterRevision, StoreRefusal.Of(e));
        }
    }

    public async Task<StoredAnswer> ReadStoredAsync(long fromRevision, string[] withheld)
    {
        try
        {
            return new StoredAnswer(await trail.StoredAsync(fromRevision, withheld, CancellationToken.None));
        }
        catch (Exception e) when (StoreRefusal.Covers(e))
        {
            return new StoredAnswer([], StoreRefusal.Of(e));
        }
    }

    /// <summary>Another silo may hold this worker too, and have taken a mandate back.</summary>
    private async ValueTask<Refusal?> CatchUpAsync()
    {
        try
        {
            await history.CatchUpAsync();
            return null;
        }
        catch (Exception e) when (StoreRefusal.Covers(e))
        {
            return StoreRefusal.Of(e);
        }
    }

    /// <summary>Appends the one event that a decision makes, if it makes one; gives the refusal, if it makes that.</summary>
    private async ValueTask<Refusal?> AppendAsync(Func<WorkerState, (EventDraft? Draft, Refusal? Refusal)> decide, CallContext context)
    {
        Refusal? refusal = null;
        try
        {
            await history.AppendAsync(
                state =>
                {
                    (EventDraft? draft, refusal) = decide(state);
                    return draft;
                },
                context);
            return refusal;
        }
        catch (Exception e) when (StoreRefusal.Covers(e))
        {
            history.Forget();
            return StoreRefusal.Of(e);
        }
    }

    private async ValueTask<MandatesAnswer> MandateAsync(Guid mandateId, Refusal? refusal)
    {
        try
        {
            return refusal is null
                ? new MandatesAnswer([await trail.MandateAsync((await history.StateAsync()).Mandates[mandateId], CancellationToken.None)])
                : new MandatesAnswer([], refusal);
        }
        catch (Exception e) when (StoreRefusal.Covers(e))
        {
            return new MandatesAnswer([], StoreRefusal.Of(e));
        }
    }
}
