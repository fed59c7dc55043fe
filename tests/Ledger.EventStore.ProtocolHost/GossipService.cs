using Grpc.Core;
using Ledger.ProtocolHosting.Protocol;

namespace Ledger.ProtocolHosting;

/// <summary>The service <c>event_store.client.gossip.Gossip</c>.</summary>
internal sealed class GossipService(Node node) : Gossip.GossipBase
{
    public override Task<ClusterInfo> Read(Empty request, ServerCallContext context)
    {
        int leader = node.Leader?.Port ?? node.Port;
        IEnumerable<int> members = node.Members.Append(node.Port).Append(leader).Distinct();
        return Task.FromResult(new ClusterInfo
        {
            Members =
            {
                members.Select(port => new MemberInfo
                {
                    InstanceId = Wire.Id(new Guid(port, 0, 0, new byte[8]), asText: false),
                    State = port == leader ? MemberInfo.Types.VNodeState.Leader : MemberInfo.Types.VNodeState.Follower,
                    IsAlive = true,
                    HttpEndPoint = new EndPoint { Address = "localhost", Port = (uint)port },
                }),
            },
        });
    }
}
