namespace Ledger.Cli.Diagnosis;

/// <summary>How a finding weighs.</summary>
internal enum Weight
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Works, but somebody should look at it.</summary>
    Advice,

    /// <summary>Does not work, or is not safe.</summary>
    Problem,
}

/// <summary>What one check found.</summary>
/// <param name="Check">What was looked at, a fixed name.</param>
/// <param name="Weight">How it weighs.</param>
/// <param name="Sentence">What was found.</param>
/// <param name="Remedy">What to do; nothing if all is well.</param>
internal sealed record Finding(string Check, Weight Weight, string Sentence, string? Remedy = null);
