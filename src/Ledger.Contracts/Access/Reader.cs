namespace Ledger.Contracts.Access;

/// <summary>Somebody who reads a record that is not their own; the edge has found out who they are and that their role may.</summary>
/// <param name="Role">In which role, for example <c>hr</c>.</param>
/// <param name="Person">Pseudonym of their account: 32 hexadecimal digits.</param>
/// <param name="NeedsMandate">Whether only the worker's mandate lets them.</param>
[GenerateSerializer, Immutable, Alias("ledger.access.reader")]
public sealed record Reader([property: Id(0)] string Role, [property: Id(1)] string Person, [property: Id(2)] bool NeedsMandate);

/// <summary>One look at a record, as it will be recorded in it.</summary>
/// <param name="Method">The call, for example <c>ListDecisions</c>.</param>
/// <param name="Purpose">What for, in the reader's words.</param>
/// <param name="Fields">Which groups of fields are shown.</param>
/// <param name="DecisionId">The one decision looked at; nothing: the whole record.</param>
[GenerateSerializer, Immutable, Alias("ledger.access.look")]
public sealed record Look(
    [property: Id(0)] string Method, [property: Id(1)] string? Purpose, [property: Id(2)] string[] Fields, [property: Id(3)] Guid? DecisionId);
