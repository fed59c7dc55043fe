namespace Ledger.EventStore.EventStoreDb;

/// <summary>Sizes, counts and times of the client, each with its reason.</summary>
internal static class EventStoreDbLimits
{
    /// <summary>
    /// Appends written to the server and not yet answered. Enough to keep a server busy over a slow line; beyond it callers
    /// wait their turn, so that a stalled server costs bounded memory.
    /// </summary>
    public const int AppendsInFlight = 1024;

    /// <summary>Payload of one request; larger appends are sent in several, below the 4 MiB that gRPC servers take by default.</summary>
    public const int RequestBytes = 1024 * 1024;

    /// <summary>The server stores events of up to 16 MiB, written by other means than gRPC; those must be readable.</summary>
    public const int MessageBytes = 17 * 1024 * 1024;

    /// <summary>Events that the server looks at before it answers a filtered read.</summary>
    public const uint SearchWindowEvents = 512;

    /// <summary>Events that the server looks at, in a subscription, between two checkpoints.</summary>
    public const uint CheckpointIntervalEvents = 32;

    /// <summary>How often an append that met a node which is not the leader follows the way it is shown.</summary>
    public const int Redirects = 4;

    /// <summary>First pause after a failure; doubled with each further one.</summary>
    public static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest pause: an outage that is over is noticed within this time.</summary>
    public static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(5);

    /// <summary>How long a TCP and TLS handshake may take.</summary>
    public static readonly TimeSpan Connecting = TimeSpan.FromSeconds(5);

    /// <summary>The server answers "timeout" at the deadline itself; only if that is lost too does the client give up.</summary>
    public static readonly TimeSpan AnswerGrace = TimeSpan.FromSeconds(2);
}
