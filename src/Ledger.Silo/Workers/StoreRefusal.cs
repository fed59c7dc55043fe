using Ledger.Contracts;
using Ledger.EventStore;

namespace Ledger.Silo.Workers;

/// <summary>What a caller is told when the store does not answer.</summary>
internal static class StoreRefusal
{
    public static Refusal From(EventStoreUnavailableException e) => new(
        e is EventStoreFullException ? RefusalCode.StoreFull : RefusalCode.StoreUnavailable, "", RetryAfter: e.RetryAfter);
}
