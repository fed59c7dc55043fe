using System.Globalization;
using System.Text;
using Grpc.Core;
using Ledger.EventStore;

namespace Ledger.ProtocolHosting;

/// <summary>What the services of one host share: the store, the options, and which part the node plays.</summary>
internal sealed class Node(IEventStore store, ProtocolHostOptions options)
{
    public IEventStore Store => store;

    public ProtocolHostOptions Options => options;

    /// <summary>Host and port of the leader; null: this node is.</summary>
    public (string Host, int Port)? Leader { get; set; }

    /// <summary>Ports of all nodes on this machine that gossip tells of; empty: this one only.</summary>
    public IReadOnlyList<int> Members { get; set; } = [];

    public int Port { get; set; }

    /// <summary>Throws what the server would, if the call may not be served here.</summary>
    public void Admit(ServerCallContext context)
    {
        if (options.Credentials is { } wanted)
        {
            string token = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{wanted.User}:{wanted.Password}"));
            if (!string.Equals(context.RequestHeaders.GetValue("authorization"), $"Basic {token}", StringComparison.Ordinal))
            {
                throw new RpcException(new Status(StatusCode.Unauthenticated, "Bad gRPC response. HTTP status code: 401"));
            }
        }

        if (Leader is { } leader && string.Equals(context.RequestHeaders.GetValue("requires-leader"), "true", StringComparison.OrdinalIgnoreCase))
        {
            throw new RpcException(new Status(StatusCode.NotFound, "Leader info available"), new Metadata
            {
                { "exception", "not-leader" },
                { "leader-endpoint-host", leader.Host },
                { "leader-endpoint-port", leader.Port.ToString(CultureInfo.InvariantCulture) },
            });
        }
    }
}
