namespace Ledger.EventStore.Embedded;

/// <summary>A position of this store is the rowid of the event, twice.</summary>
internal static class Positions
{
    public static StorePosition Of(long rowId) => new((ulong)rowId, (ulong)rowId);

    public static long RowId(StorePosition position) => (long)Math.Min(position.Commit, long.MaxValue);
}
