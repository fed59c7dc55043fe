using Ledger.Contracts.Organisations;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Microsoft.Data.Sqlite;

namespace Ledger.Silo.Organisations;

/// <summary>
/// The counts of one organisation in a SQLite file: decisions by cell, and in each cell how many about whom, so that people are counted once.
/// It holds pseudonyms and nothing else about anybody. Deleted, damaged or of another version, it is made again from the store.
/// </summary>
internal sealed class UnitFile : IDisposable
{
    // "LdgU", so that `file` and we ourselves know the file for ours.
    private const int ApplicationId = 0x4C646755;
    private const int SchemaVersion = 1;

    private readonly SqliteConnection connection;
    private readonly Lock turn = new();

    private UnitFile(SqliteConnection connection) => this.connection = connection;

    /// <summary>How far it has read.</summary>
    public StorePosition Position { get; private set; }

    /// <summary>When the store took the last event read, UTC.</summary>
    public DateTimeOffset? ReadUpTo { get; private set; }

    /// <summary>Opens the file, or makes a new one in place of none or one that is no good.</summary>
    public static UnitFile Open(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        try
        {
            return OpenAsItIs(path) ?? OpenNew(path);
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 1 or 11 or 26)
        {
            // No table, damaged, or no database: all of it stands in the store.
            return OpenNew(path);
        }
    }

    /// <summary>Deletes the file at a path, with what SQLite keeps beside it.</summary>
    public static void Delete(string path)
    {
        foreach (string ending in new[] { "", "-wal", "-shm" })
        {
            File.Delete(path + ending);
        }
    }

    /// <summary>Adds a batch, and how far it was read, in one transaction.</summary>
    /// <returns>False: another writer has read on meanwhile; nothing was added.</returns>
    public bool TryApply(UnitBatch batch)
    {
        lock (turn)
        {
            using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
            StorePosition before = Position;
            ReadProgress();
            if (Position != before)
            {
                return false;
            }

            using (Additions additions = new(connection, transaction))
            {
                foreach ((CellKey cell, Dictionary<string, long> workers) in batch.Cells)
                {
                    additions.Add(cell, workers);
                }
            }

            foreach (MandateGiven given in batch.Given)
            {
                Execute(
                    "INSERT INTO mandates (mandate, worker, representative, expires_at) VALUES ($mandate, $worker, $representative, $at) ON CONFLICT DO NOTHING",
                    ("$mandate", given.MandateId.ToString()), ("$worker", given.Worker), ("$representative", given.Representative), ("$at", given.ExpiresAt.ToUnixTimeMilliseconds()));
            }

            foreach (Guid withdrawn in batch.Withdrawn)
            {
                Execute("DELETE FROM mandates WHERE mandate = $mandate", ("$mandate", withdrawn.ToString()));
            }

            foreach (string erased in batch.Erased)
            {
                Execute("DELETE FROM mandates WHERE worker = $worker", ("$worker", erased));
            }

            RecordedEvent last = batch.Last!;
            Execute(
                "UPDATE progress SET commit_position = $commit, prepare_position = $prepare, read_up_to = $at",
                ("$commit", unchecked((long)last.Position.Commit)), ("$prepare", unchecked((long)last.Position.Prepare)), ("$at", last.Created.ToUnixTimeMilliseconds()));
            transaction.Commit();
            (Position, ReadUpTo) = (last.Position, last.Created);
            return true;
        }
    }

    /// <summary>Cells of some months, of one unit or of all.</summary>
    public List<(CellKey Key, CellFigures Figures)> Cells(string? unit, int fromMonth, int toMonth) => Select(
        $"SELECT unit, month, kind, value, decisions, workers, largest FROM cells WHERE {(unit is null ? "" : "unit = $unit AND ")}month BETWEEN $from AND $to",
        row => (new CellKey(row.GetString(0), row.GetInt32(1), row.GetInt32(2), row.GetString(3)), new CellFigures(row.GetInt64(4), row.GetInt32(5), row.GetInt64(6))),
        ("$unit", unit ?? ""), ("$from", fromMonth), ("$to", toMonth));

    /// <summary>Some months of a unit counted as one period.</summary>
    public List<(int Kind, string Value, CellFigures Figures)> Together(string unit, IReadOnlyList<int> months) => Select(
        $"""
        SELECT kind, value, SUM(n), COUNT(*), MAX(n) FROM (
            SELECT c.kind, c.value, p.worker, SUM(p.decisions) AS n FROM cells c JOIN parts p ON p.cell = c.cell
            WHERE c.unit = $unit AND c.month IN ({string.Join(',', months)}) GROUP BY c.kind, c.value, p.worker)
        GROUP BY kind, value
        """,
        row => (row.GetInt32(0), row.GetString(1), new CellFigures(row.GetInt64(2), row.GetInt32(3), row.GetInt64(4))),
        ("$unit", unit));

    /// <summary>Years with decisions, oldest first.</summary>
    public List<int> Years() => Select("SELECT DISTINCT month / 12 FROM cells WHERE month > 0 ORDER BY 1", row => row.GetInt32(0));

    /// <summary>What each system was ever used for.</summary>
    public List<(int Kind, string System, string Value, CellFigures Figures)> Uses() => Select(
        "SELECT kind, value, decisions, workers, largest FROM cells WHERE month = 0 ORDER BY value",
        row => (row.GetInt32(0), row.GetString(1).Split('\n')[0], row.GetString(1).Split('\n')[1], new CellFigures(row.GetInt64(2), row.GetInt32(3), row.GetInt64(4))));

    /// <summary>Mandates to a representative that end after an instant.</summary>
    public List<MandateInForce> MandatesTo(string representative, DateTimeOffset now) => Select(
        "SELECT worker, expires_at FROM mandates WHERE representative = $representative AND expires_at > $now ORDER BY expires_at, worker",
        row => new MandateInForce(row.GetString(0), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(1))),
        ("$representative", representative), ("$now", now.ToUnixTimeMilliseconds()));

    public void Dispose()
    {
        lock (turn)
        {
            connection.Dispose();
        }
    }

    private static UnitFile? OpenAsItIs(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        UnitFile file = Connect(path);
        try
        {
            if (file.Number("PRAGMA application_id") == ApplicationId && file.Number("PRAGMA user_version") == SchemaVersion)
            {
                file.ReadProgress();
                return file;
            }
        }
        catch
        {
            file.Dispose();
            throw;
        }

        file.Dispose();
        return null;
    }

    private static UnitFile OpenNew(string path)
    {
        Delete(path);
        UnitFile file = Connect(path);
        file.Execute(
            $"""
            BEGIN IMMEDIATE;
            CREATE TABLE progress (one INTEGER PRIMARY KEY CHECK (one = 1), commit_position INTEGER NOT NULL, prepare_position INTEGER NOT NULL, read_up_to INTEGER);
            INSERT INTO progress VALUES (1, 0, 0, NULL);
            CREATE TABLE cells (
                cell INTEGER PRIMARY KEY, unit TEXT NOT NULL, month INTEGER NOT NULL, kind INTEGER NOT NULL, value TEXT NOT NULL,
                decisions INTEGER NOT NULL, workers INTEGER NOT NULL, largest INTEGER NOT NULL, UNIQUE (unit, month, kind, value));
            CREATE INDEX cells_by_month ON cells (month);
            CREATE TABLE parts (cell INTEGER NOT NULL, worker BLOB NOT NULL, decisions INTEGER NOT NULL, PRIMARY KEY (cell, worker)) WITHOUT ROWID;
            CREATE TABLE mandates (mandate TEXT PRIMARY KEY, worker TEXT NOT NULL, representative TEXT NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
            CREATE INDEX mandates_by_representative ON mandates (representative);
            CREATE INDEX mandates_by_worker ON mandates (worker);
            PRAGMA application_id = {ApplicationId};
            PRAGMA user_version = {SchemaVersion};
            COMMIT;
            """);
        return file;
    }

    private static UnitFile Connect(string path)
    {
        if (!File.Exists(path))
        {
            // Before SQLite makes it: who works for whom is nobody else's business.
            DurableFiles.OpenForOwner(path, FileMode.OpenOrCreate).Dispose();
        }

        SqliteConnection opened = new(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 5 }.ToString());
        try
        {
            opened.Open();
            UnitFile file = new(opened);
            // Losing the last batches in a power cut costs reading them again.
            file.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000");
            return file;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    private void ReadProgress()
    {
        (StorePosition position, DateTimeOffset? readUpTo) = Select(
            "SELECT commit_position, prepare_position, read_up_to FROM progress",
            row => (new StorePosition(unchecked((ulong)row.GetInt64(0)), unchecked((ulong)row.GetInt64(1))),
                row.IsDBNull(2) ? (DateTimeOffset?)null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)))).Single();
        (Position, ReadUpTo) = (position, readUpTo);
    }

    private long Number(string sql) => Select(sql, row => row.GetInt64(0)).Single();

    private void Execute(string sql, params (string Name, object Value)[] values)
    {
        using SqliteCommand command = Command(sql, values);
        command.ExecuteNonQuery();
    }

    private List<T> Select<T>(string sql, Func<SqliteDataReader, T> read, params (string Name, object Value)[] values)
    {
        lock (turn)
        {
            List<T> found = [];
            using SqliteCommand command = Command(sql, values);
            using SqliteDataReader rows = command.ExecuteReader();
            while (rows.Read())
            {
                found.Add(read(rows));
            }

            return found;
        }
    }

    private SqliteCommand Command(string sql, (string Name, object Value)[] values)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object value) in values)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }

    /// <summary>The statements that add to cells, prepared once for a batch.</summary>
    private sealed class Additions : IDisposable
    {
        private readonly SqliteCommand cell;
        private readonly SqliteCommand part;
        private readonly SqliteCommand sum;

        public Additions(SqliteConnection connection, SqliteTransaction transaction)
        {
            cell = Prepare(
                connection, transaction,
                "INSERT INTO cells (unit, month, kind, value, decisions, workers, largest) VALUES ($unit, $month, $kind, $value, 0, 0, 0) "
                + "ON CONFLICT (unit, month, kind, value) DO UPDATE SET decisions = decisions RETURNING cell",
                "$unit", "$month", "$kind", "$value");
            part = Prepare(
                connection, transaction,
                "INSERT INTO parts (cell, worker, decisions) VALUES ($cell, $worker, $n) ON CONFLICT (cell, worker) DO UPDATE SET decisions = decisions + $n RETURNING decisions",
                "$cell", "$worker", "$n");
            sum = Prepare(
                connection, transaction,
                "UPDATE cells SET decisions = decisions + $n, workers = workers + $new, largest = max(largest, $largest) WHERE cell = $cell",
                "$n", "$new", "$largest", "$cell");
        }

        public void Add(CellKey key, Dictionary<string, long> workers)
        {
            long id = Run(cell, key.Unit, key.Month, key.Kind, key.Value);
            long added = 0, largest = 0;
            int fresh = 0;
            foreach ((string worker, long n) in workers)
            {
                long all = Run(part, id, Convert.FromHexString(worker), n);
                added += n;
                fresh += all == n ? 1 : 0;
                largest = Math.Max(largest, all);
            }

            Run(sum, added, fresh, largest, id);
        }

        public void Dispose()
        {
            cell.Dispose();
            part.Dispose();
            sum.Dispose();
        }

        private static SqliteCommand Prepare(SqliteConnection connection, SqliteTransaction transaction, string sql, params string[] names)
        {
            SqliteCommand command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = sql;
            foreach (string name in names)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = name });
            }

            return command;
        }

        private static long Run(SqliteCommand command, params ReadOnlySpan<object> values)
        {
            for (int i = 0; i < values.Length; i++)
            {
                command.Parameters[i].Value = values[i];
            }

            return command.ExecuteScalar() is long number ? number : 0;
        }
    }
}
