using Ledger.Silo.Hosting;

namespace Ledger.Silo.Transparency;

/// <summary>Where an organisation's log keeps its files.</summary>
internal sealed class LogPlaces
{
    public LogPlaces(SiloOptions options, string organisation)
    {
        string directory = options.Log.Directory ?? Path.Combine(options.DataDirectory, "log");
        Tiles = new TileFolder(Path.Combine(directory, organisation));
        // Beside the published folder, not in it: where events lie in the store is nobody else's concern.
        PositionsPath = Path.Combine(directory, $"{organisation}.positions");
    }

    public TileFolder Tiles { get; }

    public string PositionsPath { get; }
}
