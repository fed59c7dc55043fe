using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Ledger.EventStore.EventStoreDb.Protocol;
using Status = Google.Rpc.Status;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>What the server answered to an append.</summary>
/// <param name="Appended">False: the stream was elsewhere.</param>
/// <param name="LastRevision">Null: the server does not say, the stream must be asked.</param>
/// <param name="Position">Null: likewise.</param>
internal readonly record struct AppendAnswer(bool Appended, long? LastRevision, StorePosition? Position)
{
    /// <exception cref="Exception">The fault that an answer other than "appended" and "elsewhere" stands for.</exception>
    public static AppendAnswer Of(BatchAppendResp response, string stream) => response.ResultCase switch
    {
        BatchAppendResp.ResultOneofCase.Success => Of(response.Success),
        BatchAppendResp.ResultOneofCase.Error => Of(response.Error, stream),
        _ => throw Unavailable("an empty answer"),
    };

    private static AppendAnswer Of(BatchAppendResp.Types.Success success) => new(
        Appended: true,
        success.CurrentRevisionOptionCase == BatchAppendResp.Types.Success.CurrentRevisionOptionOneofCase.CurrentRevision
            ? (long)success.CurrentRevision
            : null,
        success.PositionOptionCase == BatchAppendResp.Types.Success.PositionOptionOneofCase.Position
            ? new StorePosition(success.Position.CommitPosition, success.Position.PreparePosition)
            : null);

    private static AppendAnswer Of(Status error, string stream)
    {
        Any details = error.Details.Count > 0 ? error.Details[0] : new Any();
        if (details.TryUnpack(out WrongExpectedVersion elsewhere))
        {
            return new AppendAnswer(Appended: false, RevisionOf(elsewhere), StorePosition.Start);
        }

        if (details.TryUnpack(out MaximumAppendSizeExceeded tooLarge))
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"The events are larger than the event store takes in one append, {tooLarge.MaxAppendSize} bytes (its setting MaxAppendSize)."));
        }

        if (details.Is(AccessDenied.Descriptor))
        {
            throw Failures.AccessDenied();
        }

        if (details.Is(StreamDeleted.Descriptor))
        {
            throw new InvalidOperationException($"The stream '{stream}' was deleted for good in the event store.");
        }

        if (details.TryUnpack(out BadRequest badRequest))
        {
            throw new ArgumentException($"The event store refused the append: {badRequest.Message}");
        }

        // Timeout, busy, unknown: it may have been written, or may yet be.
        throw Unavailable(error.Message);
    }

    private static long? RevisionOf(WrongExpectedVersion elsewhere) => elsewhere.CurrentStreamRevisionOptionCase switch
    {
        WrongExpectedVersion.CurrentStreamRevisionOptionOneofCase.CurrentStreamRevision => (long)elsewhere.CurrentStreamRevision,
        WrongExpectedVersion.CurrentStreamRevisionOptionOneofCase.CurrentNoStream => Revisions.NoStream,
        _ => null,
    };

    private static EventStoreUnavailableException Unavailable(string why) =>
        new($"The event store did not confirm the append: {why}.", EventStoreDbLimits.FirstBackoff);
}
