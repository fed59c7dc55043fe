namespace Ledger.Contracts.Workers;

/// <summary>Command: let this representative see my record. Well-formed; checked at the edge.</summary>
/// <param name="MandateId">Made by the caller: a repeat gives it once.</param>
/// <param name="Representative">Pseudonym of the representative's account.</param>
/// <param name="Purpose">What for, in the worker's words; may be nothing.</param>
/// <param name="ExpiresAt">When it ends by itself, UTC.</param>
/// <param name="Desk">Who enters it for the worker, from a form on paper; nothing: the worker gives it.</param>
[GenerateSerializer, Immutable, Alias("ledger.workers.give-mandate")]
public sealed record GiveMandate(
    [property: Id(0)] Guid MandateId,
    [property: Id(1)] string Representative,
    [property: Id(2)] string? Purpose,
    [property: Id(3)] DateTimeOffset ExpiresAt,
    [property: Id(4)] DeskEntry? Desk = null);

/// <summary>Command: a desk takes back, from a form on paper, every mandate in force that the form means. Well-formed; checked at the edge.</summary>
/// <param name="Number">The mandate's id without hyphens, or the beginning of it that a confirmation shows; nothing: any.</param>
/// <param name="Representative">Pseudonym of the representative's account; nothing: any.</param>
/// <param name="Desk">Who enters it.</param>
[GenerateSerializer, Immutable, Alias("ledger.workers.enter-withdrawal")]
public sealed record EnterWithdrawal([property: Id(0)] string? Number, [property: Id(1)] string? Representative, [property: Id(2)] DeskEntry Desk);

/// <summary>Who entered something for the worker, from a form on paper.</summary>
/// <param name="EnteredBy">Pseudonym of the account.</param>
/// <param name="Role">In which role: <c>hr</c> or <c>representative</c>.</param>
/// <param name="Form">The code on the form, for example <c>F-1A2B-3C4D</c>; says nothing about the person to who has not the paper.</param>
[GenerateSerializer, Immutable, Alias("ledger.workers.desk-entry")]
public sealed record DeskEntry([property: Id(0)] string EnteredBy, [property: Id(1)] string Role, [property: Id(2)] string Form);

/// <summary>A mandate as it stands.</summary>
/// <param name="MandateId">Id.</param>
/// <param name="Representative">Pseudonym of the representative's account.</param>
/// <param name="Purpose">What for; nothing once the record is erased.</param>
/// <param name="GivenAt">When it was given, UTC.</param>
/// <param name="ExpiresAt">When it ends by itself, UTC.</param>
/// <param name="WithdrawnAt">When it was taken back, UTC.</param>
/// <param name="Desk">Who entered it for the worker; nothing: the worker gave it.</param>
/// <param name="WithdrawnDesk">Who entered its end for the worker; nothing: the worker took it back, or nobody has.</param>
[GenerateSerializer, Immutable, Alias("ledger.workers.mandate")]
public sealed record Mandate(
    [property: Id(0)] Guid MandateId,
    [property: Id(1)] string Representative,
    [property: Id(2)] string? Purpose,
    [property: Id(3)] DateTimeOffset GivenAt,
    [property: Id(4)] DateTimeOffset ExpiresAt,
    [property: Id(5)] DateTimeOffset? WithdrawnAt,
    [property: Id(6)] DeskEntry? Desk = null,
    [property: Id(7)] DeskEntry? WithdrawnDesk = null);

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
