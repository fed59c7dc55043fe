using System.Runtime.CompilerServices;
using Ledger.Cli.Hosting;
using Ledger.V1;

namespace Ledger.Cli.Decisions;

/// <summary>A worker's trail, newest first, page after page; no more than one page is held.</summary>
internal sealed class Trail(LedgerConnection connection, ListDecisionsRequest request)
{
    // The most the contract allows in one page.
    private const int Page = 500;

    /// <summary>Where to go on; empty at the end of the trail. Known once reading has ended.</summary>
    public string NextPageToken { get; private set; } = "";

    /// <summary>Revision of the last event of the worker's stream when reading began; -1 if nothing is recorded.</summary>
    public long LastRevision { get; private set; } = -1;

    /// <summary>Looks at the record by others, newest first, as far as was read; only the worker and the bearer of their mandate are told.</summary>
    public List<RecordView> Views { get; } = [];

    public async IAsyncEnumerable<RecordedDecision> ReadAsync(long limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        bool first = true;
        long left = limit;
        do
        {
            // Never more than is still wanted, so that the token left over begins exactly after the last decision shown.
            request.PageSize = (int)Math.Min(Page, left);
            ListDecisionsResponse page = await connection.Decisions.ListDecisionsAsync(request, connection.Call(cancellationToken));
            if (first)
            {
                LastRevision = page.LastRevision;
                first = false;
            }

            Views.AddRange(page.Views);
            NextPageToken = page.NextPageToken;
            request.PageToken = page.NextPageToken;
            foreach (RecordedDecision decision in page.Decisions)
            {
                yield return decision;
                left--;
            }
        }
        while (NextPageToken.Length > 0 && left > 0);
    }
}
