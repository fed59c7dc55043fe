using Microsoft.Extensions.Logging;

namespace Ledger.EventStore.Embedded;

/// <summary>
/// The one thread that writes. It takes all that waits into one transaction, syncs once, and only then answers.
/// After a failure it forgets the connection and everything it remembered, and starts from the file again.
/// </summary>
internal sealed class Writer
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);
    private readonly StoreDirectory _directory;
    private readonly EmbeddedEventStoreOptions _options;
    private readonly AppendQueue _queue;
    private readonly CommitSignal _signal;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WriteConnection? _connection;
    private EventStoreUnavailableException? _fault;
    private long _reopenAtMs;

    public Writer(
        StoreDirectory directory, EmbeddedEventStoreOptions options, AppendQueue queue, CommitSignal signal, TimeProvider time, ILogger logger)
    {
        _directory = directory;
        _options = options;
        _queue = queue;
        _signal = signal;
        _time = time;
        _logger = logger;
        _connection = WriteConnection.Open(directory, options);
        _signal.Committed(_connection.LastPosition);
        new Thread(Run) { IsBackground = true, Name = "event store writer" }.Start();
    }

    /// <summary>Writes what is queued, then ends.</summary>
    public Task CloseAsync()
    {
        _queue.Close();
        return _ended.Task;
    }

    private void Run()
    {
        var group = new List<PendingAppend>();
        while (_queue.Take(group))
        {
            if (group.Count > 0)
            {
                Write(group);
                group.Clear();
                Checkpoint();
            }
        }

        _connection?.Dispose();
        _ended.SetResult();
    }

    private void Write(List<PendingAppend> group)
    {
        var committing = false;
        try
        {
            var connection = Connect();
            var before = connection.LastPosition;
            connection.Begin();
            var created = _time.GetUtcNow().UtcTicks;
            foreach (var pending in group)
            {
                pending.Result = connection.Append(pending.Append, created);
            }

            committing = true;
            connection.Commit();
            if (connection.LastPosition != before)
            {
                _signal.Committed(connection.LastPosition);
            }
        }
        catch (Exception e) // The thread must outlive whatever happens; every waiter hears of it.
        {
            var refusal = Fail(e, committing);
            foreach (var pending in group)
            {
                pending.Refuse(refusal);
            }

            return;
        }

        foreach (var pending in group)
        {
            pending.Answer();
        }
    }

    private void Checkpoint()
    {
        try
        {
            _connection?.CheckpointIfDue();
        }
        catch (SqliteFault e)
        {
            Fail(e, committing: false);
        }
    }

    private WriteConnection Connect()
    {
        if (_connection is null)
        {
            if (_fault is not null && Environment.TickCount64 < _reopenAtMs)
            {
                throw _fault;
            }

            _connection = WriteConnection.Open(_directory, _options);
            _signal.Committed(_connection.LastPosition);
            _fault = null;
            _logger.LogInformation("The event store in {Path} writes again", _directory.DatabasePath);
        }

        return _connection;
    }

    /// <summary>Closes the connection, which rolls back, and says what the callers are told.</summary>
    private EventStoreUnavailableException Fail(Exception cause, bool committing)
    {
        if (ReferenceEquals(cause, _fault))
        {
            return _fault;
        }

        _logger.LogError(cause, "The event store in {Path} could not write", _directory.DatabasePath);
        _connection?.Dispose();
        _connection = null;
        _reopenAtMs = Environment.TickCount64 + _options.ReopenAfterMs;
        _fault = Refusal.Of(cause, _directory.DatabasePath, RetryAfter);
        return committing ? Refusal.OfCommit(cause, _directory.DatabasePath, RetryAfter) : _fault;
    }
}
