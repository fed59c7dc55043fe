namespace Ledger.Silo.Workers.Sealing;

/// <summary>Section <c>Ledger:Keys</c>: where the workers' keys are.</summary>
public sealed class KeysOptions
{
    /// <summary>Connection string of a PostgreSQL; not set: <c>workers.db</c> in the directory of keys.</summary>
    public string? ConnectionString { get; set; }
}
