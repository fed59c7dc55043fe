using Google.Protobuf.WellKnownTypes;
using Ledger.Api.Hosting;
using Ledger.Contracts.Workers;
using Enum = System.Enum;

namespace Ledger.Api.Workers;

/// <summary>Checks commands about the keeping of a record, and gives the answer its outer form.</summary>
internal static class ProtectionMap
{
    private static readonly Dictionary<V1.ErasureReason, string> Erasures = new()
    {
        [V1.ErasureReason.PersonAsked] = "person_asked",
        [V1.ErasureReason.RetentionEnded] = "retention_ended",
        [V1.ErasureReason.ErasureOrdered] = "order",
        [V1.ErasureReason.Mistake] = "mistake",
    };

    private static readonly Dictionary<V1.HoldReason, string> Holds = new()
    {
        [V1.HoldReason.Dispute] = "dispute",
        [V1.HoldReason.Investigation] = "investigation",
        [V1.HoldReason.HoldOrdered] = "order",
    };

    /// <exception cref="RefusedException">It is not well-formed; every field that is not is named.</exception>
    public static ProtectionCommand Command(V1.RequestErasureRequest request, string person, DateTimeOffset now) =>
        Command(ProtectionStep.RequestErasure, request.ErasureId, "erasure_id", person, now, request.Reason, Erasures, request.Ground);

    /// <exception cref="RefusedException">The same.</exception>
    public static ProtectionCommand Command(V1.PlaceHoldRequest request, string person, DateTimeOffset now) =>
        Command(ProtectionStep.PlaceHold, request.HoldId, "hold_id", person, now, request.Reason, Holds, request.Ground);

    /// <exception cref="RefusedException">The id is none.</exception>
    public static ProtectionCommand Command(ProtectionStep step, string id, string field, string person, DateTimeOffset now)
    {
        Violations violations = new(now);
        violations.Uuid(id, field);
        return violations.None
            ? new ProtectionCommand(step, Guid.ParseExact(id, "D"), person, "", null)
            : throw new RefusedException(violations.Found);
    }

    public static V1.Protection ToProtection(ProtectionAnswer answer)
    {
        if (answer.Refusal is { } refusal)
        {
            throw new RefusedException(refusal);
        }

        V1.Protection protection = new()
        {
            ErasureId = answer.ErasureId?.ToString() ?? "",
            RequestedAt = answer.RequestedAt?.ToTimestamp(),
            ErasedAt = answer.ErasedAt?.ToTimestamp(),
            Reason = Erasures.FirstOrDefault(reason => string.Equals(reason.Value, answer.Reason, StringComparison.Ordinal)).Key,
        };
        protection.HoldIds.AddRange(answer.Holds.Select(hold => hold.ToString()));
        return protection;
    }

    private static ProtectionCommand Command<T>(
        ProtectionStep step, string id, string field, string person, DateTimeOffset now, T reason, Dictionary<T, string> reasons, string ground)
        where T : struct, Enum
    {
        Violations violations = new(now);
        violations.Uuid(id, field);
        violations.Closed(reason, "reason", required: true);
        violations.Text(ground, "ground", Limits.Name);
        return violations.None
            ? new ProtectionCommand(step, Guid.ParseExact(id, "D"), person, reasons[reason], ground.Length == 0 ? null : ground)
            : throw new RefusedException(violations.Found);
    }
}
