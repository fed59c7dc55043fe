using Ledger.EventStore.EventStoreDb;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Ledger.EventStore.Tests.EventStoreDb;

/// <summary>
/// The client does what every store does, against a real EventStoreDB or KurrentDB: <c>tests/store-conformance.sh esdb://…</c>.
/// </summary>
public sealed class ServerConformanceTests : EventStoreConformance
{
    private const string Variable = "LEDGER_TEST_ESDB";
    private EventStoreDbEventStore? _client;

    protected override Task<IEventStore> OpenAsync()
    {
        string? server = Environment.GetEnvironmentVariable(Variable);
        Skip.If(string.IsNullOrEmpty(server), $"Needs a real server: set {Variable} to its connection string.");
        _client = EventStoreDbEventStore.Connect(server!, NullLoggerFactory.Instance, TimeProvider.System);
        return Task.FromResult<IEventStore>(_client);
    }

    protected override async Task CloseAsync() => await (_client?.DisposeAsync() ?? default);
}
