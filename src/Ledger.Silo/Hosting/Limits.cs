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

    /// <summary>Workers' keys of one durable write, one page or one look: a transaction of a few milliseconds.</summary>
    public const int KeysAtOnce = 500;

    /// <summary>Versions in a ring of keys: two while a rotation runs, more only when rotations were interrupted.</summary>
    public const int KeyRingVersions = 16;

    /// <summary>Retention keys of the running month held in memory: ten organisations with forty classes each, and room.</summary>
    public const int RetentionKeysHeld = 1024;

    /// <summary>Derived keys of classes and months held by one active worker: what a page of a year needs.</summary>
    public const int DerivedKeysHeld = 32;

    /// <summary>Workers and periods that one event of retention names: at 40 bytes each half of what an append may have.</summary>
    public const int RetentionWorkersAtOnce = 10_000;

    /// <summary>How long an idle worker stays in memory.</summary>
    public static readonly TimeSpan IdleWorker = TimeSpan.FromMinutes(3);

    /// <summary>Tiles written before they get their names: what a busy log fills in half a second.</summary>
    public const int TilesUncommitted = 64;

    /// <summary>Signed checkpoints that may wait for witnesses: a polling witness that looks every ten minutes still finds its own.</summary>
    public const int CheckpointsAwaitingWitnesses = 1024;

    /// <summary>How often an idle log looks whether a new key is asked for.</summary>
    public static readonly TimeSpan LookForKeyRequest = TimeSpan.FromSeconds(1);

    /// <summary>How often a log that stopped looks whether it was mended.</summary>
    public static readonly TimeSpan LogStoppedPause = TimeSpan.FromSeconds(10);

    /// <summary>How often each silo asks how the logs do; each one's back-pressure is at most this old.</summary>
    public static readonly TimeSpan LogLook = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a witness may take to answer: twenty times a slow line.</summary>
    public static readonly TimeSpan WitnessPatience = TimeSpan.FromSeconds(10);

    /// <summary>After how long an idle log asks for the same cosignature again (c2sp.org/tlog-witness), so that it stays fresh.</summary>
    public static readonly TimeSpan CosignatureRefresh = TimeSpan.FromMinutes(10);

    /// <summary>Bytes of a note that a witness hands in: a checkpoint with sixteen signatures and room.</summary>
    public const int NoteBytes = 16 * 1024;

    /// <summary>Refused attempts at people's records recorded of one account in a minute; further ones are only counted.</summary>
    public const int RefusedAttemptsPerMinute = 100;

    /// <summary>Last reports of refused decisions known by their id, so that none is recorded twice: what ten edges hand in while one of them tries again for a quarter of an hour.</summary>
    public const int RefusedReportsRemembered = 300;

    /// <summary>Events counted in one transaction: some ten MiB of memory, some tens of milliseconds of writing.</summary>
    public const int CountedAtOnce = 4000;

    /// <summary>Pause between two of those while there is more and nothing is recorded.</summary>
    public static readonly TimeSpan CountingGap = TimeSpan.FromMilliseconds(20);

    /// <summary>How many times as long as it counted the counting rests while anything is recorded: a fiftieth of one core is its share, enough for 500 decisions a second all day.</summary>
    public const int CountingRest = 49;

    /// <summary>How often the counts look for something new.</summary>
    public static readonly TimeSpan CountingPause = TimeSpan.FromSeconds(1);

    /// <summary>How often each silo sees to it that somebody counts.</summary>
    public static readonly TimeSpan CountingLook = TimeSpan.FromSeconds(2);
}
