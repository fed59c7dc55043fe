using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Ledger.ProtocolHosting;

/// <summary>The open connections of a host, so that they can be cut.</summary>
internal sealed class Connections
{
    private readonly ConcurrentDictionary<string, ConnectionContext> _open = new(StringComparer.Ordinal);

    public ConnectionDelegate Track(ConnectionDelegate next) => async connection =>
    {
        _open[connection.ConnectionId] = connection;
        try
        {
            await next(connection);
        }
        finally
        {
            _open.TryRemove(connection.ConnectionId, out _);
        }
    };

    public void Cut()
    {
        foreach (ConnectionContext connection in _open.Values)
        {
            connection.Abort();
        }
    }
}
