using System.Globalization;
using Ledger.EventStore.Embedded;
using Ledger.ProtocolHosting;
using Microsoft.Extensions.Logging.Abstractions;

// dotnet run --project tests/Ledger.EventStore.ProtocolHost -- --data DIR --port N
string? data = null;
int port = 0;
for (int i = 0; i + 1 < args.Length; i += 2)
{
    switch (args[i])
    {
        case "--data":
            data = args[i + 1];
            break;
        case "--port":
            port = int.Parse(args[i + 1], CultureInfo.InvariantCulture);
            break;
    }
}

if (data is null)
{
    await Console.Error.WriteLineAsync("usage: --data DIR [--port N]");
    return 2;
}

await using EmbeddedEventStore store = EmbeddedEventStore.Open(
    new EmbeddedEventStoreOptions { Directory = data }, TimeProvider.System, NullLogger.Instance);
await using ProtocolHost host = await ProtocolHost.StartAsync(store, new ProtocolHostOptions { Port = port });

// Whoever started this process waits for the line, and takes the address from it.
Console.WriteLine($"ready {host.ConnectionString}");
await host.WaitForShutdownAsync();
return 0;
