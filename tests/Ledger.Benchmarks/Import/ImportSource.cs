using Ledger.Benchmarks.Decisions;
using Ledger.V1;

namespace Ledger.Benchmarks.Import;

/// <summary>A source that yields the same decisions whenever it is read, and is never in memory as a whole.</summary>
internal sealed class ImportSource(int seed, int workers, DateTimeOffset now, int count)
{
    private const int Unanswered = 8;

    /// <summary>Sends all; gives how many were recorded for the first time. Calls <paramref name="atHalf"/> when half is in.</summary>
    public async Task<int> SendAsync(LedgerServer server, Action atHalf, CancellationToken cancellationToken)
    {
        var decisions = new SampleDecisions(seed, workers, now);
        using var call = server.NewClient().RecordDecisions(cancellationToken: cancellationToken);
        var recorded = 0;
        var batches = count / RecordLoad.BatchSize;
        for (int sent = 0, answered = 0; answered < batches;)
        {
            if (sent < batches && sent - answered < Unanswered)
            {
                var batch = new RecordDecisionsRequest { Parent = SampleDecisions.Organisation, BatchId = sent++ };
                for (var i = 0; i < RecordLoad.BatchSize; i++)
                {
                    batch.Decisions.Add(decisions.Next());
                }

                await call.RequestStream.WriteAsync(batch, cancellationToken);
                continue;
            }

            if (!await call.ResponseStream.MoveNext(cancellationToken))
            {
                throw new InvalidOperationException("The server ended the stream.");
            }

            recorded += call.ResponseStream.Current.Results.Count(result => result.Receipt is not null && !result.AlreadyRecorded);
            if (++answered == batches / 2)
            {
                atHalf();
            }
        }

        await call.RequestStream.CompleteAsync();
        return recorded;
    }
}
