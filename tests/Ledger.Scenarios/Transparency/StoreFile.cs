using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Ledger.Scenarios.Transparency;

/// <summary>An event as it lies in the file.</summary>
internal sealed record StoredRow(
    long Position, string Stream, long Revision, byte[] Id, long Created, byte[] Type, byte[] Metadata, byte[] Data)
{
    /// <summary>All that a log entry is made from.</summary>
    public string Claimed => string.Join(
        '|', Stream, Revision.ToString(CultureInfo.InvariantCulture), Convert.ToHexString(Id), Convert.ToHexString(Type), Convert.ToHexString(Metadata),
        Convert.ToHexString(Data));

    public string EventId => new Guid(Id).ToString();

    public string Event => $"event {EventId}";
}

/// <summary>A stopped server's <c>events.db</c>, opened past the ledger by somebody who knows SQL.</summary>
internal sealed class StoreFile : IDisposable
{
    private const int Corrupt = 11, Constraint = 19;

    private readonly SqliteConnection connection;

    public StoreFile(string data)
    {
        connection = new SqliteConnection($"Data Source={Path.Combine(data, "events.db")};Pooling=False");
        connection.Open();
        Execute("PRAGMA synchronous = OFF");
    }

    public void Dispose() => connection.Dispose();

    /// <summary>Every event, in store order.</summary>
    public IEnumerable<StoredRow> Rows()
    {
        // A flipped bit makes a text of a blob, with the same bytes: the ledger reads those.
        using SqliteCommand command = Command(
            "SELECT position, name, revision, CAST(events.id AS BLOB), created, CAST(type AS BLOB), CAST(metadata AS BLOB), CAST(data AS BLOB) FROM events LEFT JOIN streams ON streams.id = stream ORDER BY position");
        using SqliteDataReader reader = command.ExecuteReader();
        while (reader.Read())
        {
            yield return new StoredRow(
                reader.GetInt64(0), reader.IsDBNull(1) ? "" : reader.GetString(1), reader.GetInt64(2), Bytes(3), reader.GetInt64(4), Bytes(5), Bytes(6), Bytes(7));
        }

        byte[] Bytes(int column) => reader.IsDBNull(column) ? [] : (byte[])reader[column];
    }

    /// <summary>The events up to the first that SQLite cannot read.</summary>
    public IReadOnlyList<StoredRow> ReadableRows()
    {
        List<StoredRow> rows = [];
        try
        {
            foreach (StoredRow row in Rows())
            {
                rows.Add(row);
            }
        }
        catch (SqliteException e) when (e.SqliteErrorCode == Corrupt)
        {
            // What was read before is what the ledger could read, too.
        }

        return rows;
    }

    /// <summary>Flips one bit of one column of one event.</summary>
    public void Flip(long position, string column, int bit)
    {
        byte[] bytes = Blob(position, column);
        bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        Write(position, column, bytes);
    }

    /// <summary>Flips the lowest bit of the byte after the first time that a text stands in a column.</summary>
    public void FlipAfter(long position, string column, string text)
    {
        int at = Blob(position, column).AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text));
        at.Should().BePositive("{0} is in the {1}", text, column);
        Flip(position, column, (at + text.Length) * 8);
    }

    public byte[] Blob(long position, string column)
    {
        using SqliteCommand command = Command($"SELECT CAST({column} AS BLOB) FROM events WHERE position = $p", ("$p", position));
        return (byte[])command.ExecuteScalar()!;
    }

    /// <summary>A number in a column of one event.</summary>
    public long Number(long position, string column) => Number($"SELECT {column} FROM events WHERE position = $p", ("$p", position));

    /// <summary>Writes a column of one event; false when the place is taken, or names a stream that is not there.</summary>
    public bool TryWrite(long position, string column, long value)
    {
        try
        {
            if (column == "stream" && Number("SELECT count(*) FROM streams WHERE id = $id", ("$id", value)) == 0)
            {
                return false;
            }

            Write(position, column, value);
            return true;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == Constraint)
        {
            return false;
        }
    }

    public void Write(long position, string column, object value) =>
        Execute($"UPDATE events SET {column} = {(column == "type" ? "CAST($v AS TEXT)" : "$v")} WHERE position = $p", ("$p", position), ("$v", value));

    public void Delete(long position) => Execute("DELETE FROM events WHERE position = $p", ("$p", position));

    /// <summary>Deletes all after a place in the store.</summary>
    public void Truncate(long position) => Execute("DELETE FROM events WHERE position > $p", ("$p", position));

    /// <summary>Forgets every checkpoint that was signed.</summary>
    public void DeleteCheckpoints() => Execute("DELETE FROM events WHERE stream = (SELECT id FROM streams WHERE name = 'checkpoint-main')");

    /// <summary>Puts a copy of an event, under another id, right after it; what comes later makes room.</summary>
    public void Insert(long position, byte[] id)
    {
        (long Stream, long Revision) place = Place(position);
        Execute("UPDATE events SET position = -position - 1 WHERE position > $p", ("$p", position));
        Execute("UPDATE events SET position = -position WHERE position < 0");
        Execute("UPDATE events SET revision = -revision - 1 WHERE stream = $s AND revision > $r", ("$s", place.Stream), ("$r", place.Revision));
        Execute("UPDATE events SET revision = -revision WHERE stream = $s AND revision < 0", ("$s", place.Stream));
        Execute(
            "INSERT INTO events SELECT position + 1, stream, revision + 1, $id, created, type, metadata, data FROM events WHERE position = $p",
            ("$id", id), ("$p", position));
    }

    public void Swap(long one, long other)
    {
        Execute("UPDATE events SET position = -1 WHERE position = $p", ("$p", one));
        Execute("UPDATE events SET position = $to WHERE position = $p", ("$to", one), ("$p", other));
        Execute("UPDATE events SET position = $to WHERE position = -1", ("$to", other));
    }

    /// <summary>Gives an event to the stream of another one, as its last.</summary>
    public void Move(long position, long other)
    {
        long stream = Place(other).Stream;
        Execute(
            "UPDATE events SET stream = $s, revision = (SELECT max(revision) + 1 FROM events WHERE stream = $s) WHERE position = $p",
            ("$s", stream), ("$p", position));
    }

    /// <summary>Appends a copy of the last signed checkpoint with other data.</summary>
    public void AppendCheckpoint(byte[] data, byte[] id) => Execute(
        """
        INSERT INTO events SELECT (SELECT max(position) + 1 FROM events), stream, revision + 1, $id, created, type, metadata, $d FROM events
        WHERE stream = (SELECT id FROM streams WHERE name = 'checkpoint-main') ORDER BY revision DESC LIMIT 1
        """,
        ("$id", id), ("$d", data));

    /// <summary>Data of the last signed checkpoint.</summary>
    public byte[] LastCheckpoint()
    {
        using SqliteCommand command = Command(
            "SELECT data FROM events WHERE stream = (SELECT id FROM streams WHERE name = 'checkpoint-main') ORDER BY revision DESC LIMIT 1");
        return (byte[])command.ExecuteScalar()!;
    }

    /// <summary>Takes an event out of the index that streams are read by, and leaves it in the table.</summary>
    public void HideFromIndex(long position)
    {
        string whole = (string)Scalar("SELECT sql FROM sqlite_master WHERE name = 'events_by_stream'");
        string partial = string.Create(CultureInfo.InvariantCulture, $"{whole} WHERE position <> {position}");
        Execute("DROP INDEX events_by_stream");
        Execute(partial);
        Execute("PRAGMA writable_schema = ON");
        Execute("UPDATE sqlite_master SET sql = $sql WHERE name = 'events_by_stream'", ("$sql", whole));
        Execute("PRAGMA writable_schema = RESET");
    }

    /// <summary>What SQLite says about the file as a whole; <c>ok</c> when every index belongs to its table.</summary>
    public string Integrity()
    {
        try
        {
            using SqliteCommand command = Command("PRAGMA integrity_check(1)");
            return (string)command.ExecuteScalar()!;
        }
        catch (SqliteException e) when (e.SqliteErrorCode == Corrupt)
        {
            return e.Message;
        }
    }

    public void Execute(string sql, params (string Name, object Value)[] parameters)
    {
        using SqliteCommand command = Command(sql, parameters);
        command.ExecuteNonQuery();
    }

    private object Scalar(string sql)
    {
        using SqliteCommand command = Command(sql);
        return command.ExecuteScalar()!;
    }

    private (long Stream, long Revision) Place(long position)
    {
        using SqliteCommand command = Command("SELECT stream, revision FROM events WHERE position = $p", ("$p", position));
        using SqliteDataReader reader = command.ExecuteReader();
        reader.Read().Should().BeTrue();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    private long Number(string sql, params (string Name, object Value)[] parameters)
    {
        using SqliteCommand command = Command(sql, parameters);
        return (long)command.ExecuteScalar()!;
    }

    private SqliteCommand Command(string sql, params (string Name, object Value)[] parameters)
    {
        SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        foreach ((string name, object value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        return command;
    }
}
