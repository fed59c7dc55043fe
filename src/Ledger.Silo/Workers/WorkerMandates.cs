using System.Text.Json;
using Ledger.Contracts;
using Ledger.Contracts.Access;
using Ledger.Contracts.Workers;
using Ledger.Silo.Transparency;

namespace Ledger.Silo.Workers;

/// <summary>A mandate as folded.</summary>
/// <param name="Given">The event.</param>
/// <param name="Revision">Where it stands.</param>
/// <param name="GivenAt">When.</param>
/// <param name="WithdrawnAt">When it was taken back.</param>
/// <param name="WithdrawnDesk">Who entered that for the worker, if a desk did.</param>
internal sealed record FoldedMandate(MandateGiven Given, long Revision, DateTimeOffset GivenAt, DateTimeOffset? WithdrawnAt, DeskEntry? WithdrawnDesk = null)
{
    public bool IsInForce(DateTimeOffset now) => WithdrawnAt is null && now < Given.ExpiresAt;

    /// <summary>Whether a form that takes mandates back means this one.</summary>
    public bool IsMeantBy(EnterWithdrawal command) =>
        (command.Number is null || Given.MandateId.ToString("N").StartsWith(command.Number, StringComparison.Ordinal))
        && (command.Representative is null || string.Equals(Given.Representative, command.Representative, StringComparison.Ordinal));

    /// <summary>Whether a form was used up by giving this one. Ended from that same form, it was a slip of the desk, and may be entered again.</summary>
    public bool UsedUp(string form) =>
        string.Equals(Given.Desk?.Form, form, StringComparison.Ordinal) && !string.Equals(WithdrawnDesk?.Form, form, StringComparison.Ordinal);
}

/// <summary>Decides about mandates and looks at the record. Pure: times and ids come in.</summary>
internal static class WorkerMandates
{
    /// <summary>The mandate by which somebody may see the record now; nothing if there is none.</summary>
    public static FoldedMandate? Of(WorkerState state, string person, DateTimeOffset now) =>
        state.Mandates.Values.FirstOrDefault(m => string.Equals(m.Given.Representative, person, StringComparison.Ordinal) && m.IsInForce(now));

    /// <summary>The event of a mandate given; nothing if it was given before; or the refusal.</summary>
    public static (EventDraft? Draft, Refusal? Refusal) Give(WorkerState state, string organisation, string worker, GiveMandate command, Guid eventId)
    {
        if (state.Mandates.TryGetValue(command.MandateId, out FoldedMandate? mandate))
        {
            // The words need not be the same to be the same mandate; whom, how long and from which form must.
            return string.Equals(mandate.Given.Representative, command.Representative, StringComparison.Ordinal) && mandate.Given.ExpiresAt == command.ExpiresAt
                && string.Equals(mandate.Given.Desk?.Form, command.Desk?.Form, StringComparison.Ordinal)
                ? (null, null)
                : (null, new Refusal(RefusalCode.MandateIdTaken, "mandate.mandate_id"));
        }

        // An old form must not open again what the worker has closed since.
        if (command.Desk is { } desk && state.Mandates.Values.Any(other => other.UsedUp(desk.Form)))
        {
            return (null, new Refusal(RefusalCode.FormEntered, "form_reference"));
        }

        if (state.Protection.Erased is not null)
        {
            return (null, new Refusal(RefusalCode.Erased, ""));
        }

        MandateGiven given = new(command.MandateId, organisation, worker, command.Representative, command.ExpiresAt, command.Desk);
        return (new EventDraft(
            eventId, MandateGiven.Type, JsonSerializer.SerializeToUtf8Bytes(given, WorkerJson.Default.MandateGiven), Purpose(command.Purpose)), null);
    }

    /// <summary>The event of a mandate taken back; nothing if it was before; or the refusal.</summary>
    public static (EventDraft? Draft, Refusal? Refusal) Withdraw(
        WorkerState state, string organisation, string worker, Guid mandateId, DeskEntry? desk, Guid eventId) =>
        !state.Mandates.TryGetValue(mandateId, out FoldedMandate? mandate) ? (null, new Refusal(RefusalCode.NotFound, "name"))
        : mandate.WithdrawnAt is not null ? (null, null)
        : (new EventDraft(eventId, MandateWithdrawn.Type, JsonSerializer.SerializeToUtf8Bytes(
            new MandateWithdrawn(mandateId, organisation, worker, desk), WorkerJson.Default.MandateWithdrawn)), null);

    /// <summary>The event of a look, or the refusal of it.</summary>
    public static (EventDraft? Draft, Refusal? Refusal) Look(
        WorkerState state, string organisation, string worker, Reader reader, Look? look, DateTimeOffset now, Guid eventId)
    {
        FoldedMandate? mandate = reader.NeedsMandate ? Of(state, reader.Person, now) : null;
        if (reader.NeedsMandate && mandate is null)
        {
            return (null, new Refusal(RefusalCode.NotPermitted, ""));
        }

        // Of nobody, nothing is seen: a slip in a pseudonym must not begin a record.
        if (look is null || state.LastRevision < 0)
        {
            return (null, null);
        }

        RecordViewed viewed = new(
            organisation, worker, reader.Person, reader.Role, look.Method, look.Fields, look.DecisionId, mandate?.Given.MandateId);
        return (new EventDraft(
            eventId, RecordViewed.Type, JsonSerializer.SerializeToUtf8Bytes(viewed, WorkerJson.Default.RecordViewed),
            // Of an erased person no words can be sealed any more.
            state.Protection.Erased is null ? Purpose(look.Purpose) : default), null);
    }

    private static byte[] Purpose(string? purpose) =>
        purpose is null ? [] : JsonSerializer.SerializeToUtf8Bytes(new PurposeContent(purpose), WorkerJson.Default.PurposeContent);
}
