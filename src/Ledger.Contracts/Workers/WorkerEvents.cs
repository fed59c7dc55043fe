using System.Text.Json.Serialization;

namespace Ledger.Contracts.Workers;

/// <summary>
/// Event <c>record-viewed.v1</c>: somebody who is not the worker looks at the record. Durable before they see anything.
/// </summary>
/// <param name="Organisation">Organisation id.</param>
/// <param name="Worker">Pseudonym of the worker.</param>
/// <param name="Viewer">Pseudonym of the account that looked.</param>
/// <param name="Role">In which role.</param>
/// <param name="Method">The call, for example <c>ListDecisions</c>.</param>
/// <param name="Fields">Which groups of fields were shown.</param>
/// <param name="DecisionId">The one decision looked at; nothing: the whole record.</param>
/// <param name="MandateId">The mandate that let them, if it was one.</param>
public sealed record RecordViewed(
    string Organisation, string Worker, string Viewer, string Role, string Method, IReadOnlyList<string> Fields, Guid? DecisionId, Guid? MandateId)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "record-viewed.v1";
}

/// <summary>Event <c>mandate-given.v1</c>: the worker lets a representative see the record, until it expires or is withdrawn.</summary>
/// <param name="MandateId">Id, made by the worker's side: a repeat gives it once.</param>
/// <param name="Organisation">Organisation id.</param>
/// <param name="Worker">Pseudonym of the worker.</param>
/// <param name="Representative">Pseudonym of the representative's account.</param>
/// <param name="ExpiresAt">When it ends by itself, UTC.</param>
/// <param name="Desk">Who entered it for the worker, from a form on paper; nothing: the worker gave it.</param>
public sealed record MandateGiven(
    Guid MandateId, string Organisation, string Worker, string Representative, DateTimeOffset ExpiresAt, DeskEntry? Desk = null)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "mandate-given.v1";
}

/// <summary>Event <c>mandate-withdrawn.v1</c>: the worker took a mandate back.</summary>
/// <param name="MandateId">Which.</param>
/// <param name="Organisation">Organisation id.</param>
/// <param name="Worker">Pseudonym of the worker.</param>
/// <param name="Desk">Who entered it for the worker, from a form on paper; nothing: the worker took it back.</param>
public sealed record MandateWithdrawn(Guid MandateId, string Organisation, string Worker, DeskEntry? Desk = null)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "mandate-withdrawn.v1";
}

/// <summary>Event <c>erasure-requested.v1</c>: somebody asks that the person be erased; it takes somebody else to confirm it.</summary>
/// <param name="ErasureId">Id, made by whoever asks.</param>
/// <param name="Organisation">Organisation id.</param>
/// <param name="Worker">Pseudonym of the worker.</param>
/// <param name="RequestedBy">Pseudonym of the account that asks.</param>
/// <param name="Reason">Why: <c>person_asked</c>, <c>retention_ended</c>, <c>order</c> or <c>mistake</c>.</param>
/// <param name="Ground">Law, order or file number.</param>
public sealed record ErasureRequested(Guid ErasureId, string Organisation, string Worker, string RequestedBy, string Reason, string? Ground)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "erasure-requested.v1";
}

/// <summary>
/// Event <c>record-erased.v1</c>: the person is erased. Everything sealed in the events before can no longer be opened by anybody: the worker's key is
/// destroyed. The events stand, and the log verifies as before.
/// </summary>
/// <param name="ErasureId">The request.</param>
/// <param name="Organisation">Organisation id.</param>
/// <param name="Worker">Pseudonym of the worker.</param>
/// <param name="ConfirmedBy">Pseudonym of the account that confirmed; never the one that asked.</param>
/// <param name="Reason">Why, as it was asked.</param>
/// <param name="Ground">Law, order or file number.</param>
/// <param name="Erased">What is gone: <c>personal</c> parts.</param>
public sealed record RecordErased(
    Guid ErasureId, string Organisation, string Worker, string ConfirmedBy, string Reason, string? Ground, IReadOnlyList<string> Erased)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "record-erased.v1";
}

/// <summary>Event <c>hold-placed.v1</c>: nothing of the record may be erased until the hold is lifted.</summary>
/// <param name="HoldId">Id, made by whoever places it.</param>
/// <param name="Organisation">Organisation id.</param>
/// <param name="Worker">Pseudonym of the worker.</param>
/// <param name="PlacedBy">Pseudonym of the account.</param>
/// <param name="Reason">Why: <c>dispute</c>, <c>investigation</c> or <c>order</c>.</param>
/// <param name="Ground">Law, order or file number.</param>
public sealed record HoldPlaced(Guid HoldId, string Organisation, string Worker, string PlacedBy, string Reason, string? Ground)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "hold-placed.v1";
}

/// <summary>Event <c>hold-lifted.v1</c>: a hold ends.</summary>
/// <param name="HoldId">Which.</param>
/// <param name="Organisation">Organisation id.</param>
/// <param name="Worker">Pseudonym of the worker.</param>
/// <param name="LiftedBy">Pseudonym of the account.</param>
public sealed record HoldLifted(Guid HoldId, string Organisation, string Worker, string LiftedBy)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "hold-lifted.v1";
}

/// <summary>The part of a look or a mandate that is in somebody's own words.</summary>
/// <param name="Purpose">What for.</param>
public sealed record PurposeContent(string? Purpose);

/// <summary>The stored JSON form of a worker's events that are not decisions.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RecordViewed))]
[JsonSerializable(typeof(MandateGiven))]
[JsonSerializable(typeof(MandateWithdrawn))]
[JsonSerializable(typeof(ErasureRequested))]
[JsonSerializable(typeof(RecordErased))]
[JsonSerializable(typeof(HoldPlaced))]
[JsonSerializable(typeof(HoldLifted))]
[JsonSerializable(typeof(PurposeContent))]
public sealed partial class WorkerJson : JsonSerializerContext;
