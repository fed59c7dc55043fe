using System.Globalization;
using Ledger.Contracts;
using Ledger.EventStore;
using Ledger.Silo.Workers.Sealing;

namespace Ledger.Silo.Workers;

/// <summary>What a caller is told when the store, or that of the keys, does not answer or has what it cannot have.</summary>
internal static class StoreRefusal
{
    /// <summary>Whether a failure is one that callers are told of.</summary>
    public static bool Covers(Exception e) => e is EventStoreUnavailableException or KeyStoreUnavailableException or ErasedException or SealBrokenException;

    public static Refusal Of(Exception e) => e switch
    {
        EventStoreFullException full => new Refusal(RefusalCode.StoreFull, "", RetryAfter: full.RetryAfter),
        EventStoreUnavailableException store => new Refusal(RefusalCode.StoreUnavailable, "", RetryAfter: store.RetryAfter),
        KeyStoreUnavailableException keys => new Refusal(RefusalCode.StoreUnavailable, "", RetryAfter: keys.RetryAfter),
        SealBrokenException broken => new Refusal(RefusalCode.SealBroken, "", [broken.Revision.ToString(CultureInfo.InvariantCulture)]),
        _ => new Refusal(RefusalCode.Erased, ""),
    };
}
