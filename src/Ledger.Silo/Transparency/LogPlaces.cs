using Ledger.EventStore;
using Ledger.Silo.Hosting;

namespace Ledger.Silo.Transparency;

/// <summary>Where an organisation's log keeps its files.</summary>
internal sealed class LogPlaces
{
    private readonly string directory;
    private readonly string name;

    public LogPlaces(SiloOptions options, string organisation)
        : this(options.Log.Directory ?? Path.Combine(options.DataDirectory, "log"), organisation)
    {
    }

    private LogPlaces(string directory, string name)
    {
        (this.directory, this.name) = (directory, name);
        Tiles = new TileFolder(Path.Combine(directory, name));
        // Beside the published folder, not in it: where events lie in the store is nobody else's concern.
        PositionsPath = Path.Combine(directory, $"{name}.positions");
    }

    public TileFolder Tiles { get; }

    public string PositionsPath { get; }

    /// <summary>Empty places beside these, to make all anew. No organisation has a dot in its name.</summary>
    public LogPlaces Beside()
    {
        LogPlaces beside = new(directory, $"{name}.rebuilding");
        beside.Delete();
        return beside;
    }

    /// <summary>Only one process at a time may make a log anew.</summary>
    public FileStream TakeTurn()
    {
        Directory.CreateDirectory(directory);
        return DurableFiles.OpenForOwner(Path.Combine(directory, $"{name}.rebuilding.lock"), FileMode.OpenOrCreate);
    }

    /// <summary>Takes over what was made beside, as far as it is missing here.</summary>
    public void TakeOver(LogPlaces made)
    {
        Tiles.TakeOver(made.Tiles);
        File.Move(made.PositionsPath, PositionsPath, overwrite: true);
        DurableFiles.SyncDirectory(directory);
        made.Delete();
    }

    private void Delete()
    {
        File.Delete(PositionsPath);
        if (Directory.Exists(Tiles.Directory))
        {
            Directory.Delete(Tiles.Directory, recursive: true);
        }
    }
}
