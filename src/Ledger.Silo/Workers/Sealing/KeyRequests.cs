namespace Ledger.Silo.Workers.Sealing;

/// <summary>
/// Calls for keys that wait together are answered together: one look and one durable write for all of them, so that a thousand new
/// workers do not cost a thousand syncs.
/// </summary>
/// <param name="answer">Answers for different holders of one organisation, in the order asked.</param>
/// <param name="atOnce">Most holders of one answer.</param>
internal sealed class KeyRequests(Func<IReadOnlyList<KeyId>, Task<IReadOnlyList<StoredKey>>> answer, int atOnce)
{
    private readonly Lock turn = new();
    private List<Request> waiting = [];
    private Task running = Task.CompletedTask;

    /// <summary>The holder's key or tombstone; what goes wrong for one goes wrong for all that were asked for with it.</summary>
    public Task<StoredKey> AskAsync(KeyId id)
    {
        Request request = new(id, new TaskCompletionSource<StoredKey>(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (turn)
        {
            waiting.Add(request);
            if (running.IsCompleted)
            {
                // Off the caller's scheduler: a grain's turn would hold up the answers to all the others.
                running = Task.Run(AnswerAllAsync);
            }
        }

        return request.Answer.Task;
    }

    /// <summary>Waits for the answers under way.</summary>
    public Task DrainAsync()
    {
        lock (turn)
        {
            return running;
        }
    }

    private async Task AnswerAllAsync()
    {
        while (TakeAll() is { Count: > 0 } taken)
        {
            // Each organisation by itself: one whose ring is damaged must not harm another.
            foreach (IGrouping<KeyId, Request>[] group in taken.GroupBy(r => r.Id.Organisation, StringComparer.Ordinal)
                .SelectMany(o => o.GroupBy(r => r.Id).Chunk(atOnce)))
            {
                await AnswerAsync(group);
            }
        }
    }

    private async Task AnswerAsync(IGrouping<KeyId, Request>[] group)
    {
        try
        {
            IReadOnlyList<StoredKey> answers = await answer([.. group.Select(g => g.Key)]);
            for (int i = 0; i < group.Length; i++)
            {
                foreach (Request request in group[i])
                {
                    request.Answer.TrySetResult(answers[i]);
                }
            }
        }
        catch (Exception e) // Whoever waits hears of it, and those behind them get their turn.
        {
            foreach (Request request in group.SelectMany(g => g))
            {
                request.Answer.TrySetException(e);
            }
        }
    }

    private List<Request> TakeAll()
    {
        lock (turn)
        {
            List<Request> taken = waiting;
            waiting = [];
            if (taken.Count == 0)
            {
                // Under the lock: whoever comes next starts anew.
                running = Task.CompletedTask;
            }

            return taken;
        }
    }

    private readonly record struct Request(KeyId Id, TaskCompletionSource<StoredKey> Answer);
}
