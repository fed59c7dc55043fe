namespace Ledger.Scenarios.Hosting;

/// <summary>A directory that is gone when the scenario ends.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("ledger-scenario-").FullName;

    public string Of(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
