using System.Text;
using SQLitePCL;

namespace Ledger.EventStore.Embedded;

/// <summary>The only connection that writes: statements, and what it remembers of the heads of streams.</summary>
internal sealed class WriteConnection : IDisposable
{
    private const int PageBytes = 4_096;
    private const int FrameHeaderBytes = 24;

    /// <summary>Pages of the log that get their blocks in advance, so that their syncs need not: 16 MB.</summary>
    private const int ReservedPages = 4_096;

    private readonly Database _database;
    private readonly int _checkpointPages;
    private readonly BoundedCache<string, StreamHead> _heads;
    private readonly sqlite3_stmt _begin;
    private readonly sqlite3_stmt _commit;
    private readonly sqlite3_stmt _findStream;
    private readonly sqlite3_stmt _lastRevision;
    private readonly sqlite3_stmt _insertStream;
    private readonly sqlite3_stmt _insertEvent;
    private readonly sqlite3_stmt _eventAt;
    private int _pages;
    private int _checkpointAtPages;

    private WriteConnection(Database database, EmbeddedEventStoreOptions options)
    {
        _database = database;
        _checkpointPages = _checkpointAtPages = options.CheckpointPages;
        _heads = new BoundedCache<string, StreamHead>(options.MaxCachedStreams);
        _begin = database.Prepare("BEGIN IMMEDIATE");
        _commit = database.Prepare("COMMIT");
        _findStream = database.Prepare("SELECT id FROM streams WHERE name = ?1");
        _lastRevision = database.Prepare("SELECT revision FROM events WHERE stream = ?1 ORDER BY revision DESC LIMIT 1");
        _insertStream = database.Prepare("INSERT INTO streams (name) VALUES (?1)");
        _insertEvent = database.Prepare(
            "INSERT INTO events (position, stream, revision, id, created, type, metadata, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
        _eventAt = database.Prepare("SELECT position, id FROM events WHERE stream = ?1 AND revision = ?2");
        LastPosition = database.Number("SELECT max(position) FROM events");
    }

    /// <summary>Position of the last event written, durable once the transaction is committed.</summary>
    public long LastPosition { get; private set; }

    /// <summary>Opens the file, and makes all that is found in it durable before anything is answered from it.</summary>
    /// <remarks>
    /// After a failed fsync, or a process killed before one, the kernel may show frames that are not on the disk and
    /// that it holds for clean. Moving every frame into the database file writes them anew, so that this sync says the truth.
    /// </remarks>
    public static WriteConnection Open(StoreDirectory directory, EmbeddedEventStoreOptions options)
    {
        var database = Database.Open(directory.DatabasePath, readOnly: false);
        try
        {
            // The cache is small on purpose: a commit after the split of a page looks at all its buckets, and what it lacks comes from the
            // kernel's in a microsecond.
            database.Execute(
                $"""
                PRAGMA page_size = {PageBytes};
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA wal_autocheckpoint = 0;
                PRAGMA cache_size = -8192;
                PRAGMA temp_store = MEMORY;
                """);
            Schema.Ensure(database, directory.DatabasePath);
            if (!database.Checkpoint(raw.SQLITE_CHECKPOINT_TRUNCATE))
            {
                throw new SqliteFault(raw.SQLITE_BUSY, "The write-ahead log is in use and could not be made durable");
            }

            directory.ReserveLog(Math.Min(options.CheckpointPages, ReservedPages) * (PageBytes + FrameHeaderBytes));
            directory.Sync();
            return new WriteConnection(database, options);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public void Begin() => _database.Run(_begin);

    public void Commit()
    {
        _database.Run(_commit);
        _pages += _database.PagesWritten();
    }

    /// <summary>Writes one append into the running transaction, or finds why not.</summary>
    public AppendResult Append(StreamAppend append, long createdTicks)
    {
        var head = HeadOf(append.Stream);
        if (head.Revision != append.ExpectedRevision)
        {
            return Repeated(append, head) ?? new AppendResult(Appended: false, head.Revision, StorePosition.Start);
        }

        if (head.Id == 0)
        {
            head.Id = InsertStream(append.Stream);
            _heads.Add(append.Stream, head);
        }

        for (var i = 0; i < append.Events.Count; i++)
        {
            Insert(head, append.Events[i], createdTicks);
        }

        return new AppendResult(Appended: true, head.Revision, Positions.Of(LastPosition));
    }

    /// <summary>Moves the WAL into the database when it is long enough to be worth it.</summary>
    public void CheckpointIfDue()
    {
        if (_pages < _checkpointAtPages)
        {
            return;
        }

        // A reader that keeps the log from starting over is waited for, but only once the log is four times as long.
        var all = _database.Checkpoint(_pages >= 4 * _checkpointPages ? raw.SQLITE_CHECKPOINT_RESTART : raw.SQLITE_CHECKPOINT_PASSIVE);
        _pages = all ? 0 : _pages;
        _checkpointAtPages = all ? _checkpointPages : _pages + (_checkpointPages / 8);
    }

    public void Dispose() => _database.Dispose();

    private void Insert(StreamHead head, NewEvent @event, long createdTicks)
    {
        Span<byte> id = stackalloc byte[16];
        @event.Id.TryWriteBytes(id);
        raw.sqlite3_bind_int64(_insertEvent, 1, LastPosition + 1);
        raw.sqlite3_bind_int64(_insertEvent, 2, head.Id);
        raw.sqlite3_bind_int64(_insertEvent, 3, head.Revision + 1);
        _database.Check(raw.sqlite3_bind_blob(_insertEvent, 4, id));
        raw.sqlite3_bind_int64(_insertEvent, 5, createdTicks);
        BindText(_insertEvent, 6, @event.Type);
        _database.Check(raw.sqlite3_bind_blob(_insertEvent, 7, @event.Metadata.Span));
        _database.Check(raw.sqlite3_bind_blob(_insertEvent, 8, @event.Data.Span));
        _database.Run(_insertEvent);
        LastPosition++;
        head.Revision++;
    }

    private AppendResult? Repeated(StreamAppend append, StreamHead head)
    {
        if (append.ExpectedRevision + append.Events.Count > head.Revision)
        {
            return null;
        }

        long position = 0;
        Span<byte> id = stackalloc byte[16];
        for (var i = 0; i < append.Events.Count; i++)
        {
            append.Events[i].Id.TryWriteBytes(id);
            raw.sqlite3_bind_int64(_eventAt, 1, head.Id);
            raw.sqlite3_bind_int64(_eventAt, 2, append.ExpectedRevision + 1 + i);
            var same = _database.Step(_eventAt) && raw.sqlite3_column_blob(_eventAt, 1).SequenceEqual(id);
            position = same ? raw.sqlite3_column_int64(_eventAt, 0) : 0;
            raw.sqlite3_reset(_eventAt);
            if (!same)
            {
                return null;
            }
        }

        return new AppendResult(Appended: true, append.ExpectedRevision + append.Events.Count, Positions.Of(position));
    }

    private StreamHead HeadOf(string stream)
    {
        if (_heads.TryGet(stream, out var head))
        {
            return head;
        }

        BindText(_findStream, 1, stream);
        if (_database.Number(_findStream) is not { } id)
        {
            return new StreamHead();
        }

        raw.sqlite3_bind_int64(_lastRevision, 1, id);
        head = new StreamHead { Id = id, Revision = _database.Number(_lastRevision) ?? Revisions.NoStream };
        _heads.Add(stream, head);
        return head;
    }

    private long InsertStream(string stream)
    {
        BindText(_insertStream, 1, stream);
        _database.Run(_insertStream);
        return _database.LastInsertRowId();
    }

    private void BindText(sqlite3_stmt statement, int index, string text)
    {
        Span<byte> utf8 = stackalloc byte[512];
        utf8 = Encoding.UTF8.TryGetBytes(text, utf8, out var length) ? utf8[..length] : Encoding.UTF8.GetBytes(text);
        _database.Check(raw.sqlite3_bind_text(statement, index, utf8));
    }

    private sealed class StreamHead
    {
        public long Id { get; set; }

        public long Revision { get; set; } = Revisions.NoStream;
    }
}
