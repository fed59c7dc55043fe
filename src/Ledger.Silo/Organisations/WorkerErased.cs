namespace Ledger.Silo.Organisations;

/// <summary>
/// Event <c>worker-erased.v1</c> of stream <c>organisation-{org}</c>: this worker's key is destroyed and must stay so. Read at every start, so that a
/// backup of keys that was restored cannot bring back a person.
/// </summary>
/// <param name="Organisation">Organisation id.</param>
/// <param name="Worker">Pseudonym of the worker.</param>
internal sealed record WorkerErased(string Organisation, string Worker)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "worker-erased.v1";
}
