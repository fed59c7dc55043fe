using System.Collections.Concurrent;

namespace Ledger.EventStore.Embedded;

/// <summary>Connections for reading: as many as may read at once, opened when first needed.</summary>
internal sealed class ReaderPool : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private readonly string _path;
    private readonly int _limit;
    private readonly SemaphoreSlim _permits;
    private readonly ConcurrentBag<ReadConnection> _idle = [];
    private volatile bool _closed;

    public ReaderPool(string path, int limit)
    {
        (_path, _limit, _permits) = (path, limit, new SemaphoreSlim(limit));
        try
        {
            // While one connection is open, the shared memory of the log exists: on a full disk it could not be made,
            // and when the writer fails and closes, reads go on.
            _idle.Add(new ReadConnection(path));
        }
        catch (SqliteFault)
        {
            // The first read tries again, and says what is wrong.
        }
    }

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

            connection = _idle.TryTake(out var idle) ? idle : new ReadConnection(_path);
            var result = read(connection, state);
            _idle.Add(connection);
            return result;
        }
        catch (SqliteFault e)
        {
            connection?.Dispose();
            throw new EventStoreUnavailableException($"{_path} could not be read: {e.Message}", RetryAfter, e);
        }
        finally
        {
            _permits.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _closed = true;
        for (var i = 0; i < _limit; i++)
        {
            await _permits.WaitAsync();
        }

        while (_idle.TryTake(out var connection))
        {
            connection.Dispose();
        }

        _permits.Release(_limit);
    }
}
