using Orleans.Concurrency;

namespace Ledger.Contracts.Decisions;

/// <summary>
/// Where decisions come in, one call for a whole batch; the key is the organisation. Turns numbers into pseudonyms
/// and hands each worker's decisions to that worker's grain. No answer holds an employee number.
/// </summary>
[Alias("ledger.decisions.intake")]
public interface IIntake : IGrainWithStringKey
{
    /// <summary>Records a batch; one result per decision, in order.</summary>
    [Alias("record")]
    ValueTask<RecordResult[]> RecordAsync(Immutable<RecordDecision[]> batch, CallContext context);

    /// <summary>The pseudonym of an employee number.</summary>
    [Alias("pseudonym")]
    ValueTask<PseudonymAnswer> PseudonymOfAsync(string employeeNumber);

    /// <summary>Nothing if decisions can be recorded now, or why not.</summary>
    [Alias("readiness")]
    Task<Refusal?> ReadinessAsync();
}

/// <summary>A worker's pseudonym, or the refusal.</summary>
[GenerateSerializer, Immutable, Alias("ledger.decisions.pseudonym-answer")]
public sealed record PseudonymAnswer([property: Id(0)] string? Worker, [property: Id(1)] Refusal? Refusal);

/// <summary>Command: record this decision. Well-formed; checked at the edge.</summary>
/// <param name="DecisionId">The producer's id.</param>
/// <param name="EmployeeNumber">Known only until intake.</param>
/// <param name="ReviewerEmployeeNumber">Known only until intake.</param>
/// <param name="Act">UTF-8 JSON of <see cref="DecisionAct"/>.</param>
/// <param name="Personal">UTF-8 JSON of <see cref="PersonalContent"/>.</param>
[GenerateSerializer, Immutable, Alias("ledger.decisions.record-decision")]
public sealed record RecordDecision(
    [property: Id(0)] Guid DecisionId,
    [property: Id(1)] string EmployeeNumber,
    [property: Id(2)] string? ReviewerEmployeeNumber,
    [property: Id(3)] byte[] Act,
    [property: Id(4)] byte[] Personal);

/// <summary>Who calls and within which trace; goes into each event's metadata.</summary>
/// <param name="Actor">Who caused it, for example <c>producer</c>; not a person's name.</param>
/// <param name="CorrelationId">One for everything a request causes.</param>
/// <param name="TraceParent">W3C trace context, if there is one.</param>
[GenerateSerializer, Immutable, Alias("ledger.decisions.call-context")]
public sealed record CallContext(
    [property: Id(0)] string Actor, [property: Id(1)] string CorrelationId, [property: Id(2)] string? TraceParent);

/// <summary>What became of one decision: recorded now or before, refused, or to be tried again.</summary>
[GenerateSerializer, Immutable, Alias("ledger.decisions.record-result")]
public sealed record RecordResult(
    [property: Id(0)] Receipt? Receipt, [property: Id(1)] bool AlreadyRecorded, [property: Id(2)] Refusal? Refusal);

/// <summary>Proof of having recorded; the same for every repeat.</summary>
/// <param name="Worker">Pseudonym.</param>
/// <param name="DecisionId">The producer's id.</param>
/// <param name="EventId">Id of the event.</param>
/// <param name="Revision">Place in the worker's stream.</param>
/// <param name="Commit">Commit position of the end of the append that holds the event.</param>
/// <param name="Prepare">Prepare position of the same.</param>
/// <param name="LeafHash">RFC 6962 leaf hash, 32 bytes.</param>
/// <param name="RecordedAt">When the ledger took it, UTC.</param>
[GenerateSerializer, Immutable, Alias("ledger.decisions.receipt")]
public sealed record Receipt(
    [property: Id(0)] string Worker,
    [property: Id(1)] Guid DecisionId,
    [property: Id(2)] Guid EventId,
    [property: Id(3)] long Revision,
    [property: Id(4)] ulong Commit,
    [property: Id(5)] ulong Prepare,
    [property: Id(6)] byte[] LeafHash,
    [property: Id(7)] DateTimeOffset RecordedAt);
