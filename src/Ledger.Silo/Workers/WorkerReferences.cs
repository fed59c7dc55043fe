using Ledger.Contracts.Workers;

namespace Ledger.Silo.Workers;

/// <summary>References to workers' grains. Finding out what kind of grain serves an interface costs as much as a third of a call: once is enough.</summary>
internal sealed class WorkerReferences(IGrainFactory grains)
{
    private readonly Lazy<(GrainType Grain, GrainInterfaceType Interface)> kind = new(() =>
    {
        GrainReference any = (GrainReference)grains.GetGrain<IWorker>("any/worker");
        return (any.GrainId.Type, any.InterfaceType);
    });

    public IWorker Of(string organisation, string worker) =>
        (IWorker)grains.GetGrain(GrainId.Create(kind.Value.Grain, $"{organisation}/{worker}"), kind.Value.Interface);
}
