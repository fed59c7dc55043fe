using SQLitePCL;

namespace Ledger.Benchmarks;

/// <summary>
/// The yardstick: the same bytes into a table with the same key (stream, revision), prepared statement, each transaction taking
/// whatever waits (up to 2,000), full sync, no gRPC and no grain. It checks nothing and shares no code with the embedded store.
/// </summary>
internal sealed class RawSqliteAppender : IDisposable
{
    private const int MaxEventsPerCommit = 2_000;
    private const int CheckpointPages = 16_384;
    private readonly object _gate = new();
    private readonly Queue<Insert> _waiting = [];
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _begin;
    private readonly sqlite3_stmt _commit;
    private readonly sqlite3_stmt _insert;
    private readonly Thread _thread;
    private bool _closed;

    private RawSqliteAppender(string path)
    {
        Batteries_V2.Init();
        Check(raw.sqlite3_open_v2(path, out _database, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX, null));
        Check(raw.sqlite3_exec(
            _database,
            $"""
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = FULL;
            PRAGMA wal_autocheckpoint = {CheckpointPages};
            PRAGMA cache_size = -65536;
            CREATE TABLE IF NOT EXISTS raw (
                position INTEGER PRIMARY KEY, stream INTEGER NOT NULL, revision INTEGER NOT NULL, id BLOB NOT NULL, type TEXT NOT NULL,
                metadata BLOB NOT NULL, data BLOB NOT NULL);
            CREATE UNIQUE INDEX IF NOT EXISTS raw_key ON raw (stream, revision);
            """));
        _begin = Prepare("BEGIN IMMEDIATE");
        _commit = Prepare("COMMIT");
        _insert = Prepare("INSERT INTO raw (stream, revision, id, type, metadata, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        _thread = new Thread(Run) { IsBackground = true, Name = "raw appender" };
        _thread.Start();
    }

    /// <summary>Opens or creates the file.</summary>
    public static RawSqliteAppender Open(string path) => new(path);

    /// <summary>Durable when it completes.</summary>
    /// <param name="stream">The stream's number.</param>
    /// <param name="revision">Its next revision; nobody checks.</param>
    /// <param name="id">Event id.</param>
    /// <param name="type">Event type in UTF-8.</param>
    /// <param name="metadata">Metadata.</param>
    /// <param name="data">Data.</param>
    public Task AppendAsync(
        long stream, long revision, Guid id, ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> metadata, ReadOnlyMemory<byte> data)
    {
        var insert = new Insert(stream, revision, id, type, metadata, data);
        lock (_gate)
        {
            _waiting.Enqueue(insert);
            Monitor.Pulse(_gate);
        }

        return insert.Task;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.Pulse(_gate);
        }

        _thread.Join();
        _begin.Dispose();
        _commit.Dispose();
        _insert.Dispose();
        _database.Dispose();
    }

    private void Run()
    {
        var group = new List<Insert>(MaxEventsPerCommit);
        while (Take(group))
        {
            try
            {
                Step(_begin);
                foreach (var insert in group)
                {
                    Write(insert);
                }

                Step(_commit);
                group.ForEach(static insert => insert.SetResult());
            }
            catch (InvalidOperationException e)
            {
                _ = raw.sqlite3_exec(_database, "ROLLBACK");
                group.ForEach(insert => insert.SetException(e));
            }

            group.Clear();
        }
    }

    private bool Take(List<Insert> group)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (_closed)
                {
                    return false;
                }

                Monitor.Wait(_gate);
            }

            while (group.Count < MaxEventsPerCommit && _waiting.TryDequeue(out var insert))
            {
                group.Add(insert);
            }

            return true;
        }
    }

    private void Write(Insert insert)
    {
        Span<byte> id = stackalloc byte[16];
        insert.Id.TryWriteBytes(id);
        _ = raw.sqlite3_bind_int64(_insert, 1, insert.Stream);
        _ = raw.sqlite3_bind_int64(_insert, 2, insert.Revision);
        _ = raw.sqlite3_bind_blob(_insert, 3, id);
        _ = raw.sqlite3_bind_text(_insert, 4, insert.Type.Span);
        _ = raw.sqlite3_bind_blob(_insert, 5, insert.Metadata.Span);
        _ = raw.sqlite3_bind_blob(_insert, 6, insert.Data.Span);
        Step(_insert);
    }

    private sqlite3_stmt Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_database, sql, out var statement));
        return statement;
    }

    private void Step(sqlite3_stmt statement)
    {
        var rc = raw.sqlite3_step(statement);
        _ = raw.sqlite3_reset(statement);
        if (rc != raw.SQLITE_DONE)
        {
            Check(rc);
        }
    }

    private void Check(int rc)
    {
        if (rc != raw.SQLITE_OK)
        {
            throw new InvalidOperationException($"SQLite {rc}: {raw.sqlite3_errmsg(_database).utf8_to_string()}");
        }
    }

    private sealed class Insert(
        long stream, long revision, Guid id, ReadOnlyMemory<byte> type, ReadOnlyMemory<byte> metadata, ReadOnlyMemory<byte> data)
        : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public long Stream { get; } = stream;

        public long Revision { get; } = revision;

        public Guid Id { get; } = id;

        public ReadOnlyMemory<byte> Type { get; } = type;

        public ReadOnlyMemory<byte> Metadata { get; } = metadata;

        public ReadOnlyMemory<byte> Data { get; } = data;
    }
}
