using Ledger.Silo.Hosting;

namespace Ledger.Silo.Workers.Sealing;

/// <summary>Wraps the workers' keys of an organisation by a new key; no event changes. Safe beside silos that run, and when it is cut off.</summary>
public static class KeyRingRotation
{
    /// <summary>Rotates, and brings a rotation that was cut off to its end.</summary>
    /// <param name="keysDirectory">Directory of the organisations' keys.</param>
    /// <param name="connectionString">PostgreSQL with the workers' keys; nothing: the file in that directory.</param>
    /// <param name="organisation">Organisation id.</param>
    /// <param name="cancellationToken">Cuts it off.</param>
    /// <returns>The version that wraps from now on.</returns>
    public static async Task<int> RotateAsync(string keysDirectory, string? connectionString, string organisation, CancellationToken cancellationToken)
    {
        IWorkerKeyStore store = connectionString is null ? EmbeddedKeyStore.Open(keysDirectory) : PostgresKeyStore.Connect(connectionString);
        await using WorkerKeys keys = new(store, keysDirectory, new Entropy());
        return await keys.RotateAsync(organisation, cancellationToken);
    }
}
