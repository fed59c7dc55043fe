using System.Buffers.Binary;
using Ledger.Silo.Hosting;
using Npgsql;

namespace Ledger.Silo.Workers.Sealing;

/// <summary>The workers' keys in tables of a PostgreSQL: what several silos on several machines share.</summary>
/// <remarks>
/// A key that was destroyed is in no table any more, but its wrapped bytes may be in dead tuples, in the server's write-ahead log and in its
/// backups until those go; a rotation of the organisation's ring makes them worthless at once.
/// </remarks>
internal sealed class PostgresKeyStore : IWorkerKeyStore
{
    // The letters "LdgK": silos that start together make the tables one after the other.
    private const long TablesLock = 0x4C64674B;

    private readonly NpgsqlDataSource source;
    private readonly SemaphoreSlim preparing = new(1, 1);
    private volatile bool prepared;

    private PostgresKeyStore(NpgsqlDataSource source) => this.source = source;

    /// <summary>A store at that address; it connects when it is first asked.</summary>
    public static PostgresKeyStore Connect(string connectionString)
    {
        NpgsqlConnectionStringBuilder address = new(connectionString) { ApplicationName = "ledger" };
        return new PostgresKeyStore(NpgsqlDataSource.Create(address));
    }

    /// <summary>Whether this is the form of an address.</summary>
    /// <exception cref="ArgumentException">It is not; the message says why.</exception>
    public static void CheckConnectionString(string connectionString)
    {
        if (string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(connectionString).Host))
        {
            throw new ArgumentException("It names no host.", nameof(connectionString));
        }
    }

    public ValueTask<IReadOnlyList<StoredKey?>> FindAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken) =>
        RunAsync((connection, token) => FindAsync(connection, ids, token), cancellationToken);

    public ValueTask<IReadOnlyList<StoredKey?>> FindOrCreateAsync(IReadOnlyList<StoredKey> proposed, CancellationToken cancellationToken) =>
        WriteAsync<IReadOnlyList<StoredKey?>>(
            async (connection, token) =>
            {
                HashSet<(string, int)> inForce = await InForceAsync(connection, proposed, token);
                await InsertAsync(connection, [.. proposed.Where(p => inForce.Contains((p.Id.Organisation, p.Version)))], token);
                return await FindAsync(connection, [.. proposed.Select(p => p.Id)], token);
            },
            cancellationToken);

    public async ValueTask DestroyAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken) =>
        await WriteAsync(
            async (connection, token) =>
            {
                // Nothing is written for those that are destroyed already.
                await using NpgsqlCommand command = With(
                    connection,
                    """
                    INSERT INTO ledger_worker_keys AS k (organisation, worker, version, wrapped)
                    SELECT DISTINCT p.organisation, p.worker, 0, NULL::bytea FROM unnest($1, $2) AS p(organisation, worker) ORDER BY 1, 2
                    ON CONFLICT (organisation, worker) DO UPDATE SET version = 0, wrapped = NULL WHERE k.version <> 0
                    """,
                    ids.Select(w => w.Organisation).ToArray(), ids.Select(w => w.Holder).ToArray());
                return await command.ExecuteNonQueryAsync(token);
            },
            cancellationToken);

    public ValueTask<IReadOnlyList<StoredKey>> OlderThanAsync(
        string organisation, int version, StoredKey? after, int count, CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyList<StoredKey>>(
            async (connection, token) =>
            {
                await using NpgsqlCommand command = With(
                    connection,
                    """
                    SELECT worker, version, wrapped FROM ledger_worker_keys
                    WHERE organisation = $1 AND worker > $2 AND version < $3 AND version > 0 ORDER BY worker LIMIT $4
                    """,
                    organisation, after?.Id.Holder ?? "", version, count);
                List<StoredKey> keys = [];
                await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(token);
                while (await rows.ReadAsync(token))
                {
                    keys.Add(new StoredKey(new KeyId(organisation, rows.GetString(0)), rows.GetInt32(1), rows.GetFieldValue<byte[]>(2)));
                }

                return keys;
            },
            cancellationToken);

    public ValueTask<int> ReplaceAsync(IReadOnlyList<(StoredKey Old, StoredKey New)> wraps, CancellationToken cancellationToken) =>
        WriteAsync(
            async (connection, token) =>
            {
                HashSet<(string, int)> inForce = await InForceAsync(connection, [.. wraps.Select(w => w.New)], token);
                // Locked in one order, so that two silos that rotate together never wait for each other.
                (StoredKey Old, StoredKey New)[] allowed =
                [
                    .. wraps.Where(w => inForce.Contains((w.New.Id.Organisation, w.New.Version)))
                        .OrderBy(w => w.Old.Id.Organisation, StringComparer.Ordinal).ThenBy(w => w.Old.Id.Holder, StringComparer.Ordinal),
                ];
                int replaced = 0;
                foreach ((StoredKey old, StoredKey @new) in allowed)
                {
                    await using NpgsqlCommand command = With(
                        connection,
                        "UPDATE ledger_worker_keys SET version = $1, wrapped = $2 WHERE organisation = $3 AND worker = $4 AND wrapped = $5",
                        @new.Version, @new.Wrapped.ToArray(), old.Id.Organisation, old.Id.Holder, old.Wrapped.ToArray());
                    replaced += await command.ExecuteNonQueryAsync(token);
                }

                return replaced;
            },
            cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>> RegisterAsync(
        string organisation, int version, ReadOnlyMemory<byte> fingerprint, CancellationToken cancellationToken) =>
        WriteAsync(
            async (connection, token) =>
            {
                await using NpgsqlCommand insert = With(
                    connection,
                    "INSERT INTO ledger_key_rings (organisation, version, fingerprint, retired) VALUES ($1, $2, $3, false) ON CONFLICT DO NOTHING",
                    organisation, version, fingerprint.ToArray());
                await insert.ExecuteNonQueryAsync(token);
                await using NpgsqlCommand read = With(
                    connection, "SELECT fingerprint FROM ledger_key_rings WHERE organisation = $1 AND version = $2", organisation, version);
                return (ReadOnlyMemory<byte>)(byte[])(await read.ExecuteScalarAsync(token))!;
            },
            cancellationToken);

    public async ValueTask RetireAsync(string organisation, int version, CancellationToken cancellationToken) =>
        await WriteAsync(
            async (connection, token) =>
            {
                await using NpgsqlCommand command = With(
                    connection, "UPDATE ledger_key_rings SET retired = true WHERE organisation = $1 AND version < $2", organisation, version);
                return await command.ExecuteNonQueryAsync(token);
            },
            cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await source.DisposeAsync();
        preparing.Dispose();
    }

    private static async Task<IReadOnlyList<StoredKey?>> FindAsync(
        NpgsqlConnection connection, IReadOnlyList<KeyId> ids, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = With(
            connection,
            """
            SELECT k.organisation, k.worker, k.version, k.wrapped FROM ledger_worker_keys k
            JOIN unnest($1, $2) AS p(organisation, worker) ON k.organisation = p.organisation AND k.worker = p.worker
            """,
            ids.Select(w => w.Organisation).ToArray(), ids.Select(w => w.Holder).ToArray());
        Dictionary<KeyId, StoredKey> found = [];
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            KeyId id = new(rows.GetString(0), rows.GetString(1));
            int version = rows.GetInt32(2);
            found[id] = version == 0 ? StoredKey.Tombstone(id) : new StoredKey(id, version, Checked(version, rows.GetFieldValue<byte[]>(3)));
        }

        return [.. ids.Select(w => found.GetValueOrDefault(w))];
    }

    private static byte[] Checked(int version, byte[] wrapped) =>
        wrapped.Length == OrganisationKeyRing.WrappedLength && BinaryPrimitives.ReadInt32BigEndian(wrapped) == version
            ? wrapped
            : throw new InvalidDataException("Table ledger_worker_keys holds something else than wrapped keys. Restore it from a backup; do not delete it.");

    // Shared locks until the transaction ends: a version is retired either before, and then it is not among these, or after what is done here.
    private static async Task<HashSet<(string, int)>> InForceAsync(
        NpgsqlConnection connection, IReadOnlyList<StoredKey> keys, CancellationToken cancellationToken)
    {
        (string Organisation, int Version)[] asked = [.. keys.Select(k => (k.Id.Organisation, k.Version)).Distinct()];
        await using NpgsqlCommand command = With(
            connection,
            """
            SELECT organisation, version FROM ledger_key_rings
            WHERE NOT retired AND (organisation, version) IN (SELECT * FROM unnest($1, $2)) ORDER BY 1, 2 FOR SHARE
            """,
            asked.Select(a => a.Organisation).ToArray(), asked.Select(a => a.Version).ToArray());
        HashSet<(string, int)> inForce = [];
        await using NpgsqlDataReader rows = await command.ExecuteReaderAsync(cancellationToken);
        while (await rows.ReadAsync(cancellationToken))
        {
            inForce.Add((rows.GetString(0), rows.GetInt32(1)));
        }

        return inForce;
    }

    private static async Task InsertAsync(NpgsqlConnection connection, StoredKey[] keys, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = With(
            connection,
            """
            INSERT INTO ledger_worker_keys (organisation, worker, version, wrapped)
            SELECT * FROM unnest($1, $2, $3, $4) AS p(organisation, worker, version, wrapped) ORDER BY 1, 2
            ON CONFLICT DO NOTHING
            """,
            keys.Select(k => k.Id.Organisation).ToArray(), keys.Select(k => k.Id.Holder).ToArray(),
            keys.Select(k => k.Version).ToArray(), keys.Select(k => k.Wrapped.ToArray()).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static NpgsqlCommand With(NpgsqlConnection connection, string sql, params ReadOnlySpan<object> values)
    {
        NpgsqlCommand command = new(sql, connection);
        foreach (object value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }

    private async ValueTask<T> WriteAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> what, CancellationToken cancellationToken) =>
        await RunAsync(
            async (connection, token) =>
            {
                await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(token);
                // A server that commits before it syncs would answer for keys that a power cut takes away.
                await using NpgsqlCommand durable = With(
                    connection, "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'");
                await durable.ExecuteNonQueryAsync(token);
                T answer = await what(connection, token);
                await transaction.CommitAsync(token);
                return answer;
            },
            cancellationToken);

    private async ValueTask<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> what, CancellationToken cancellationToken)
    {
        try
        {
            await PrepareAsync(cancellationToken);
            await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken);
            return await what(connection, cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            throw new KeyStoreUnavailableException($"The PostgreSQL of the workers' keys did not do what was asked: {e.Message}", Limits.RetryAfter, e);
        }
    }

    private async ValueTask PrepareAsync(CancellationToken cancellationToken)
    {
        if (prepared)
        {
            return;
        }

        await preparing.WaitAsync(cancellationToken);
        try
        {
            if (!prepared)
            {
                await CreateTablesAsync(cancellationToken);
                prepared = true;
            }
        }
        finally
        {
            preparing.Release();
        }
    }

    private async Task CreateTablesAsync(CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = await source.OpenConnectionAsync(cancellationToken);
        // One that was made beforehand by somebody with more rights needs none here.
        await using NpgsqlCommand there = With(connection, "SELECT to_regclass('ledger_worker_keys') IS NOT NULL AND to_regclass('ledger_key_rings') IS NOT NULL");
        if (await there.ExecuteScalarAsync(cancellationToken) is true)
        {
            return;
        }

        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using NpgsqlCommand command = With(connection, $"SELECT pg_advisory_xact_lock({TablesLock})");
        await command.ExecuteNonQueryAsync(cancellationToken);
        // "C": pages follow the order of bytes, whatever the database's language is.
        await using NpgsqlCommand create = With(
            connection,
            """
            CREATE TABLE IF NOT EXISTS ledger_worker_keys (
                organisation text COLLATE "C" NOT NULL,
                worker text COLLATE "C" NOT NULL,
                version integer NOT NULL,
                wrapped bytea,
                PRIMARY KEY (organisation, worker),
                CHECK ((version = 0) = (wrapped IS NULL)));
            CREATE TABLE IF NOT EXISTS ledger_key_rings (
                organisation text COLLATE "C" NOT NULL,
                version integer NOT NULL,
                fingerprint bytea NOT NULL,
                retired boolean NOT NULL,
                PRIMARY KEY (organisation, version));
            """);
        await create.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
