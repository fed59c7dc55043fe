using System.Globalization;
using Ledger.Tests;

namespace Ledger.Scenarios.Hosting;

/// <summary>A store behind EventStoreDB's protocol, as a process of its own.</summary>
internal sealed class StoreProcess : IAsyncDisposable
{
    private readonly ChildProcess process;

    private StoreProcess(ChildProcess process) => this.process = process;

    public static string Address(int port) => $"esdb://127.0.0.1:{port}?tls=false";

    public static async Task<StoreProcess> StartAsync(string directory, int port)
    {
        StoreProcess store = new(ChildProcess.Start(
            "Ledger.EventStore.ProtocolHost.dll", ["--data", directory, "--port", port.ToString(CultureInfo.InvariantCulture)]));
        await Eventually.HoldsAsync(
            () => store.process.HasExited
                ? throw new InvalidOperationException($"The store ended with {store.process.ExitCode}:\n{store.process.Output}")
                : Task.FromResult(store.process.FirstLine.IsCompleted),
            "the store is ready");
        return store;
    }

    public Task KillAsync() => process.KillAsync();

    public Task StopAsync() => process.StopAsync();

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
