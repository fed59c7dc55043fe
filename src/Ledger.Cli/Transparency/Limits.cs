using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary>Limits on what is taken from a log, or from whoever asks a witness, with their reasons.</summary>
internal static class Limits
{
    /// <summary>Longest signed note: a hundred signatures of the longest known kind (ML-DSA-44, 3,300 characters each) and a text.</summary>
    public const int NoteBytes = 512 * 1024;

    /// <summary>Longest list of a log's keys: several hundred.</summary>
    public const int KeysBytes = 64 * 1024;

    /// <summary>Longest entry bundle: 256 entries of the greatest length (tlog-tiles, "Log entries").</summary>
    public const int BundleBytes = TileId.FullWidth * (sizeof(ushort) + EntryBundleBuilder.MaxEntryLength);

    /// <summary>Longest body of <c>add-checkpoint</c>: a note and at most 63 hashes of 45 characters.</summary>
    public const int RequestBytes = NoteBytes + (4 * 1024);

    /// <summary>Most keys of one list of a log.</summary>
    public const int Keys = 100;

    /// <summary>Connections to one log at once.</summary>
    public const int Connections = 16;

    /// <summary>Bundles that are read ahead from a log far away, for each of its tiles.</summary>
    public const int BundlesAhead = 16;

    /// <summary>Problems after which a verification ends: what is so broken needs no longer list.</summary>
    public const int Problems = 20;

    /// <summary>Connections that a witness serves at once: a log needs one.</summary>
    public const int WitnessConnections = 100;

    /// <summary>How often a verification asks for the same thing before it gives up.</summary>
    public const int Tries = 4;

    /// <summary>How long one answer may take, the longest bundle on a slow line included.</summary>
    public static readonly TimeSpan Answer = TimeSpan.FromSeconds(60);

    /// <summary>How long connecting may take.</summary>
    public static readonly TimeSpan Connect = TimeSpan.FromSeconds(10);

    /// <summary>Wait before the second try; each further wait is twice as long.</summary>
    public static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(250);

    /// <summary>Age at which a witness signs an unchanged checkpoint again, so that it stays fresh.</summary>
    public static readonly TimeSpan Refresh = TimeSpan.FromHours(1);

    /// <summary>Shortest and longest time between two looks of a witness.</summary>
    public static readonly TimeSpan ShortestInterval = TimeSpan.FromSeconds(1), LongestInterval = TimeSpan.FromDays(1);
}
