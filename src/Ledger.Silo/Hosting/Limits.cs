namespace Ledger.Silo.Hosting;

/// <summary>Every limit of the silo, with its reason. Those of the edge are in <c>Ledger.Api/Hosting/Limits.cs</c>.</summary>
internal static class Limits
{
    /// <summary>Events of one append: keeps one worker's batch from holding up the group commit.</summary>
    public const int AppendEvents = 500;

    /// <summary>Bytes of one append: EventStoreDB refuses more than 1 MiB by default.</summary>
    public const int AppendBytes = 768 * 1024;

    /// <summary>Tries against a stream that moves under us: two silos that both hold the worker take turns.</summary>
    public const int AppendTries = 8;

    /// <summary>Decisions between two segments of a trail index: what an activation reads at most of the trail itself.</summary>
    public const int TrailIndexSegment = 1024;

    /// <summary>Events looked at for one page of a trail: a filter that matches nothing must not read a whole stream in one call.</summary>
    public const int PageScan = 2000;

    /// <summary>Bytes of one page: well under the 4 MiB that gRPC clients accept by default.</summary>
    public const int PageBytes = 1024 * 1024;

    /// <summary>Events fetched from the store at a time for a page that filters.</summary>
    public const int ReadAhead = 256;

    /// <summary>Delay told to callers when nothing better is known.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>How long to wait for another process that makes an organisation's key: a thousand times what that takes.</summary>
    public static readonly TimeSpan KeyPatience = TimeSpan.FromSeconds(10);

    /// <summary>How long an idle worker stays in memory.</summary>
    public static readonly TimeSpan IdleWorker = TimeSpan.FromMinutes(3);
}
