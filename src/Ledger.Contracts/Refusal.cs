namespace Ledger.Contracts;

/// <summary>
/// Why something was refused. Refusals are values: a code of a closed set, the field it names and what its sentence needs.
/// The sentences, in both languages, and the status each maps to are in <c>Ledger.Api/Hosting</c>.
/// </summary>
/// <param name="Code">Code.</param>
/// <param name="Field">Path of the field in the request, for example <c>decision.times.decided_at</c>; empty if it is not about one.</param>
/// <param name="Arguments">Values for the sentence's placeholders; never personal data.</param>
/// <param name="RetryAfter">When to try again, for codes that allow it.</param>
[GenerateSerializer, Immutable, Alias("ledger.refusal")]
public sealed record Refusal(
    [property: Id(0)] RefusalCode Code,
    [property: Id(1)] string Field,
    [property: Id(2)] string[]? Arguments = null,
    [property: Id(3)] TimeSpan? RetryAfter = null);

/// <summary>The closed set of refusals. Numbers are frozen: they cross process boundaries.</summary>
public enum RefusalCode
{
    /// <summary>A required field is not set.</summary>
    Missing = 1,

    /// <summary>A field has not the form it must have; argument 0 says which.</summary>
    Malformed = 2,

    /// <summary>A field is over its limit; argument 0 is the limit.</summary>
    OverLimit = 3,

    /// <summary>A value outside its range; arguments 0 and 1 are the bounds.</summary>
    OutOfRange = 4,

    /// <summary>A time ahead of the ledger's clock.</summary>
    InTheFuture = 5,

    /// <summary>A time before another that must come first; argument 0 names the other.</summary>
    OutOfOrder = 6,

    /// <summary>A field contradicts another; argument 0 names the other.</summary>
    Contradiction = 7,

    /// <summary>A unit, currency, time zone or language that is not known; argument 0 is the value.</summary>
    Unknown = 8,

    /// <summary>A category of data that is never accepted; argument 0 is the category.</summary>
    Prohibited = 9,

    /// <summary>The same id within one batch, or twice in a list that must be distinct.</summary>
    Duplicate = 10,

    /// <summary>The id is recorded with other content; the field is the first that differs.</summary>
    AlreadyRecordedDifferently = 11,

    /// <summary>What is asked for does not exist.</summary>
    NotFound = 12,

    /// <summary>The organisation is not served here; argument 0 is its id.</summary>
    UnknownOrganisation = 13,

    /// <summary>Too much at once; try again after the delay.</summary>
    Overloaded = 14,

    /// <summary>The store is down; whether anything was written is unknown, a repeat finds out.</summary>
    StoreUnavailable = 15,

    /// <summary>The store is full; nothing was written.</summary>
    StoreFull = 16,

    /// <summary>A page token that was not given out for this request.</summary>
    InvalidPageToken = 17,

    /// <summary>The request could not be read at all; argument 0 says where.</summary>
    Unreadable = 18,

    /// <summary>The grains cannot be reached; try again after the delay.</summary>
    ServiceUnavailable = 19,

    /// <summary>The caller's deadline passed; whether anything was written is unknown, a repeat finds out.</summary>
    DeadlineExceeded = 20,

    /// <summary>A fault of ours; argument 0 is the trace to look for in the logs.</summary>
    Internal = 21,

    /// <summary>A member of a JSON body that the contract does not have.</summary>
    UnknownField = 22,

    /// <summary>The transparency log has not signed for too long; nothing was recorded, try again after the delay.</summary>
    LogBehind = 23,

    /// <summary>The decision is recorded, but no checkpoint that holds it was published in time; a repeat returns the receipt.</summary>
    NotPublishedYet = 24,

    /// <summary>A signature by none of the log's witnesses, or one that does not fit its key.</summary>
    UnknownWitness = 25,

    /// <summary>A stored event is not in the transparency log as it was recorded; argument 0 is its revision.</summary>
    NotInLog = 26,

    /// <summary>Nobody has said who calls, or the token does not hold; argument 0 says why.</summary>
    Unauthenticated = 27,

    /// <summary>The caller may not do this; says nothing of whether what they asked for exists.</summary>
    NotPermitted = 28,

    /// <summary>The id is that of another mandate of this worker.</summary>
    MandateIdTaken = 29,

    /// <summary>The caller calls too often; try again after the delay.</summary>
    TooManyCalls = 30,

    /// <summary>The record was erased: nothing can be recorded about the person any more.</summary>
    Erased = 31,

    /// <summary>A hold stands: nothing is erased until it is lifted.</summary>
    OnHold = 32,

    /// <summary>Who asked for it cannot confirm it.</summary>
    SamePerson = 33,

    /// <summary>Another request or hold is in the way: the id is taken, or there is one already.</summary>
    AnotherStands = 34,

    /// <summary>A stored event cannot be opened with the worker's key: the store or the keys were changed; argument 0 is its revision.</summary>
    SealBroken = 35,

    /// <summary>Whoever enters a mandate at a desk cannot be who receives it.</summary>
    EntersForSelf = 36,

    /// <summary>The form on paper was entered before: it gives one mandate.</summary>
    FormEntered = 37,
}
