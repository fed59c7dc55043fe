using System.Diagnostics;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Verification;

namespace Ledger.Silo.Workers;

/// <summary>One worker's stream in the store: folding it, appending to it, and its trail index.</summary>
internal sealed class WorkerStream(IEventStore store, string organisation, string worker, TimeProvider time, Entropy entropy)
{
    private const string Prefix = "worker-";

    private readonly string indexName = $"trailindex-{organisation}-{worker}";
    private long coveredRevision = Revisions.NoStream;
    private long segments;

    public string Name { get; } = NameOf(organisation, worker);

    public static string NameOf(string organisation, string worker) => $"{Prefix}{organisation}-{worker}";

    /// <summary>Whose stream this is; nothing if it is of no worker of the organisation.</summary>
    public static string? WorkerOf(string organisation, string stream) =>
        LogLeaves.Holds(organisation, stream) && stream.StartsWith(Prefix, StringComparison.Ordinal) ? stream[(Prefix.Length + organisation.Length + 1)..] : null;

    public async Task<WorkerState> FoldAsync(CancellationToken cancellationToken)
    {
        WorkerState state = new();
        coveredRevision = Revisions.NoStream;
        segments = 0;
        RecordedEvent? last = await LastAsync(cancellationToken);
        if (last is null)
        {
            return state;
        }

        if (last.Revision >= Limits.TrailIndexSegment)
        {
            List<long> others;
            (coveredRevision, segments, others) = await TrailIndex.LoadAsync(store, indexName, state.Decisions, cancellationToken);
            if (coveredRevision > last.Revision)
            {
                // The index speaks of events that the store does not have, as after a restored backup: only the trail counts.
                (state, coveredRevision, others) = (new WorkerState(), Revisions.NoStream, []);
            }

            foreach (long revision in others)
            {
                await foreach (RecordedEvent stored in store.ReadStreamAsync(Name, ReadDirection.Forwards, revision, 1, cancellationToken))
                {
                    state.Apply(stored);
                }
            }

            state.Decisions.MarkSaved(0, coveredRevision);
        }

        long next = coveredRevision + 1;
        if (next > last.Revision)
        {
            state.Apply(last);
            return state;
        }

        await foreach (RecordedEvent stored in store.ReadStreamAsync(Name, ReadDirection.Forwards, next, int.MaxValue, cancellationToken))
        {
            state.Apply(stored);
        }

        return state;
    }

    /// <summary>Folds what came after a state.</summary>
    public async Task CatchUpAsync(WorkerState state, CancellationToken cancellationToken)
    {
        await foreach (RecordedEvent stored in store.ReadStreamAsync(Name, ReadDirection.Forwards, state.LastRevision + 1, int.MaxValue, cancellationToken))
        {
            // Appended here while it was read: folded already.
            if (stored.Revision == state.LastRevision + 1)
            {
                state.Apply(stored);
            }
        }
    }

    public async ValueTask<AppendResult> AppendAsync(long expectedRevision, NewEvent[] events, CancellationToken cancellationToken)
    {
        using Activity? activity = Telemetry.Activities.StartActivity("store append", ActivityKind.Client);
        activity?.SetTag("ledger.append.events", events.Length);
        long start = time.GetTimestamp();
        bool failed = true;
        try
        {
            AppendResult result = await store.AppendAsync(new StreamAppend(Name, expectedRevision, events), cancellationToken);
            failed = false;
            return result;
        }
        finally
        {
            activity?.SetStatus(failed ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
            Telemetry.RecordAppend(time.GetElapsedTime(start), events.Length, failed);
        }
    }

    /// <summary>Saves what the index lacks once it is worth a segment.</summary>
    public async Task ExtendIndexAsync(WorkerState state, CancellationToken cancellationToken)
    {
        while (state.LastRevision - coveredRevision >= Limits.TrailIndexSegment)
        {
            long last = state.Decisions.LastUnsavedRevision(Limits.TrailIndexSegment) ?? state.LastRevision;
            TrailIndexExtended segment = new(
                coveredRevision + 1, last, state.Decisions.UnsavedBytes(Limits.TrailIndexSegment), state.Decisions.OthersUpTo(last));
            NewEvent @event = new(entropy.NewId(), TrailIndexExtended.Type, TrailIndex.Encode(segment), "{}"u8.ToArray());
            AppendResult result = await store.AppendAsync(new StreamAppend(indexName, segments - 1, [@event]), cancellationToken);
            if (result.Appended)
            {
                segments = result.LastRevision + 1;
            }

            // Not appended: another activation has saved this stretch; the next fold reads it.
            coveredRevision = last;
            state.Decisions.MarkSaved(Limits.TrailIndexSegment, last);
        }
    }

    private async Task<RecordedEvent?> LastAsync(CancellationToken cancellationToken)
    {
        await foreach (RecordedEvent stored in store.ReadStreamAsync(Name, ReadDirection.Backwards, Revisions.End, 1, cancellationToken))
        {
            return stored;
        }

        return null;
    }
}
