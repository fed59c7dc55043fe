using System.Collections.Immutable;
using System.Text.Json;
using Ledger.Contracts;
using Ledger.Contracts.Workers;
using Ledger.Silo.Transparency;

namespace Ledger.Silo.Workers;

/// <summary>How the keeping of a record stands, as folded.</summary>
/// <param name="Requested">The erasure asked for and not done yet.</param>
/// <param name="RequestedAt">When.</param>
/// <param name="Erased">The erasure that was done.</param>
/// <param name="ErasedAt">When.</param>
/// <param name="Holds">Holds that stand.</param>
/// <param name="Lifted">Holds that stood.</param>
internal sealed record WorkerProtection(
    ErasureRequested? Requested,
    DateTimeOffset? RequestedAt,
    RecordErased? Erased,
    DateTimeOffset? ErasedAt,
    ImmutableHashSet<Guid> Holds,
    ImmutableHashSet<Guid> Lifted)
{
    public static WorkerProtection None { get; } = new(null, null, null, null, [], []);

    public WorkerProtection Apply(string type, ReadOnlyMemory<byte> data, DateTimeOffset at)
    {
        switch (type)
        {
            case ErasureRequested.Type:
                return this with { Requested = WorkerState.Read(data, WorkerJson.Default.ErasureRequested), RequestedAt = at };
            case RecordErased.Type:
                return this with { Erased = WorkerState.Read(data, WorkerJson.Default.RecordErased), ErasedAt = at };
            case HoldPlaced.Type:
                return this with { Holds = Holds.Add(WorkerState.Read(data, WorkerJson.Default.HoldPlaced).HoldId) };
            default:
                Guid lifted = WorkerState.Read(data, WorkerJson.Default.HoldLifted).HoldId;
                return this with { Holds = Holds.Remove(lifted), Lifted = Lifted.Add(lifted) };
        }
    }

    /// <summary>The event that a command makes; nothing if it was done before; or the refusal. Pure: ids come in.</summary>
    public (EventDraft? Draft, Refusal? Refusal) Decide(string organisation, string worker, ProtectionCommand command, Guid eventId) => command.Step switch
    {
        ProtectionStep.RequestErasure => Request(organisation, worker, command, eventId),
        ProtectionStep.ConfirmErasure => Confirm(organisation, worker, command, eventId),
        ProtectionStep.PlaceHold => Erased is not null ? Refuse(RefusalCode.Erased, "")
            : Holds.Contains(command.Id) ? (null, null)
            : Lifted.Contains(command.Id) ? Refuse(RefusalCode.AnotherStands, "hold_id")
            : (Draft(eventId, HoldPlaced.Type, JsonSerializer.SerializeToUtf8Bytes(
                new HoldPlaced(command.Id, organisation, worker, command.Person, command.Reason, command.Ground), WorkerJson.Default.HoldPlaced)), null),
        _ => Lifted.Contains(command.Id) ? (null, null)
            : !Holds.Contains(command.Id) ? Refuse(RefusalCode.NotFound, "hold_id")
            : (Draft(eventId, HoldLifted.Type, JsonSerializer.SerializeToUtf8Bytes(
                new HoldLifted(command.Id, organisation, worker, command.Person), WorkerJson.Default.HoldLifted)), null),
    };

    public ProtectionAnswer ToAnswer(Refusal? refusal) => new(
        Erased?.ErasureId ?? Requested?.ErasureId, RequestedAt, ErasedAt, Erased?.Reason ?? Requested?.Reason, [.. Holds], refusal);

    private (EventDraft?, Refusal?) Request(string organisation, string worker, ProtectionCommand command, Guid eventId) =>
        (Requested ?? (object?)Erased) is not null
            ? Requested?.ErasureId == command.Id || Erased?.ErasureId == command.Id ? (null, null) : Refuse(RefusalCode.AnotherStands, "erasure_id")
            : (Draft(eventId, ErasureRequested.Type, JsonSerializer.SerializeToUtf8Bytes(
                new ErasureRequested(command.Id, organisation, worker, command.Person, command.Reason, command.Ground), WorkerJson.Default.ErasureRequested)), null);

    private (EventDraft?, Refusal?) Confirm(string organisation, string worker, ProtectionCommand command, Guid eventId) =>
        Erased?.ErasureId == command.Id ? (null, null)
        : Requested is null || Requested.ErasureId != command.Id ? Refuse(RefusalCode.NotFound, "erasure_id")
        // Four eyes: whoever asked is not who confirms.
        : string.Equals(Requested.RequestedBy, command.Person, StringComparison.Ordinal) ? Refuse(RefusalCode.SamePerson, "")
        : Holds.Count > 0 ? Refuse(RefusalCode.OnHold, "")
        : (Draft(eventId, RecordErased.Type, JsonSerializer.SerializeToUtf8Bytes(
            new RecordErased(command.Id, organisation, worker, command.Person, Requested.Reason, Requested.Ground, ["personal"]), WorkerJson.Default.RecordErased)), null);

    private static EventDraft Draft(Guid id, string type, byte[] data) => new(id, type, data);

    private static (EventDraft?, Refusal?) Refuse(RefusalCode code, string field) => (null, new Refusal(code, field));
}
