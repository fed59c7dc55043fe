using Microsoft.Extensions.Logging;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>
/// Keeps the one connection that all calls use: to the only node named, or to the leader of a cluster. Whoever sees a call
/// fail reports it; the next caller then connects anew.
/// </summary>
internal sealed class Cluster(EventStoreDbSettings settings, TimeProvider time, ILogger logger) : IDisposable
{
    private readonly SemaphoreSlim _connecting = new(1, 1);
    private readonly Lock _lock = new();
    private readonly LeaderDiscovery _discovery = new(settings, time, logger);
    private NodeConnection? _current;
    private Endpoint? _leader;
    private Endpoint? _lastFailed;
    private bool _disposed;

    public EventStoreDbSettings Settings => settings;

    /// <exception cref="EventStoreUnavailableException">No node says who leads.</exception>
    public ValueTask<NodeConnection> ConnectionAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _current is { } current ? new(current) : new(ConnectAsync(cancellationToken));
        }
    }

    /// <summary>Drops the connection if it is still the one in use, and goes where the node pointed.</summary>
    public void Report(NodeConnection connection, Exception fault)
    {
        Endpoint? leader = (fault as NotLeaderException)?.Leader;
        lock (_lock)
        {
            if (!ReferenceEquals(_current, connection))
            {
                return;
            }

            _current = null;
            _leader = leader;
            _lastFailed = connection.Endpoint;
        }

        if (leader is not null)
        {
            logger.LogInformation("{Node} is not the leader, going to {Leader}", connection.Endpoint, leader);
        }
        else
        {
            logger.LogWarning("The connection to {Node} failed: {Fault}", connection.Endpoint, fault.Message);
        }

        connection.Dispose();
    }

    public void Dispose()
    {
        NodeConnection? current;
        lock (_lock)
        {
            _disposed = true;
            current = _current;
            _current = null;
        }

        current?.Dispose();
        _connecting.Dispose();
    }

    private async Task<NodeConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        await _connecting.WaitAsync(cancellationToken);
        try
        {
            Endpoint? known;
            Endpoint? avoid;
            lock (_lock)
            {
                if (_current is { } current)
                {
                    return current;
                }

                known = _leader ?? (settings is { Discover: false, Endpoints: [var only] } ? only : null);
                avoid = _lastFailed;
            }

            Endpoint endpoint = known ?? await _discovery.FindLeaderAsync(avoid, cancellationToken);
            return Use(new NodeConnection(endpoint, settings));
        }
        finally
        {
            _connecting.Release();
        }
    }

    private NodeConnection Use(NodeConnection connection)
    {
        lock (_lock)
        {
            if (!_disposed)
            {
                _leader = null;
                return _current = connection;
            }
        }

        connection.Dispose();
        throw new ObjectDisposedException(nameof(Cluster));
    }
}
