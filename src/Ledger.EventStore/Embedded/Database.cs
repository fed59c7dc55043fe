using SQLitePCL;

namespace Ledger.EventStore.Embedded;

/// <summary>One SQLite connection and its prepared statements; used by one thread at a time.</summary>
/// <remarks>The raw API and not ADO.NET, whose commands and parameters are objects anew for every insert.</remarks>
internal sealed class Database : IDisposable
{
    private const int BusyTimeoutMs = 5_000;
    private readonly sqlite3 _handle;
    private readonly List<sqlite3_stmt> _statements = [];

    static Database() => Batteries_V2.Init();

    private Database(sqlite3 handle) => _handle = handle;

    public static Database Open(string path, bool readOnly)
    {
        var flags = raw.SQLITE_OPEN_NOMUTEX
            | (readOnly ? raw.SQLITE_OPEN_READONLY : raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE);
        var rc = raw.sqlite3_open_v2(path, out var handle, flags, null);
        var database = new Database(handle);
        try
        {
            database.Check(rc);
            raw.sqlite3_extended_result_codes(handle, 1);
            raw.sqlite3_busy_timeout(handle, BusyTimeoutMs);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    public sqlite3_stmt Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var statement));
        _statements.Add(statement);
        return statement;
    }

    /// <summary>True: a row is there.</summary>
    public bool Step(sqlite3_stmt statement)
    {
        var rc = raw.sqlite3_step(statement);
        if (rc == raw.SQLITE_ROW)
        {
            return true;
        }

        if (rc != raw.SQLITE_DONE)
        {
            var fault = Fault(rc);
            raw.sqlite3_reset(statement);
            throw fault;
        }

        return false;
    }

    public void Run(sqlite3_stmt statement)
    {
        Step(statement);
        raw.sqlite3_reset(statement);
    }

    /// <summary>The first column of the first row of a query, or null.</summary>
    public long? Number(sqlite3_stmt statement)
    {
        long? number = Step(statement) ? raw.sqlite3_column_int64(statement, 0) : null;
        raw.sqlite3_reset(statement);
        return number;
    }

    public void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    public long Number(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var statement));
        using (statement)
        {
            return Number(statement) ?? 0;
        }
    }

    /// <summary>The first column of the first row of a query.</summary>
    public string Text(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var statement));
        using (statement)
        {
            return Step(statement) ? raw.sqlite3_column_text(statement, 0).utf8_to_string() : "";
        }
    }

    public long LastInsertRowId() => raw.sqlite3_last_insert_rowid(_handle);

    /// <summary>Moves frames of the WAL into the database file. True: all of them, and both files are synced.</summary>
    public bool Checkpoint(int mode)
    {
        var rc = raw.sqlite3_wal_checkpoint_v2(_handle, "main", mode, out var frames, out var moved);
        if ((rc & 0xFF) == raw.SQLITE_BUSY)
        {
            return false;
        }

        Check(rc);
        return frames == moved;
    }

    /// <summary>Pages written to the WAL since the last call.</summary>
    public int PagesWritten()
    {
        raw.sqlite3_db_status(_handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, 1);
        return pages;
    }

    public void Check(int rc)
    {
        if (rc != raw.SQLITE_OK)
        {
            throw Fault(rc);
        }
    }

    public void Dispose()
    {
        foreach (var statement in _statements)
        {
            statement.Dispose();
        }

        _handle.Dispose();
    }

    private SqliteFault Fault(int rc) =>
        new(raw.sqlite3_extended_errcode(_handle) is var code && (code & 0xFF) == (rc & 0xFF) ? code : rc,
            raw.sqlite3_errmsg(_handle).utf8_to_string() ?? "SQLite failed");
}
