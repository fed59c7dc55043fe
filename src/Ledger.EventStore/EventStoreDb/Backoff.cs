namespace Ledger.EventStore.EventStoreDb;

/// <summary>The pause after a failure: 0.1, 0.2, 0.4 … 5 s, from the start again after a success. Not thread-safe.</summary>
internal sealed class Backoff
{
    private int _failures;

    public TimeSpan Next()
    {
        double factor = Math.Pow(2, Math.Min(_failures++, 16));
        TimeSpan pause = EventStoreDbLimits.FirstBackoff * factor;
        return pause < EventStoreDbLimits.LongestBackoff ? pause : EventStoreDbLimits.LongestBackoff;
    }

    public void Reset() => _failures = 0;
}
