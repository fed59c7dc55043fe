using Ledger.EventStore.Embedded;
using Ledger.Silo.Hosting;
using Ledger.Silo.Transparency;
using Ledger.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Scenarios.Transparency;

/// <summary>The ledger's own log, started on a stopped server's data directory: it goes on signing, or says why not.</summary>
internal static class RunningLog
{
    private const double IntervalSeconds = 0.02;

    /// <summary>Lets the log run until it has stopped or holds a signed tree.</summary>
    /// <param name="data">The data directory.</param>
    /// <param name="size">The size that tree must have at least.</param>
    /// <returns>Why it stopped, and then nothing new was shown to anybody; nothing when it signs.</returns>
    public static async Task<string?> RunAsync(string data, ulong size = 1)
    {
        string published = Path.Combine(data, "log", "main", "checkpoint");
        byte[]? before = File.Exists(published) ? await File.ReadAllBytesAsync(published) : null;
        SiloOptions options = new() { DataDirectory = data, Log = { IntervalSeconds = IntervalSeconds } };
        await using EmbeddedEventStore store = EmbeddedEventStore.Open(
            new EmbeddedEventStoreOptions { Directory = data }, TimeProvider.System, NullLogger.Instance);
        using HttpClient witnesses = new();
        using CancellationTokenSource enough = new();
        LogRun log = new("main", store, options, witnesses, TimeProvider.System, new Entropy(), NullLogger.Instance);
        Task running = Task.Run(() => log.RunAsync(enough.Token));
        await Eventually.HoldsAsync(
            () => Task.FromResult(log.Progress.Status().Stopped is not null || log.Progress.Signed?.Head.Size >= size), "the log signs or stops");
        string? stopped = log.Progress.Status().Stopped;
        await enough.CancelAsync();
        await running;
        if (stopped is not null)
        {
            before.Should().NotBeNull();
            (await File.ReadAllBytesAsync(published)).Should().Equal(before, "a log that stopped shows nothing new");
        }

        return stopped;
    }
}
