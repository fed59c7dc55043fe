using Ledger.Contracts;
using Ledger.Contracts.Workers;
using Ledger.Silo.Decisions;
using Ledger.Silo.Transparency;

namespace Ledger.Silo.Workers;

/// <summary>Decides what becomes of decisions handed to a worker. Pure: ids come in, nothing is read or written.</summary>
internal static class WorkerDecisions
{
    /// <summary>What becomes of each: an event to append, a repeat of a stored one, or a repeat within the batch.</summary>
    public static Verdict[] Record(WorkerState state, ReadOnlySpan<PseudonymousDecision> decisions, Func<Guid> newId)
    {
        Verdict[] verdicts = new Verdict[decisions.Length];
        Dictionary<Guid, int>? first = decisions.Length > 1 ? new(decisions.Length) : null;
        for (int i = 0; i < decisions.Length; i++)
        {
            PseudonymousDecision decision = decisions[i];
            if (state.Decisions.TryFind(decision.DecisionId, out long revision))
            {
                verdicts[i] = Verdict.RepeatOf(revision);
            }
            else if (first is not null && !first.TryAdd(decision.DecisionId, i))
            {
                verdicts[i] = DecisionDifference.Find(Whole(decisions[first[decision.DecisionId]]), Whole(decision)) is { } field
                    ? Verdict.Refuse(new Refusal(RefusalCode.AlreadyRecordedDifferently, field))
                    : Verdict.SameAs(first[decision.DecisionId]);
            }
            else
            {
                verdicts[i] = Verdict.Append(new EventDraft(newId(), Contracts.Decisions.DecisionRecorded.Type, decision.Data, decision.Personal));
            }
        }

        return verdicts;
    }

    /// <summary>The decision with its personal part in the clear, as it is read back.</summary>
    public static byte[] Whole(PseudonymousDecision decision) => [.. decision.Data.AsSpan(0, decision.Data.Length - 1), .. ",\"personal\":"u8, .. decision.Personal, (byte)'}'];
}

/// <summary>What becomes of one decision of a batch: exactly one member is set.</summary>
internal readonly record struct Verdict(EventDraft? Draft, long? Revision, int? Twin, Refusal? Refusal)
{
    public static Verdict Append(EventDraft draft) => new(draft, null, null, null);

    public static Verdict RepeatOf(long revision) => new(null, revision, null, null);

    public static Verdict SameAs(int twin) => new(null, null, twin, null);

    public static Verdict Refuse(Refusal refusal) => new(null, null, null, refusal);
}
