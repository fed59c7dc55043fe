using CsCheck;
using FluentAssertions;
using Ledger.Contracts.Decisions;
using Ledger.Silo.Hosting;
using Ledger.Silo.Tests.Decisions;
using Ledger.Silo.Workers.Sealing;
using Xunit;
using static Ledger.Silo.Tests.Workers.Sealing.SealedSample;

namespace Ledger.Silo.Tests.Workers.Sealing;

public sealed class RetentionKeyTests
{
    private static readonly DateTimeOffset January = new(2026, 1, 31, 23, 59, 59, TimeSpan.Zero);

    private readonly Entropy entropy = new();

    [Fact]
    public void AnyJson_SealedForAPeriod_OpensWithBothKeysAndWithNeitherAlone() => Gen.Select(Any, Gen.String[1, 100], Gen.Byte).Sample((sample, @class, number) =>
    {
        RetentionPeriod period = new(@class, "2026-01");
        using WorkerKey worker = Key(number);
        RetentionKey retention = Retention(number);
        byte[] share = retention.ShareOf(StreamName, period);
        using WorkerKey both = worker.Derive(share);
        byte[] data = both.Seal(EventId, StreamName, sample.Clear, sample.Personal, entropy);

        both.TryOpen(EventId, StreamName, data, out byte[] opened).Should().BeTrue();
        Text(opened).Should().Be(Text(Whole(sample.Clear, sample.Personal)));
        using WorkerKey again = worker.Derive(Retention(number).ShareOf(StreamName, period));
        again.TryDisclose(EventId, StreamName, data, _ => true, out _).Should().BeTrue();
        if (sample.Personal.Length > 2)
        {
            WorkerKey.VersionOf(data).Should().Be(WorkerKey.OfPeriod);
            foreach (WorkerKey other in (WorkerKey[])
            [
                worker, new(share), Key((byte)(number + 1)).Derive(share), worker.Derive(Retention((byte)(number + 1)).ShareOf(StreamName, period)),
                worker.Derive(retention.ShareOf(StreamName[..^1] + "0", period)), worker.Derive(retention.ShareOf(StreamName, period with { Month = "2026-02" })),
                worker.Derive(retention.ShareOf(StreamName, period with { Class = @class + "x" })),
            ])
            {
                other.TryOpen(EventId, StreamName, data, out _).Should().BeFalse();
            }
        }
    });

    [Fact]
    public void Event_OfTheWorkersKeyAlone_StillOpensAndIsKnownForOne()
    {
        (byte[] clear, byte[] personal) = FullDecision();
        using WorkerKey worker = Key();
        byte[] data = worker.Seal(EventId, StreamName, clear, personal, entropy);

        WorkerKey.VersionOf(data).Should().Be(WorkerKey.OfWorker);
        worker.TryOpen(EventId, StreamName, data, out _).Should().BeTrue();
        using WorkerKey derived = worker.Derive(new byte[RetentionKey.ShareLength]);
        derived.TryOpen(EventId, StreamName, data, out _).Should().BeFalse("a box says by which key it is sealed, and is not opened by another");
        WorkerKey.VersionOf("{}"u8).Should().Be(0);
        WorkerKey.VersionOf(StoredDecision.Bytes(StoredDecision.Of(StoredDecision.Id(1)))).Should().Be(0, "one in the clear has no boxes");
    }

    [Fact]
    public void Period_OfADecision_IsItsClassAndTheMonthItWasRecordedIn()
    {
        DecisionRecorded plain = StoredDecision.Of(StoredDecision.Id(1), category: Category.TaskAllocation);

        RetentionPeriod.Of(StoredDecision.Bytes(plain), January).Should().Be(new RetentionPeriod("task_allocation", "2026-01"));
        RetentionPeriod.Of(StoredDecision.Bytes(plain), January.AddSeconds(1)).Month.Should().Be("2026-02");
        RetentionPeriod.Of(StoredDecision.Bytes(plain), January.ToOffset(TimeSpan.FromHours(14))).Month.Should().Be("2026-01", "months are those of UTC");
        RetentionPeriod.Of(StoredDecision.Command(StoredDecision.Full(StoredDecision.Id(1))).Data, January).Class.Should().Be("3-05", "a class that the producer names goes before");
        RetentionPeriod.Of(StoredDecision.Bytes(plain with { Act = plain.Act with { Ground = new Ground("law", null, null, null) } }), January).Class.Should().Be("task_allocation");
        Ground named = new("law", null, null, "à « 3 » ou \"4\" ans");
        RetentionPeriod.Of(StoredDecision.Bytes(plain with { Act = plain.Act with { Ground = named } }), January).Class.Should().Be(named.RetentionClass);
        Ground quoting = new("{\"retentionClass\":\"x\"}", null, null, null);
        RetentionPeriod.Of(StoredDecision.Bytes(plain with { Act = plain.Act with { Ground = quoting } }), January).Class.Should().Be("task_allocation", "what a text quotes names nothing");
        new RetentionPeriod("any", "2026-12").End().Should().Be(new DateTimeOffset(2027, 1, 1, 0, 0, 0, TimeSpan.Zero));
        FluentActions.Invoking(() => RetentionPeriod.Of("{\"decisionId\":1}"u8, January)).Should().Throw<InvalidDataException>();
    }

    [Fact]
    public void Holders_OfDifferentClasses_AreNeverTheSame() => Gen.Select(Gen.String[1, 20], Gen.String[1, 20]).Sample((one, two) =>
    {
        RetentionPeriod first = new(one, "2026-01");
        first.Holder.Should().MatchRegex(@"\Aretention/[A-Za-z0-9%._~-]+/2026-01\z");
        first.HolderOfShare("w").Should().StartWith("w/").And.NotBe(first.Holder);
        // Half a surrogate pair cannot come in: a message in which one stands is no text.
        (first.Holder == new RetentionPeriod(two, "2026-01").Holder).Should().Be(Bytes(one).AsSpan().SequenceEqual(Bytes(two)));
    });

    private static RetentionKey Retention(byte number) => new([.. Enumerable.Range(100, 32).Select(i => (byte)(i + number))]);
}
