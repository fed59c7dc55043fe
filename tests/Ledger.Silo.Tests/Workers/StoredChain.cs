using FluentAssertions;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Tests.Decisions;
using Ledger.Silo.Transparency;
using Ledger.Silo.Workers;
using Ledger.Verification;

namespace Ledger.Silo.Tests.Workers;

/// <summary>The chain of labels of a stored stream, made and checked by hand.</summary>
internal static class StoredChain
{
    public static NewEvent Event(int number, string stream, long revision, ReadOnlyMemory<byte> salt)
    {
        PseudonymousDecision decision = StoredDecision.Command(number);
        Entropy entropy = new();
        return ChainedEvent.Compose(
            new EventDraft(entropy.NewId(), DecisionRecorded.TypeInTheClear, WorkerDecisions.Whole(decision)), stream, revision, revision, salt,
            StoredDecision.Decided, TestWorker.Call, entropy).Event;
    }

    public static byte[] LeafHashOf(RecordedEvent stored)
    {
        EventMetadata metadata = EventMetadata.Read(stored);
        return LogEntry.LeafHash(new EventBytes(
            stored.Stream, stored.Revision, stored.Id, stored.Type, metadata.Salt, metadata.DataSalt, stored.Data, stored.Metadata));
    }

    public static void AssertUnbroken(List<RecordedEvent> events)
    {
        byte[] salt = new byte[LogEntry.SaltLength];
        for (int i = 0; i < events.Count; i++)
        {
            EventMetadata metadata = EventMetadata.Read(events[i]);
            events[i].Revision.Should().Be(i);
            metadata.Salt.ToArray().Should().Equal(salt, "event {0} continues the chain", i);
            metadata.DataSalt.ToArray().Should().NotEqual(salt);
            salt = metadata.NextSalt.ToArray();
        }
    }
}
