namespace Ledger.Contracts.Workers;

/// <summary>What is asked about the keeping of a person's record.</summary>
public enum ProtectionStep
{
    /// <summary>Ask that the person be erased.</summary>
    RequestErasure = 1,

    /// <summary>Confirm it, as somebody else than who asked; then it is done.</summary>
    ConfirmErasure = 2,

    /// <summary>Hold the record: while a hold stands nothing is erased.</summary>
    PlaceHold = 3,

    /// <summary>Lift a hold.</summary>
    LiftHold = 4,
}

/// <summary>Command about the keeping of a person's record. Well-formed; checked at the edge.</summary>
/// <param name="Step">What.</param>
/// <param name="Id">Of the request or the hold, made by whoever asks: a repeat does it once.</param>
/// <param name="Person">Pseudonym of the account that asks.</param>
/// <param name="Reason">A code, see the contract; for what begins.</param>
/// <param name="Ground">Law, order or file number; never about the person. May be nothing.</param>
[GenerateSerializer, Immutable, Alias("ledger.workers.protection-command")]
public sealed record ProtectionCommand(
    [property: Id(0)] ProtectionStep Step, [property: Id(1)] Guid Id, [property: Id(2)] string Person, [property: Id(3)] string Reason, [property: Id(4)] string? Ground);

/// <summary>How the keeping of a record stands, or the refusal.</summary>
/// <param name="ErasureId">The request, if there is one.</param>
/// <param name="RequestedAt">When it was asked for, UTC.</param>
/// <param name="ErasedAt">When the person was erased, UTC.</param>
/// <param name="Reason">Why.</param>
/// <param name="Holds">Holds that stand.</param>
/// <param name="Refusal">Set if it was not done.</param>
[GenerateSerializer, Immutable, Alias("ledger.workers.protection-answer")]
public sealed record ProtectionAnswer(
    [property: Id(0)] Guid? ErasureId,
    [property: Id(1)] DateTimeOffset? RequestedAt,
    [property: Id(2)] DateTimeOffset? ErasedAt,
    [property: Id(3)] string? Reason,
    [property: Id(4)] Guid[] Holds,
    [property: Id(5)] Refusal? Refusal = null);
