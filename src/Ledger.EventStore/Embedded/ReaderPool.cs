using System.Collections.Concurrent;

namespace Ledger.EventStore.Embedded;

/// <summary>Connections for reading: as many as may read at once, opened when first needed.</summary>
internal sealed class ReaderPool(string path, int limit) : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _permits = new(limit);
    private readonly ConcurrentBag<ReadConnection> _idle = [];
    private volatile bool _closed;

    /// <summary>Reads one page on a connection of its own.</summary>
    public async ValueTask<T> ReadAsync<TState, T>(
        TState state, Func<ReadConnection, TState, T> read, CancellationToken cancellationToken)
    {
        await _permits.WaitAsync(cancellationToken);
        ReadConnection? connection = null;
        try
        {
            if (_closed)
            {
                throw new EventStoreUnavailableException("The event store is closed.", RetryAfter);
            }

            connection = _idle.TryTake(out var idle) ? idle : new ReadConnection(path);
            var result = read(connection, state);
            _idle.Add(connection);
            return result;
        }
        catch (SqliteFault e)
        {
            connection?.Dispose();
            throw new EventStoreUnavailableException($"{path} could not be read: {e.Message}", RetryAfter, e);
        }
        finally
        {
            _permits.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _closed = true;
        for (var i = 0; i < limit; i++)
        {
            await _permits.WaitAsync();
        }

        while (_idle.TryTake(out var connection))
        {
            connection.Dispose();
        }

        _permits.Release(limit);
    }
}
