using Grpc.Core;
using Ledger.ProtocolHosting.Protocol;

namespace Ledger.ProtocolHosting;

/// <summary>The service <c>event_store.client.server_features.ServerFeatures</c>.</summary>
internal sealed class ServerFeaturesService : ServerFeatures.ServerFeaturesBase
{
    private const string Service = "event_store.client.streams.streams";

    public override Task<SupportedMethods> GetSupportedMethods(Empty request, ServerCallContext context) =>
        Task.FromResult(new SupportedMethods
        {
            EventStoreServerVersion = "23.10.0",
            Methods =
            {
                new SupportedMethod { ServiceName = Service, MethodName = "read", Features = { "position", "events" } },
                new SupportedMethod { ServiceName = Service, MethodName = "append" },
                new SupportedMethod { ServiceName = Service, MethodName = "batchappend", Features = { "deadline_duration" } },
            },
        });
}
