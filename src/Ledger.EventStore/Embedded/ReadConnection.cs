using System.Text;
using SQLitePCL;

namespace Ledger.EventStore.Embedded;

/// <summary>A page read: the events wanted, and how far the scan came.</summary>
/// <param name="Events">At most a page of them.</param>
/// <param name="Last">Revision or position of the last event looked at, wanted or not.</param>
/// <param name="Scanned">How many were looked at.</param>
/// <param name="AtEnd">Nothing was behind the last one.</param>
internal readonly record struct Page(List<RecordedEvent> Events, long Last, int Scanned, bool AtEnd);

/// <summary>A connection that reads one page at a time and holds no transaction between pages, so the WAL can start over.</summary>
internal sealed class ReadConnection : IDisposable
{
    private const int MaxCachedNames = 8_192;
    private const int PageEvents = 256;
    private const int PageScans = 1_000;
    private const int PageBytes = 1 << 20;
    private const int IdBytes = 16;
    private const string Columns = "SELECT position, stream, revision, id, created, type, metadata, data FROM events ";

    private readonly Database _database;
    private readonly BoundedCache<long, string> _names = new(MaxCachedNames);
    private readonly sqlite3_stmt _streamId;
    private readonly sqlite3_stmt _streamName;
    private readonly sqlite3_stmt _streamForwards;
    private readonly sqlite3_stmt _streamBackwards;
    private readonly sqlite3_stmt _allForwards;
    private readonly sqlite3_stmt _allBackwards;

    public ReadConnection(string path)
    {
        _database = Database.Open(path, readOnly: true);
        try
        {
            _streamId = _database.Prepare("SELECT id FROM streams WHERE name = ?1");
            _streamName = _database.Prepare("SELECT name FROM streams WHERE id = ?1");
            _streamForwards = _database.Prepare(Columns + "WHERE stream = ?1 AND revision >= ?2 ORDER BY revision");
            _streamBackwards = _database.Prepare(Columns + "WHERE stream = ?1 AND revision <= ?2 ORDER BY revision DESC");
            _allForwards = _database.Prepare(Columns + "WHERE position > ?1 ORDER BY position");
            _allBackwards = _database.Prepare(Columns + "WHERE position < ?1 ORDER BY position DESC");
        }
        catch
        {
            _database.Dispose();
            throw;
        }
    }

    public long? FindStream(string stream)
    {
        _database.Check(raw.sqlite3_bind_text(_streamId, 1, Encoding.UTF8.GetBytes(stream)));
        return _database.Number(_streamId);
    }

    public Page ReadStream(long streamId, ReadDirection direction, long revision, int maxCount)
    {
        var statement = direction == ReadDirection.Forwards ? _streamForwards : _streamBackwards;
        raw.sqlite3_bind_int64(statement, 1, streamId);
        raw.sqlite3_bind_int64(statement, 2, revision);
        return Read(statement, revisionColumn: 2, maxCount, static _ => true);
    }

    public Page ReadAll(ReadDirection direction, long position, int maxCount, Func<string, bool> wanted)
    {
        var statement = direction == ReadDirection.Forwards ? _allForwards : _allBackwards;
        raw.sqlite3_bind_int64(statement, 1, position);
        return Read(statement, revisionColumn: 0, maxCount, wanted);
    }

    /// <summary>The first thing that SQLite finds wrong with the file, or nothing.</summary>
    public string? FindDamage() => _database.Text("PRAGMA integrity_check(1)") is var said && said == "ok" ? null : said;

    public void Dispose() => _database.Dispose();

    private Page Read(sqlite3_stmt statement, int revisionColumn, int maxCount, Func<string, bool> wanted)
    {
        var events = new List<RecordedEvent>(Math.Min(maxCount, 64));
        long last = -1;
        var scanned = 0;
        var bytes = 0;
        try
        {
            while (events.Count < Math.Min(maxCount, PageEvents) && scanned < PageScans && bytes < PageBytes)
            {
                if (!_database.Step(statement))
                {
                    return new Page(events, last, scanned, AtEnd: true);
                }

                scanned++;
                last = raw.sqlite3_column_int64(statement, revisionColumn);
                var stream = NameOf(raw.sqlite3_column_int64(statement, 1), statement);
                if (wanted(stream))
                {
                    var @event = Event(statement, stream);
                    events.Add(@event);
                    bytes += @event.Data.Length + @event.Metadata.Length;
                }
            }

            return new Page(events, last, scanned, AtEnd: false);
        }
        finally
        {
            raw.sqlite3_reset(statement);
        }
    }

    private static RecordedEvent Event(sqlite3_stmt row, string stream)
    {
        var id = raw.sqlite3_column_blob(row, 3);
        var created = raw.sqlite3_column_int64(row, 4);
        if (id.Length != IdBytes || created < 0 || created > DateTimeOffset.MaxValue.Ticks)
        {
            throw new SqliteFault(raw.SQLITE_CORRUPT, $"The event at position {raw.sqlite3_column_int64(row, 0)} has no id or no time");
        }

        return new RecordedEvent(
            stream,
            raw.sqlite3_column_int64(row, 2),
            Positions.Of(raw.sqlite3_column_int64(row, 0)),
            new Guid(id),
            Encoding.UTF8.GetString(raw.sqlite3_column_blob(row, 5)),
            new DateTimeOffset(created, TimeSpan.Zero),
            Metadata: raw.sqlite3_column_blob(row, 6).ToArray(),
            Data: raw.sqlite3_column_blob(row, 7).ToArray());
    }

    private string NameOf(long streamId, sqlite3_stmt row)
    {
        if (!_names.TryGet(streamId, out var name))
        {
            raw.sqlite3_bind_int64(_streamName, 1, streamId);
            try
            {
                name = _database.Step(_streamName)
                    ? Encoding.UTF8.GetString(raw.sqlite3_column_blob(_streamName, 0))
                    : throw new SqliteFault(
                        raw.SQLITE_CORRUPT, $"The event at position {raw.sqlite3_column_int64(row, 0)} names stream {streamId}, which is not there");
            }
            finally
            {
                raw.sqlite3_reset(_streamName);
            }

            _names.Add(streamId, name);
        }

        return name;
    }
}
