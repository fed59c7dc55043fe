namespace Ledger.Silo.Transparency;

/// <summary>The transparency logs, section <c>Ledger:Log</c>.</summary>
public sealed class LogOptions
{
    /// <summary>
    /// Public host name of the logs: the origin of an organisation's log is <c>{Host}/log/{organisation}</c>. Set it before the first start:
    /// an origin is for good. Default <c>localhost</c>.
    /// </summary>
    public string Host { get; set; } = "localhost";

    /// <summary>Where tiles and checkpoints are, a folder for each organisation. Default <c>log</c> in the data directory.</summary>
    public string? Directory { get; set; }

    /// <summary>Seconds between two checkpoints of a log that grows. Default 1.</summary>
    public double IntervalSeconds { get; set; } = 1;

    /// <summary>
    /// Seconds that a recorded decision may wait for a signed checkpoint; beyond it intake asks producers to wait. Default 10.
    /// </summary>
    public double MaximumDelaySeconds { get; set; } = 10;

    /// <summary>Days for which a key that was replaced still signs beside its successor. Default 30.</summary>
    public double KeyOverlapDays { get; set; } = 30;

    /// <summary>Witnesses that the logs know.</summary>
    public IList<WitnessOptions> Witnesses { get; } = [];

    /// <summary>How many witnesses must have signed a checkpoint before it is published. Default none.</summary>
    public int WitnessesRequired { get; set; }

    internal TimeSpan Interval => TimeSpan.FromSeconds(IntervalSeconds);

    internal TimeSpan MaximumDelay => TimeSpan.FromSeconds(MaximumDelaySeconds);

    internal TimeSpan KeyOverlap => TimeSpan.FromDays(KeyOverlapDays);
}

/// <summary>A witness, section <c>Ledger:Log:Witnesses</c>.</summary>
public sealed class WitnessOptions
{
    /// <summary>Its verifier key (c2sp.org/tlog-cosignature).</summary>
    public string Key { get; set; } = "";

    /// <summary>Where it answers <c>add-checkpoint</c> (c2sp.org/tlog-witness), without that word; not set: it polls.</summary>
    public string? Url { get; set; }
}
