using System.Buffers.Binary;
using System.Globalization;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations;
using Microsoft.Data.Sqlite;

namespace Ledger.Silo.Workers.Sealing;

/// <summary>The workers' keys in the file <c>workers.db</c> of the directory of keys; several processes may have it open.</summary>
/// <remarks>
/// A wrapped key is a row of one length in a table that only grows, and a tombstone is that row overwritten with zeros: SQLite then changes the
/// page in place. Were rows deleted, or indexed by what they hold, splitting and merging pages would leave copies of them behind.
/// </remarks>
internal sealed class EmbeddedKeyStore : IWorkerKeyStore
{
    public const string FileName = "workers.db";

    // "LdgK", so that `file` and we ourselves know the file for ours.
    private const int ApplicationId = 0x4C64674B;
    private const int SchemaVersion = 1;

    private static readonly byte[] Nothing = new byte[OrganisationKeyRing.WrappedLength];

    private readonly string directory;
    private readonly string path;
    private readonly Lock turn = new();
    private Session? session;
    private bool closed;

    private EmbeddedKeyStore(string directory)
    {
        this.directory = directory;
        path = Path.Combine(directory, FileName);
    }

    /// <summary>Opens the file, or makes one that only its owner can read.</summary>
    /// <exception cref="InvalidDataException">The file is not one of workers' keys.</exception>
    /// <exception cref="KeyStoreUnavailableException">It cannot be opened now.</exception>
    public static EmbeddedKeyStore Open(string directory)
    {
        EmbeddedKeyStore store = new(directory);
        store.Run(static _ => true);
        return store;
    }

    public ValueTask<IReadOnlyList<StoredKey?>> FindAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken) =>
        new(Run(s => (IReadOnlyList<StoredKey?>)[.. ids.Select(s.Find)]));

    public ValueTask<IReadOnlyList<StoredKey?>> FindOrCreateAsync(IReadOnlyList<StoredKey> proposed, CancellationToken cancellationToken) =>
        new(Run(s => s.Write<IReadOnlyList<StoredKey?>>(() => [.. proposed.Select(s.FindOrCreate)])));

    public ValueTask DestroyAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken)
    {
        Run(s =>
        {
            s.Write(() => ids.Count(s.Destroy));
            // Repeated too: the one before may have been stopped between the two.
            s.EmptyLog();
            return true;
        });
        return default;
    }

    public ValueTask<IReadOnlyList<StoredKey>> OlderThanAsync(
        string organisation, int version, StoredKey? after, int count, CancellationToken cancellationToken) =>
        new(Run(s => s.OlderThan(organisation, version, after, count)));

    public ValueTask<int> ReplaceAsync(IReadOnlyList<(StoredKey Old, StoredKey New)> wraps, CancellationToken cancellationToken) =>
        new(Run(s => s.Write(() => wraps.Count(s.Replace))));

    public ValueTask<ReadOnlyMemory<byte>> RegisterAsync(
        string organisation, int version, ReadOnlyMemory<byte> fingerprint, CancellationToken cancellationToken) =>
        new(Run(s => s.Fingerprint(organisation, version)
            ?? s.Write(() => s.Fingerprint(organisation, version) ?? s.Register(organisation, version, fingerprint))));

    public ValueTask RetireAsync(string organisation, int version, CancellationToken cancellationToken)
    {
        Run(s => s.Write(() => s.Retire(organisation, version)));
        return default;
    }

    public ValueTask DisposeAsync()
    {
        lock (turn)
        {
            closed = true;
            session?.Dispose();
            session = null;
        }

        return default;
    }

    // One at a time: a look takes microseconds, and what waits for the disk goes in groups.
    private T Run<T>(Func<Session, T> what)
    {
        lock (turn)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            try
            {
                session ??= Session.Open(directory, path);
                return what(session);
            }
            catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
            {
                // After a failed fsync the kernel may show what is not on the disk: opening again makes all that is found durable first.
                session?.Dispose();
                session = null;
                throw IsNonsense(e)
                    ? new InvalidDataException($"{path} is damaged or no file of workers' keys. Restore it from a backup; do not delete it: without it nothing about any worker can be read.", e)
                    : new KeyStoreUnavailableException($"The workers' keys in {path} cannot be read or written: {e.Message}", Limits.RetryAfter, e);
            }
        }
    }

    private static bool IsNonsense(Exception e) => e is SqliteException { SqliteErrorCode: 11 or 26 };

    /// <summary>One open connection and its statements.</summary>
    private sealed class Session : IDisposable
    {
        private readonly SqliteConnection connection;
        private readonly SqliteCommand find;
        private readonly SqliteCommand inForce;
        private readonly SqliteCommand addSlot;
        private readonly SqliteCommand addWorker;
        private readonly SqliteCommand overwrite;
        private readonly SqliteCommand page;
        private readonly SqliteCommand fingerprint;
        private readonly SqliteCommand register;
        private readonly SqliteCommand retire;
        private SqliteTransaction? running;

        private Session(SqliteConnection connection)
        {
            this.connection = connection;
            find = Command("SELECT w.slot, s.wrapped FROM workers w JOIN slots s ON s.slot = w.slot WHERE w.organisation = $organisation AND w.worker = $worker");
            inForce = Command("SELECT 1 FROM rings WHERE organisation = $organisation AND version = $version AND NOT retired");
            addSlot = Command("INSERT INTO slots (wrapped) VALUES ($wrapped) RETURNING slot");
            addWorker = Command("INSERT INTO workers (organisation, worker, slot) VALUES ($organisation, $worker, $slot)");
            overwrite = Command("UPDATE slots SET wrapped = $wrapped WHERE slot = $slot");
            page = Command(
                """
                SELECT w.worker, s.wrapped FROM workers w JOIN slots s ON s.slot = w.slot
                WHERE w.organisation = $organisation AND w.worker > $worker
                    AND substr(s.wrapped, 1, 4) < $version AND substr(s.wrapped, 1, 4) > x'00000000'
                ORDER BY w.worker LIMIT $count
                """);
            fingerprint = Command("SELECT fingerprint FROM rings WHERE organisation = $organisation AND version = $version");
            register = Command("INSERT INTO rings (organisation, version, fingerprint, retired) VALUES ($organisation, $version, $fingerprint, 0)");
            retire = Command("UPDATE rings SET retired = 1 WHERE organisation = $organisation AND version < $version");
        }

        public static Session Open(string directory, string path)
        {
            Prepare(directory, path);
            SqliteConnection opened = new(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 5 }.ToString());
            try
            {
                opened.Open();
                CreateTables(opened, path);
                Session session = new(opened);
                session.EmptyLog();
                DurableFiles.SyncDirectory(directory);
                return session;
            }
            catch
            {
                opened.Dispose();
                throw;
            }
        }

        public StoredKey? Find(KeyId id) => Look(id)?.Key;

        public StoredKey? FindOrCreate(StoredKey proposed)
        {
            if (Look(proposed.Id) is { } there)
            {
                return there.Key;
            }

            if (!IsInForce(proposed))
            {
                return null;
            }

            Add(proposed.Id, proposed.Wrapped.Span);
            return proposed;
        }

        /// <summary>True: it was not yet.</summary>
        public bool Destroy(KeyId id)
        {
            switch (Look(id))
            {
                case null:
                    Add(id, Nothing);
                    return true;
                case { Key.IsDestroyed: true }:
                    return false;
                case { } there:
                    Overwrite(there.Slot, Nothing);
                    return true;
            }
        }

        public bool Replace((StoredKey Old, StoredKey New) wrap)
        {
            if (Look(wrap.Old.Id) is not { Key.IsDestroyed: false } there || !there.Key.Wrapped.Span.SequenceEqual(wrap.Old.Wrapped.Span) || !IsInForce(wrap.New))
            {
                return false;
            }

            Overwrite(there.Slot, wrap.New.Wrapped.Span);
            return true;
        }

        public List<StoredKey> OlderThan(string organisation, int version, StoredKey? after, int count)
        {
            byte[] below = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(below, version);
            List<StoredKey> keys = [];
            using SqliteDataReader rows = With(page, ("$organisation", organisation), ("$worker", after?.Id.Holder ?? ""), ("$version", below), ("$count", count)).ExecuteReader();
            while (rows.Read())
            {
                keys.Add(Key(new KeyId(organisation, rows.GetString(0)), (byte[])rows[1]));
            }

            return keys;
        }

        public ReadOnlyMemory<byte>? Fingerprint(string organisation, int version) =>
            With(fingerprint, ("$organisation", organisation), ("$version", version)).ExecuteScalar() is byte[] there ? there : (ReadOnlyMemory<byte>?)null;

        public ReadOnlyMemory<byte> Register(string organisation, int version, ReadOnlyMemory<byte> given)
        {
            With(register, ("$organisation", organisation), ("$version", version), ("$fingerprint", given.ToArray())).ExecuteNonQuery();
            return given;
        }

        public int Retire(string organisation, int version) =>
            With(retire, ("$organisation", organisation), ("$version", version)).ExecuteNonQuery();

        /// <summary>One durable step. Takes the right to write first, so that what is read within it stays true.</summary>
        public T Write<T>(Func<T> what)
        {
            using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
            running = transaction;
            try
            {
                T answer = what();
                transaction.Commit();
                return answer;
            }
            finally
            {
                running = null;
            }
        }

        /// <summary>Moves the write-ahead log into the file and empties it: what was overwritten would live on in it.</summary>
        public void EmptyLog()
        {
            // Waits for other processes as long as the busy timeout says, then answers that it could not.
            using SqliteCommand checkpoint = connection.CreateCommand();
            checkpoint.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
            using SqliteDataReader row = checkpoint.ExecuteReader();
            if (!row.Read() || row.GetInt32(0) != 0)
            {
                throw new SqliteException("The write-ahead log is in use and could not be emptied.", 5);
            }
        }

        public void Dispose() => connection.Dispose();

        private static void Prepare(string directory, string path)
        {
            DurableFiles.CreateDirectoryForOwner(directory);
            if (!File.Exists(path))
            {
                // SQLite gives its log the rights of the file, so the file must have them before.
                using FileStream turn = KeyFile.TakeTurn(directory);
                if (!File.Exists(path))
                {
                    DurableFiles.OpenForOwner(path, FileMode.CreateNew).Dispose();
                }
            }
        }

        private static void CreateTables(SqliteConnection connection, string path)
        {
            Execute(connection,
                """
                PRAGMA busy_timeout = 5000;
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA secure_delete = ON;
                PRAGMA cache_size = -4096;
                PRAGMA temp_store = MEMORY;
                """);
            using SqliteTransaction transaction = connection.BeginTransaction(deferred: false);
            long version = Number(connection, "PRAGMA user_version");
            if (version == 0 && Number(connection, "SELECT count(*) FROM sqlite_master") == 0)
            {
                Execute(connection, string.Create(CultureInfo.InvariantCulture,
                    $"""
                    CREATE TABLE slots (slot INTEGER PRIMARY KEY, wrapped BLOB NOT NULL CHECK (length(wrapped) = {OrganisationKeyRing.WrappedLength}));
                    CREATE TABLE workers (organisation TEXT NOT NULL, worker TEXT NOT NULL, slot INTEGER NOT NULL, PRIMARY KEY (organisation, worker)) WITHOUT ROWID;
                    CREATE TABLE rings (organisation TEXT NOT NULL, version INTEGER NOT NULL, fingerprint BLOB NOT NULL, retired INTEGER NOT NULL,
                        PRIMARY KEY (organisation, version)) WITHOUT ROWID;
                    PRAGMA application_id = {ApplicationId};
                    PRAGMA user_version = {SchemaVersion};
                    """));
            }
            else if (Number(connection, "PRAGMA application_id") != ApplicationId)
            {
                throw new InvalidDataException($"{path} is a SQLite database, but not one of workers' keys.");
            }
            else if (version > SchemaVersion)
            {
                throw new InvalidDataException($"{path} has schema version {version}, and this Ledger knows up to {SchemaVersion}. Run the newer Ledger that wrote it.");
            }

            transaction.Commit();
        }

        private static void Execute(SqliteConnection connection, string sql)
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = sql;
            command.ExecuteNonQuery();
        }

        private static long Number(SqliteConnection connection, string sql)
        {
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = sql;
            return (long)command.ExecuteScalar()!;
        }

        private static StoredKey Key(KeyId id, byte[] wrapped)
        {
            int version = BinaryPrimitives.ReadInt32BigEndian(wrapped);
            return version == 0 ? StoredKey.Tombstone(id) : new StoredKey(id, version, wrapped);
        }

        private (long Slot, StoredKey Key)? Look(KeyId id)
        {
            using SqliteDataReader row = With(find, ("$organisation", id.Organisation), ("$worker", id.Holder)).ExecuteReader();
            return row.Read() ? (row.GetInt64(0), Key(id, (byte[])row[1])) : null;
        }

        private bool IsInForce(StoredKey key) =>
            With(inForce, ("$organisation", key.Id.Organisation), ("$version", key.Version)).ExecuteScalar() is not null;

        private void Add(KeyId id, ReadOnlySpan<byte> wrapped)
        {
            object slot = With(addSlot, ("$wrapped", wrapped.ToArray())).ExecuteScalar()!;
            With(addWorker, ("$organisation", id.Organisation), ("$worker", id.Holder), ("$slot", slot)).ExecuteNonQuery();
        }

        private void Overwrite(long slot, ReadOnlySpan<byte> wrapped) =>
            With(overwrite, ("$wrapped", wrapped.ToArray()), ("$slot", slot)).ExecuteNonQuery();

        private SqliteCommand Command(string sql)
        {
            SqliteCommand command = connection.CreateCommand();
            command.CommandText = sql;
            return command;
        }

        private SqliteCommand With(SqliteCommand command, params ReadOnlySpan<(string Name, object Value)> parameters)
        {
            command.Parameters.Clear();
            foreach ((string name, object value) in parameters)
            {
                command.Parameters.AddWithValue(name, value);
            }

            // The driver insists that a command is of the transaction that runs, though SQLite has only one.
            command.Transaction = running;
            return command;
        }
    }
}
