using System.Security.Cryptography;
using System.Text.Json;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Workers.Sealing;

namespace Ledger.Silo.Organisations.Retention;

/// <summary>
/// Finds the classes and months whose time is over and, when told to, destroys their retention keys: decided on the record first, then what holds
/// keep put aside, then destroyed, then recorded as done. Killed anywhere, the next run ends it. Safe beside silos that run, and beside another run.
/// </summary>
internal sealed class RetentionRun(
    IEventStore store, WorkerKeys keys, RetentionSchedule schedule, string organisation, TimeProvider time, Entropy entropy)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    private readonly OrganisationStream stream = new(store, organisation, time, entropy);
    private readonly DateTimeOffset now = time.GetUtcNow();

    private DateOnly Today => DateOnly.FromDateTime(now.UtcDateTime);

    /// <summary>What would go and what stays. Changes nothing.</summary>
    public async Task<RetentionFindings> LookAsync(CancellationToken cancellationToken)
    {
        RetentionState state = (await stream.FoldAsync(cancellationToken)).Retention;
        return Find(await SurveyAsync(state, cancellationToken), state);
    }

    /// <summary>Destroys what may go. Returns what that was, and what stays.</summary>
    /// <exception cref="InvalidDataException">A key that must be there is not: this is not the ledger's store of keys, or an old one.</exception>
    public async Task<RetentionFindings> ApplyAsync(CancellationToken cancellationToken)
    {
        OrganisationState state = await stream.FoldAsync(cancellationToken);
        RetentionSurvey survey = await SurveyAsync(state.Retention, cancellationToken);
        RetentionFindings findings = Find(survey, state.Retention);
        HashSet<Guid> ours = [];
        while (true)
        {
            // Decided by a run that broke off, or by this one; those of a run with another schedule are for that one to end.
            foreach (RetentionDecided pending in state.Retention.Pending.Values.Where(p => p.Periods.All(e => survey.Covers(PeriodOf(e)))))
            {
                await FinishAsync(pending, survey, wasCutOff: !ours.Contains(pending.RetentionId), cancellationToken);
            }

            state = await stream.FoldAsync(cancellationToken);
            if (Decide(survey, state.Retention) is not { } decided)
            {
                return findings;
            }

            await CheckKeysAsync(decided, cancellationToken);
            // Not appended: something else was, so look again before deciding.
            if (await stream.TryAppendAsync(
                state, RetentionDecided.Type, JsonSerializer.SerializeToUtf8Bytes(decided, OrganisationJson.Default.RetentionDecided), cancellationToken))
            {
                ours.Add(decided.RetentionId);
            }

            state = await stream.FoldAsync(cancellationToken);
        }
    }

    /// <summary>
    /// Destroys again what the history says is destroyed. For every start: a backup of keys that was restored must bring nothing back. One from before a
    /// run has the retention keys and not what the run kept of them for holds: that is made again first.
    /// </summary>
    /// <returns>How many keys, or gaps where one could have been made, it found and destroyed.</returns>
    public static async ValueTask<int> DestroyAgainAsync(WorkerKeys keys, string organisation, RetentionState state, CancellationToken cancellationToken)
    {
        foreach (IGrouping<RetentionPeriod, string> period in state.Kept.GroupBy(k => k.Period, k => k.Worker))
        {
            await KeepAsync(keys, organisation, period.Key, [.. period], cancellationToken);
        }

        return await keys.DestroyAllAsync(organisation, state.DestroyedHolders, cancellationToken);
    }

    private async Task<RetentionSurvey> SurveyAsync(RetentionState state, CancellationToken cancellationToken)
    {
        HashSet<RetentionPeriod> pending = [.. state.Pending.Values.SelectMany(p => p.Periods).Select(PeriodOf)];
        RetentionSurvey survey = new(store, organisation, period => pending.Contains(period) || Due(period) is not null);
        await survey.ReadOnAsync(cancellationToken);
        return survey;
    }

    private (RetentionRule Rule, DateTimeOffset Since)? Due(RetentionPeriod period) =>
        schedule.RuleFor(period.Class, Today) is { } rule && schedule.DueSince(period, rule, Today) is var since && since <= now ? (rule, since) : null;

    /// <summary>The next part of what may go and is not decided yet, as much as one event holds; null when there is nothing more.</summary>
    private RetentionDecided? Decide(RetentionSurvey survey, RetentionState state)
    {
        HashSet<RetentionPeriod> pending = [.. state.Pending.Values.SelectMany(p => p.Periods).Select(PeriodOf)];
        HashSet<(RetentionPeriod, string)> releasing = [.. state.Pending.Values.SelectMany(p => RetentionState.Each(p.Released))];
        (RetentionPeriod, string)[] released =
            [.. state.Kept.Where(k => !survey.IsOnHold(k.Worker) && !releasing.Contains(k)).Take(Limits.RetentionWorkersAtOnce)];
        List<EndedPeriod> periods = [];
        int lines = released.Length;
        foreach (RetentionPeriod period in InOrder(survey.Periods.Where(p => !state.Ended.Contains(p) && !pending.Contains(p))))
        {
            if (Due(period) is var (rule, since))
            {
                lines += 1 + survey.WorkersOf(period).Count(survey.IsOnHold);
                if (lines > Limits.RetentionWorkersAtOnce && periods.Count + released.Length > 0)
                {
                    break;
                }

                periods.Add(new EndedPeriod(period.Class, period.Month, survey.DecisionsOf(period), rule.Months, since, rule.Source));
            }
        }

        return periods.Count + released.Length == 0 ? null : new RetentionDecided(entropy.NewId(), organisation, periods, RetentionState.Grouped(released));
    }

    // Before anything is decided: with a strange store of keys nothing could be kept for a hold, and the true keys would be destroyed at the next start.
    private async Task CheckKeysAsync(RetentionDecided decided, CancellationToken cancellationToken)
    {
        FoundKey[] found = await keys.FindAllAsync(organisation, [.. decided.Periods.Select(p => PeriodOf(p).Holder)], cancellationToken);
        int missing = Array.FindIndex(found, f => f is { Key: null, IsDestroyed: false });
        if (missing >= 0)
        {
            throw new InvalidDataException(
                $"The store of keys has no key of retention class “{decided.Periods[missing].Class}” of {decided.Periods[missing].Month}, though decisions are sealed with it. It is not this ledger's, or an old backup of it. Nothing was destroyed.");
        }
    }

    private async Task FinishAsync(RetentionDecided decided, RetentionSurvey survey, bool wasCutOff, CancellationToken cancellationToken)
    {
        // A hold that was placed before the decision counts, so read at least as far as that.
        await survey.ReadOnAsync(cancellationToken);
        while (!survey.HasMet(decided.RetentionId))
        {
            await Task.Delay(BetweenLooks, time, cancellationToken);
            await survey.ReadOnAsync(cancellationToken);
        }

        List<(RetentionPeriod, string)> kept = [];
        foreach (RetentionPeriod period in decided.Periods.Select(PeriodOf))
        {
            string[] held = [.. survey.WorkersOf(period).Where(survey.IsOnHold)];
            kept.AddRange((await KeepAsync(period, held, cancellationToken)).Select(worker => (period, worker)));
            await keys.DestroyAllAsync(organisation, [period.Holder], cancellationToken);
            if (wasCutOff)
            {
                // The run that broke off may have kept some of workers whose hold was lifted since; no event names them.
                await DestroySharesAsync([.. survey.WorkersOf(period).Where(w => !survey.IsOnHold(w)).Select(period.HolderOfShare)], cancellationToken);
            }
        }

        await keys.DestroyAllAsync(organisation, RetentionState.Each(decided.Released).Select(r => r.Period.HolderOfShare(r.Worker)), cancellationToken);
        await RecordAppliedAsync(new RetentionApplied(decided.RetentionId, organisation, RetentionState.Grouped(kept)), cancellationToken);
    }

    /// <summary>Puts aside the shares of workers on hold, while there is something to make them from. Returns of whom there is one.</summary>
    private async Task<string[]> KeepAsync(RetentionPeriod period, string[] held, CancellationToken cancellationToken)
    {
        if (held.Length == 0)
        {
            return [];
        }

        await KeepAsync(keys, organisation, period, held, cancellationToken);
        FoundKey[] found = await keys.FindAllAsync(organisation, [.. held.Select(period.HolderOfShare)], cancellationToken);
        return [.. held.Where((_, i) => found[i].Key is not null)];
    }

    private static async Task KeepAsync(WorkerKeys keys, string organisation, RetentionPeriod period, string[] held, CancellationToken cancellationToken)
    {
        if ((await keys.FindAllAsync(organisation, [period.Holder], cancellationToken))[0].Key is { } bytes)
        {
            RetentionKey key = new(bytes);
            (string, byte[])[] shares = Array.ConvertAll(held, w => (period.HolderOfShare(w), key.ShareOf(Workers.WorkerStream.NameOf(organisation, w), period)));
            CryptographicOperations.ZeroMemory(bytes);
            await keys.KeepAsync(organisation, shares, cancellationToken);
        }
    }

    private async Task DestroySharesAsync(string[] holders, CancellationToken cancellationToken)
    {
        FoundKey[] found = await keys.FindAllAsync(organisation, holders, cancellationToken);
        await keys.DestroyAllAsync(organisation, holders.Where((_, i) => found[i].Key is not null), cancellationToken);
    }

    private async Task RecordAppliedAsync(RetentionApplied applied, CancellationToken cancellationToken)
    {
        byte[] data = JsonSerializer.SerializeToUtf8Bytes(applied, OrganisationJson.Default.RetentionApplied);
        OrganisationState state;
        do
        {
            state = await stream.FoldAsync(cancellationToken);
        }
        while (state.Retention.Pending.ContainsKey(applied.RetentionId)
            && !await stream.TryAppendAsync(state, RetentionApplied.Type, data, cancellationToken));
    }

    private RetentionFindings Find(RetentionSurvey survey, RetentionState state)
    {
        Dictionary<RetentionPeriod, EndedPeriod> begun = state.Pending.Values.SelectMany(p => p.Periods).DistinctBy(PeriodOf).ToDictionary(PeriodOf);
        List<EndingPeriod> ending = [];
        List<RetentionPeriod> staying = [];
        foreach (RetentionPeriod period in InOrder(survey.Periods.Where(p => !state.Ended.Contains(p))))
        {
            (int Months, DateTimeOffset Since, string Source)? over =
                begun.TryGetValue(period, out EndedPeriod? before) ? (before.Months, before.DueSince, before.Source)
                : Due(period) is var (rule, since) ? (rule.Months, since, rule.Source) : null;
            if (over is var (months, due, source))
            {
                int held = survey.WorkersOf(period).Count(survey.IsOnHold);
                ending.Add(new EndingPeriod(
                    period.Class, period.Month, survey.DecisionsOf(period), survey.WorkersOf(period).Count(), held, months, due, source, begun.ContainsKey(period)));
            }
            else
            {
                staying.Add(period);
            }
        }

        return new RetentionFindings(
            organisation, schedule.Profile, schedule.HasRules, ending, [.. staying.GroupBy(p => p.Class, StringComparer.Ordinal).Select(c => Staying(c.Key, [.. c], survey))],
            state.Kept.Where(k => !survey.IsOnHold(k.Worker)).Select(k => k.Worker).Distinct(StringComparer.Ordinal).Count(), state.Ended.Count, survey.Earlier);
    }

    private StayingClass Staying(string @class, RetentionPeriod[] periods, RetentionSurvey survey)
    {
        RetentionRule? rule = schedule.RuleFor(@class, Today);
        return new StayingClass(
            @class, periods.Sum(survey.DecisionsOf), rule?.Months, rule is null ? null : periods.Min(p => schedule.DueSince(p, rule, Today)), rule?.Source);
    }

    private static IEnumerable<RetentionPeriod> InOrder(IEnumerable<RetentionPeriod> periods) =>
        periods.OrderBy(p => p.Class, StringComparer.Ordinal).ThenBy(p => p.Month, StringComparer.Ordinal);

    private static RetentionPeriod PeriodOf(EndedPeriod period) => new(period.Class, period.Month);
}
