namespace Ledger.Cli.Hosting;

/// <summary>Exit codes; scripts rely on them, so a number never changes its meaning. Documented in <c>docs/cli.md</c>.</summary>
internal enum ExitCode
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>Something went wrong that a repeat alone will not mend, or a check found a problem.</summary>
    Failed = 1,

    /// <summary>The command line, the configuration or an input file cannot be understood; of a verification: it could not be done.</summary>
    Usage = 2,

    /// <summary>The ledger refused; the refusal names a code and a field.</summary>
    Refused = 3,

    /// <summary>The ledger cannot be reached or asks to try again later; repeating is safe.</summary>
    Unavailable = 4,

    /// <summary>A witness caught a log whose key signed two histories; it signs that log no more.</summary>
    TwoHistories = 5,

    /// <summary>Interrupted before the work was done.</summary>
    Interrupted = 130,
}
