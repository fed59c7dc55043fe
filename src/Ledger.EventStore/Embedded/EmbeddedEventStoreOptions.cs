namespace Ledger.EventStore.Embedded;

/// <summary>Where the embedded store lies and how much it may take. Every queue, cache and page has a limit.</summary>
public sealed class EmbeddedEventStoreOptions
{
    /// <summary>Directory of <c>events.db</c>; created if missing. One process at a time.</summary>
    public string Directory { get; set; } = "";

    /// <summary>Most events in one transaction, and so in one append: bounds the time to one fsync.</summary>
    public int MaxEventsPerCommit { get; set; } = 2_000;

    /// <summary>Most bytes of events in one transaction; a single larger append still gets one of its own.</summary>
    public int MaxBytesPerCommit { get; set; } = 16 << 20;

    /// <summary>Largest append, in bytes of data and metadata.</summary>
    public int MaxAppendBytes { get; set; } = 16 << 20;

    /// <summary>Most appends waiting for the writer; more are refused with <see cref="EventStoreFullException"/>.</summary>
    public int MaxQueuedAppends { get; set; } = 50_000;

    /// <summary>Most bytes waiting for the writer; more are refused with <see cref="EventStoreFullException"/>.</summary>
    public long MaxQueuedBytes { get; set; } = 128L << 20;

    /// <summary>Streams whose id and last revision are remembered; others are looked up in the table.</summary>
    public int MaxCachedStreams { get; set; } = 50_000;

    /// <summary>Reads running at the same moment, each on its own connection; more wait their turn.</summary>
    public int MaxConcurrentReads { get; set; } = 16;

    /// <summary>Longest stream name, in UTF-16 units.</summary>
    public int MaxNameLength { get; set; } = 500;

    /// <summary>
    /// Pages of the log that one checkpoint moves, and so the longest pause of the writer: 64 MB. A page that many events changed is
    /// moved once, so that a long log costs less than many short ones. Tests take fewer, to meet a checkpoint sooner.
    /// </summary>
    internal int CheckpointPages { get; set; } = 16_384;

    /// <summary>After a fault: time before the file is opened again. Until then appends are refused without trying.</summary>
    internal int ReopenAfterMs { get; set; } = 50;
}
