using System.Text.Json;
using Ledger.Contracts.Decisions;
using Ledger.EventStore;
using Ledger.Silo.Transparency;

namespace Ledger.Silo.Workers;

/// <summary>What deciding about one worker's next events needs to know.</summary>
internal sealed class WorkerState
{
    /// <summary>Revision of the stream's last event.</summary>
    public long LastRevision { get; private set; } = Revisions.NoStream;

    /// <summary>Salt of the label of the stream's next event.</summary>
    public ReadOnlyMemory<byte> NextSalt { get; private set; } = ChainedEvent.FirstSalt;

    public RecordedDecisions Decisions { get; } = new();

    /// <summary>Folds an event read from the store.</summary>
    /// <exception cref="InvalidDataException">The event is not of this ledger.</exception>
    public void Apply(RecordedEvent stored)
    {
        LastRevision = stored.Revision;
        NextSalt = EventMetadata.Read(stored).NextSalt;
        if (string.Equals(stored.Type, DecisionRecorded.Type, StringComparison.Ordinal))
        {
            Decisions.Add(DecisionIdOf(stored), stored.Revision);
        }
    }

    /// <summary>Folds a decision that has just been appended.</summary>
    public void Apply(Guid decisionId, long revision, ReadOnlyMemory<byte> nextSalt)
    {
        LastRevision = revision;
        NextSalt = nextSalt;
        Decisions.Add(decisionId, revision);
    }

    public static Guid DecisionIdOf(RecordedEvent stored)
    {
        // The id is the first member of every decision-recorded event: the rest need not be read.
        Utf8JsonReader reader = new(stored.Data.Span);
        if (reader.Read() && reader.Read() && reader.ValueTextEquals("decisionId"u8) && reader.Read() && reader.TryGetGuid(out Guid id))
        {
            return id;
        }

        throw new InvalidDataException($"Event {stored.Id} of stream {stored.Stream} has no decision id.");
    }
}
