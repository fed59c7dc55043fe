using System.Collections.Concurrent;

namespace Ledger.Api.Access;

/// <summary>
/// What may not be used again: sessions that were signed out of, and ready links. Known to this host until it would have ended anyway; another host does
/// not know.
/// </summary>
internal sealed class Spent(TimeProvider time)
{
    /// <summary>How long after its first use a ready link still opens: somebody may load it twice, or on a phone too.</summary>
    public static readonly TimeSpan LinkGrace = TimeSpan.FromMinutes(10);

    private const int SweepEvery = 256;

    private readonly ConcurrentDictionary<string, (DateTimeOffset From, DateTimeOffset Until)> spent = new(StringComparer.Ordinal);

    /// <summary>Whether an id may not be used any more.</summary>
    public bool Has(string id) => spent.TryGetValue(id, out (DateTimeOffset From, DateTimeOffset) entry) && entry.From <= time.GetUtcNow();

    /// <summary>From a moment on an id is spent; the first to say so counts.</summary>
    /// <param name="id">The id.</param>
    /// <param name="from">From when, UTC.</param>
    /// <param name="until">When it would end anyway and need not be known any more, UTC.</param>
    public void Spend(string id, DateTimeOffset from, DateTimeOffset until)
    {
        if (spent.TryAdd(id, (from, until)) && spent.Count % SweepEvery == 0)
        {
            DateTimeOffset now = time.GetUtcNow();
            foreach ((string over, (DateTimeOffset, DateTimeOffset Until) entry) in spent)
            {
                if (entry.Until <= now)
                {
                    spent.TryRemove(over, out _);
                }
            }
        }
    }
}
