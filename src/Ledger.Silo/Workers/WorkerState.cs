using System.Text.Json;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
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

    /// <summary>Every mandate ever given, by its id.</summary>
    public Dictionary<Guid, FoldedMandate> Mandates { get; } = [];

    /// <summary>How the keeping of the record stands.</summary>
    public WorkerProtection Protection { get; private set; } = WorkerProtection.None;

    /// <summary>Folds an event read from the store.</summary>
    /// <exception cref="InvalidDataException">The event is not of this ledger.</exception>
    public void Apply(RecordedEvent stored)
    {
        EventMetadata metadata = EventMetadata.Read(stored);
        Apply(stored.Type, stored.Data, stored.Revision, metadata.RecordedAt, metadata.NextSalt);
    }

    /// <summary>Folds an event that has just been appended, or was read.</summary>
    /// <exception cref="InvalidDataException">The event is not of this ledger.</exception>
    public void Apply(string type, ReadOnlyMemory<byte> data, long revision, DateTimeOffset recordedAt, ReadOnlyMemory<byte> nextSalt)
    {
        LastRevision = revision;
        NextSalt = nextSalt;
        switch (type)
        {
            case DecisionRecorded.Type or DecisionRecorded.TypeInTheClear:
                Decisions.Add(DecisionIdOf(data.Span), revision);
                break;
            case MandateGiven.Type:
                MandateGiven given = Read(data, WorkerJson.Default.MandateGiven);
                Mandates.TryAdd(given.MandateId, new FoldedMandate(given, revision, recordedAt, null));
                Decisions.Keep(revision);
                break;
            case MandateWithdrawn.Type:
                MandateWithdrawn withdrawn = Read(data, WorkerJson.Default.MandateWithdrawn);
                if (Mandates.TryGetValue(withdrawn.MandateId, out FoldedMandate? mandate) && mandate.WithdrawnAt is null)
                {
                    Mandates[withdrawn.MandateId] = mandate with { WithdrawnAt = recordedAt, WithdrawnDesk = withdrawn.Desk };
                }

                Decisions.Keep(revision);
                break;
            case ErasureRequested.Type or RecordErased.Type or HoldPlaced.Type or HoldLifted.Type:
                Protection = Protection.Apply(type, data, recordedAt);
                Decisions.Keep(revision);
                break;
        }
    }

    public static Guid DecisionIdOf(ReadOnlySpan<byte> data)
    {
        // The id is the first member of every decision-recorded event: the rest need not be read.
        Utf8JsonReader reader = new(data);
        if (reader.Read() && reader.Read() && reader.ValueTextEquals("decisionId"u8) && reader.Read() && reader.TryGetGuid(out Guid id))
        {
            return id;
        }

        throw new InvalidDataException("An event of a decision has no decision id.");
    }

    internal static T Read<T>(ReadOnlyMemory<byte> data, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> form) =>
        JsonSerializer.Deserialize(data.Span, form) ?? throw new InvalidDataException("An event of a worker is empty.");
}
