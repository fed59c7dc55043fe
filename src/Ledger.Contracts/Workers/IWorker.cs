using Ledger.Contracts.Access;
using Ledger.Contracts.Decisions;
using Orleans.Concurrency;

namespace Ledger.Contracts.Workers;

/// <summary>Everything recorded about one person, in one stream; the key is <c>{organisation}/{pseudonym}</c>.</summary>
[Alias("ledger.workers.worker")]
public interface IWorker : IGrainWithStringKey
{
    /// <summary>Records decisions in one append; one result per decision, in order.</summary>
    [Alias("record")]
    Task<RecordResult[]> RecordAsync(Immutable<PseudonymousDecision[]> decisions, CallContext context);

    /// <summary>One decision, or nothing.</summary>
    [Alias("get")]
    Task<TrailAnswer> GetAsync(Guid decisionId);

    /// <summary>A page of the trail, newest first.</summary>
    [Alias("read"), AlwaysInterleave]
    Task<TrailAnswer> ReadAsync(TrailQuery query);

    /// <summary>
    /// Decisions after a revision, oldest first, at most a page; waits for one at most <paramref name="patience"/>. An empty answer means none came.
    /// </summary>
    [Alias("await"), AlwaysInterleave]
    Task<TrailAnswer> AwaitAsync(long afterRevision, TimeSpan patience);

    /// <summary>
    /// Events of the stream exactly as stored, from a revision on, oldest first, at most a page, each with the disclosures (RFC 9901) of its fields
    /// but for those withheld; <c>*</c> stands for all. What evidence is made of.
    /// </summary>
    [Alias("read-stored"), AlwaysInterleave]
    Task<StoredAnswer> ReadStoredAsync(long fromRevision, string[] withheld);

    /// <summary>
    /// Whether somebody else may read the record now, and if so that they looked: durable before the answer. Nothing lets them in, a refusal does not.
    /// </summary>
    /// <param name="reader">Who.</param>
    /// <param name="look">What they will be shown; nothing: only whether they still may.</param>
    /// <param name="context">Their call.</param>
    [Alias("admit")]
    Task<Refusal?> AdmitAsync(Reader reader, Look? look, CallContext context);

    /// <summary>Gives a mandate, once; the answer holds it alone.</summary>
    [Alias("give-mandate")]
    Task<MandatesAnswer> GiveMandateAsync(GiveMandate command, CallContext context);

    /// <summary>Takes a mandate back; the answer holds it alone. From then on nobody is let in by it.</summary>
    [Alias("withdraw-mandate")]
    Task<MandatesAnswer> WithdrawMandateAsync(Guid mandateId, CallContext context);

    /// <summary>
    /// Takes back, for a desk, the mandates in force that a form means; the answer holds those that this form took back, now or before. None: refused.
    /// </summary>
    [Alias("enter-withdrawal")]
    Task<MandatesAnswer> EnterWithdrawalAsync(EnterWithdrawal command, CallContext context);

    /// <summary>Asks for, confirms or stops the erasure of the person, each once.</summary>
    [Alias("protect")]
    Task<ProtectionAnswer> ProtectAsync(ProtectionCommand command, CallContext context);

    /// <summary>How the keeping of the record stands.</summary>
    [Alias("protection")]
    Task<ProtectionAnswer> ProtectionAsync();

    /// <summary>All mandates ever given, newest first.</summary>
    [Alias("mandates")]
    Task<MandatesAnswer> MandatesAsync();
}

/// <summary>A page of stored events; none: the stream ends before the revision asked for.</summary>
[GenerateSerializer, Immutable, Alias("ledger.workers.stored-answer")]
public sealed record StoredAnswer([property: Id(0)] StoredEvent[] Events, [property: Id(1)] Refusal? Refusal = null);

/// <summary>An event exactly as stored.</summary>
/// <param name="Stream">Stream name.</param>
/// <param name="Revision">Place in the stream, from 0.</param>
/// <param name="Commit">Commit position.</param>
/// <param name="Prepare">Prepare position.</param>
/// <param name="EventId">Id of the event.</param>
/// <param name="Type">Event type.</param>
/// <param name="Data">Data bytes.</param>
/// <param name="Metadata">Metadata bytes.</param>
/// <param name="Disclosures">What is shown of its sealed fields; none where there is nothing to show.</param>
[GenerateSerializer, Immutable, Alias("ledger.workers.stored-event")]
public sealed record StoredEvent(
    [property: Id(0)] string Stream,
    [property: Id(1)] long Revision,
    [property: Id(2)] ulong Commit,
    [property: Id(3)] ulong Prepare,
    [property: Id(4)] Guid EventId,
    [property: Id(5)] string Type,
    [property: Id(6)] byte[] Data,
    [property: Id(7)] byte[] Metadata,
    [property: Id(8)] string[] Disclosures);

/// <summary>A decision whose numbers have become pseudonyms.</summary>
/// <param name="DecisionId">The producer's id.</param>
/// <param name="Data">UTF-8 JSON of <see cref="DecisionRecorded"/> without its personal part.</param>
/// <param name="Personal">UTF-8 JSON of <see cref="PersonalContent"/>.</param>
[GenerateSerializer, Immutable, Alias("ledger.workers.pseudonymous-decision")]
public sealed record PseudonymousDecision([property: Id(0)] Guid DecisionId, [property: Id(1)] byte[] Data, [property: Id(2)] byte[] Personal);

/// <summary>Asks for a page of a trail.</summary>
/// <param name="BeforeRevision">Only events before this revision; <see cref="long.MaxValue"/> for the newest.</param>
/// <param name="PageSize">At most this many decisions.</param>
/// <param name="Category">Only this category.</param>
/// <param name="SystemId">Only this AI system.</param>
/// <param name="DecidedFrom">Only decided at or after.</param>
/// <param name="DecidedBefore">Only decided before.</param>
/// <param name="Adverse">Only adverse or only others.</param>
[GenerateSerializer, Immutable, Alias("ledger.workers.trail-query")]
public sealed record TrailQuery(
    [property: Id(0)] long BeforeRevision,
    [property: Id(1)] int PageSize,
    [property: Id(2)] Category? Category = null,
    [property: Id(3)] string? SystemId = null,
    [property: Id(4)] DateTimeOffset? DecidedFrom = null,
    [property: Id(5)] DateTimeOffset? DecidedBefore = null,
    [property: Id(6)] bool? Adverse = null);

/// <summary>Recorded decisions, or the refusal.</summary>
/// <param name="Entries">Decisions in the order asked for.</param>
/// <param name="NextBeforeRevision">Where the next page begins; nothing at the end.</param>
/// <param name="LastRevision">Revision of the stream's last event; -1 for an empty stream.</param>
/// <param name="Refusal">Set if the trail could not be read.</param>
/// <param name="Views">Looks by others in the stretch that was read, in the same order; only for a page of the trail.</param>
[GenerateSerializer, Immutable, Alias("ledger.workers.trail-answer")]
public sealed record TrailAnswer(
    [property: Id(0)] TrailEntry[] Entries,
    [property: Id(1)] long? NextBeforeRevision,
    [property: Id(2)] long LastRevision,
    [property: Id(3)] Refusal? Refusal = null,
    [property: Id(4)] RecordedView[]? Views = null);

/// <summary>A decision with its receipt.</summary>
/// <param name="Data">UTF-8 JSON of <see cref="DecisionRecorded"/>, opened.</param>
/// <param name="Receipt">Receipt.</param>
/// <param name="Erased">Whether its personal part is gone for good because the person was erased.</param>
/// <param name="RetentionEnded">Whether it is gone for good because the time for which its class had to be kept is over.</param>
[GenerateSerializer, Immutable, Alias("ledger.workers.trail-entry")]
public sealed record TrailEntry(
    [property: Id(0)] byte[] Data, [property: Id(1)] Receipt Receipt, [property: Id(2)] bool Erased = false, [property: Id(3)] bool RetentionEnded = false);
