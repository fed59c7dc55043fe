namespace Ledger.EventStore.Embedded;

/// <summary>What a caller is told of a fault of the disk.</summary>
internal static class Refusal
{
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;
    private const int WindowsDiskFull = unchecked((int)0x80070070);

    public static EventStoreUnavailableException Of(Exception cause, string path, TimeSpan retryAfter) => IsFull(cause)
        ? new EventStoreFullException($"No room for {path}.", retryAfter, cause)
        : Unknown(cause, path, retryAfter);

    /// <summary>A fault of the commit itself: the events may be found written after a restart.</summary>
    public static EventStoreUnavailableException OfCommit(Exception cause, string path, TimeSpan retryAfter) =>
        cause is SqliteFault { LeavesNoCommit: true } ? Of(cause, path, retryAfter) : Unknown(cause, path, retryAfter);

    private static EventStoreUnavailableException Unknown(Exception cause, string path, TimeSpan retryAfter) =>
        new($"{path} could not be opened or written: {cause.Message}", retryAfter, cause);

    // An IOException of .NET carries errno in HResult.
    private static bool IsFull(Exception cause) =>
        cause is SqliteFault { IsFull: true } or IOException { HResult: NoSpace or QuotaExceeded or WindowsDiskFull };
}
