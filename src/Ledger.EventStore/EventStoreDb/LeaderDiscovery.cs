using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Protocol;
using Microsoft.Extensions.Logging;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>Asks the nodes of a cluster who leads.</summary>
internal sealed class LeaderDiscovery(EventStoreDbSettings settings, TimeProvider time, ILogger logger)
{
    private IReadOnlyList<Endpoint> _members = [];

    /// <summary>The leader, by the first node that knows one. The node that failed last is asked last.</summary>
    /// <exception cref="EventStoreUnavailableException">No node answers, or none knows a leader.</exception>
    public async Task<Endpoint> FindLeaderAsync(Endpoint? lastFailed, CancellationToken cancellationToken)
    {
        Exception? why = null;
        for (int attempt = 0; attempt < settings.MaxDiscoverAttempts; attempt++)
        {
            if (attempt > 0)
            {
                await Task.Delay(settings.DiscoveryInterval, time, cancellationToken);
            }

            // The members last heard of too: a seed may have left the cluster since.
            foreach (Endpoint node in settings.Endpoints.Concat(_members).Distinct().OrderBy(node => node == lastFailed).ToArray())
            {
                try
                {
                    if (await AskAsync(node, cancellationToken) is { } leader)
                    {
                        return leader;
                    }
                }
                catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
                {
                    why = exception;
                    logger.LogDebug(exception, "{Node} does not say who leads", node);
                }
            }
        }

        string nodes = string.Join(", ", settings.Endpoints);
        throw new EventStoreUnavailableException(
            why is null ? $"The event store has no leader; asked {nodes}." : $"No node of the event store says who leads; asked {nodes}.",
            EventStoreDbLimits.LongestBackoff,
            why);
    }

    private async Task<Endpoint?> AskAsync(Endpoint node, CancellationToken cancellationToken)
    {
        using var connection = new NodeConnection(node, settings);
        DateTime deadline = time.GetUtcNow().UtcDateTime + settings.GossipTimeout;
        ClusterInfo cluster = await connection.Gossip.ReadAsync(
            new Empty(), new CallOptions(connection.Headers, deadline, cancellationToken));

        _members = [.. cluster.Members.Where(member => member.IsAlive).Select(EndpointOf)];
        return cluster.Members.FirstOrDefault(member => member is { IsAlive: true, State: MemberInfo.Types.VNodeState.Leader }) is { } leader
            ? EndpointOf(leader)
            : null;
    }

    private static Endpoint EndpointOf(MemberInfo member) => new(member.HttpEndPoint.Address, (int)member.HttpEndPoint.Port);
}
