using System.Security.Cryptography;
using Ledger.EventStore.Embedded;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.EventStore.Tests.Embedded;

/// <summary>A directory of its own for a store, gone when the test is.</summary>
internal sealed class TemporaryStore(string? parent = null) : IDisposable
{
    public string Directory { get; } =
        Path.Combine(parent ?? Path.GetTempPath(), $"ledger-store-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}");

    public EmbeddedEventStore Open(Action<EmbeddedEventStoreOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new EmbeddedEventStoreOptions { Directory = Directory };
        configure?.Invoke(options);
        return EmbeddedEventStore.Open(options, time ?? TimeProvider.System, NullLogger.Instance);
    }

    public void Dispose()
    {
        if (System.IO.Directory.Exists(Directory))
        {
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }
}
