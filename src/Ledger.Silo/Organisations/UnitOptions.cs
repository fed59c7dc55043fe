namespace Ledger.Silo.Organisations;

/// <summary>Section <c>Ledger:Units</c>: what is counted over bargaining units.</summary>
public sealed class UnitOptions
{
    /// <summary>A count about fewer workers is not shown. Default 5, and never less.</summary>
    public int MinimumWorkers { get; set; } = 5;
}
