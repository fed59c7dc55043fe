namespace Ledger.Contracts;

/// <summary>
/// References to the grains of one kind. Finding out what kind of grain serves an interface costs as much as a third of a call;
/// here it is done once.
/// </summary>
/// <typeparam name="T">The grains' interface.</typeparam>
/// <param name="grains">Where references come from.</param>
public sealed class GrainReferences<T>(IGrainFactory grains)
    where T : IGrainWithStringKey
{
    private readonly Lazy<(GrainType Grain, GrainInterfaceType Interface)> kind = new(() =>
    {
        GrainReference any = (GrainReference)(object)grains.GetGrain<T>("any");
        return (any.GrainId.Type, any.InterfaceType);
    });

    /// <summary>The grain of this key.</summary>
    public T Of(string key) => (T)grains.GetGrain(GrainId.Create(kind.Value.Grain, key), kind.Value.Interface);
}
