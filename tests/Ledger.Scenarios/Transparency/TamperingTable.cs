namespace Ledger.Scenarios.Transparency;

/// <summary>Writes <c>docs/tampering.md</c> from what the scenario saw.</summary>
internal static class TamperingTable
{
    public static string Write(IEnumerable<(Tampering Tampering, Dictionary<Party, Sight> Sights)> rows) => "";
}
