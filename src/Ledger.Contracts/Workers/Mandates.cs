namespace Ledger.Contracts.Workers;

/// <summary>Command: let this representative see my record. Well-formed; checked at the edge.</summary>
/// <param name="MandateId">Made by the caller: a repeat gives it once.</param>
/// <param name="Representative">Pseudonym of the representative's account.</param>
/// <param name="Purpose">What for, in the worker's words; may be nothing.</param>
/// <param name="ExpiresAt">When it ends by itself, UTC.</param>
[GenerateSerializer, Immutable, Alias("ledger.workers.give-mandate")]
public sealed record GiveMandate(
    [property: Id(0)] Guid MandateId, [property: Id(1)] string Representative, [property: Id(2)] string? Purpose, [property: Id(3)] DateTimeOffset ExpiresAt);

/// <summary>A mandate as it stands.</summary>
/// <param name="MandateId">Id.</param>
/// <param name="Representative">Pseudonym of the representative's account.</param>
/// <param name="Purpose">What for; nothing once the record is erased.</param>
/// <param name="GivenAt">When it was given, UTC.</param>
/// <param name="ExpiresAt">When it ends by itself, UTC.</param>
/// <param name="WithdrawnAt">When it was taken back, UTC.</param>
[GenerateSerializer, Immutable, Alias("ledger.workers.mandate")]
public sealed record Mandate(
    [property: Id(0)] Guid MandateId,
    [property: Id(1)] string Representative,
    [property: Id(2)] string? Purpose,
    [property: Id(3)] DateTimeOffset GivenAt,
    [property: Id(4)] DateTimeOffset ExpiresAt,
    [property: Id(5)] DateTimeOffset? WithdrawnAt);

/// <summary>Mandates, or the refusal.</summary>
[GenerateSerializer, Immutable, Alias("ledger.workers.mandates-answer")]
public sealed record MandatesAnswer([property: Id(0)] Mandate[] Mandates, [property: Id(1)] Refusal? Refusal = null);

/// <summary>A look at the record by somebody else, as recorded.</summary>
/// <param name="Revision">Place in the worker's stream.</param>
/// <param name="At">When, UTC.</param>
/// <param name="Viewer">Pseudonym of the account that looked.</param>
/// <param name="Role">In which role.</param>
/// <param name="Method">The call.</param>
/// <param name="Fields">Which groups of fields were shown.</param>
/// <param name="DecisionId">The one decision looked at; nothing: the whole record.</param>
/// <param name="MandateId">The mandate that let them, if it was one.</param>
/// <param name="Purpose">What for; nothing if none was given, or once the record is erased.</param>
[GenerateSerializer, Immutable, Alias("ledger.workers.recorded-view")]
public sealed record RecordedView(
    [property: Id(0)] long Revision,
    [property: Id(1)] DateTimeOffset At,
    [property: Id(2)] string Viewer,
    [property: Id(3)] string Role,
    [property: Id(4)] string Method,
    [property: Id(5)] string[] Fields,
    [property: Id(6)] Guid? DecisionId,
    [property: Id(7)] Guid? MandateId,
    [property: Id(8)] string? Purpose);
