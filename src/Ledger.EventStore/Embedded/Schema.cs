namespace Ledger.EventStore.Embedded;

/// <summary>The tables of <c>events.db</c>.</summary>
internal static class Schema
{
    private const int Version = 1;

    // "LdgE", so that `file` and we ourselves know the file for ours.
    private const int ApplicationId = 0x4C646745;

    /// <summary>Creates the tables in a new file; refuses one that is newer or not ours.</summary>
    public static void Ensure(Database database, string path)
    {
        var version = database.Number("PRAGMA user_version");
        if (version > Version)
        {
            throw new InvalidOperationException(
                $"{path} has schema version {version}, and this Ledger knows up to {Version}. Run the newer Ledger that wrote it.");
        }

        if (version == 0)
        {
            if (database.Number("SELECT count(*) FROM sqlite_master") != 0)
            {
                throw new InvalidOperationException($"{path} is a SQLite database, but not an event store of Ledger.");
            }

            Create(database);
        }
        else if (database.Number("PRAGMA application_id") != ApplicationId)
        {
            throw new InvalidOperationException($"{path} is a SQLite database, but not an event store of Ledger.");
        }
    }

    // `position` is the rowid, so the table is in store order and an append goes to its end. Streams are numbers so
    // that the only index is small. `data` comes last: what a scan skips stays unread on its overflow pages.
    private static void Create(Database database) => database.Execute(
        $"""
        BEGIN IMMEDIATE;
        CREATE TABLE streams (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE);
        CREATE TABLE events (
            position INTEGER PRIMARY KEY,
            stream INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            id BLOB NOT NULL,
            created INTEGER NOT NULL,
            type TEXT NOT NULL,
            metadata BLOB NOT NULL,
            data BLOB NOT NULL);
        CREATE UNIQUE INDEX events_by_stream ON events (stream, revision);
        PRAGMA application_id = {ApplicationId};
        PRAGMA user_version = {Version};
        COMMIT;
        """);
}
