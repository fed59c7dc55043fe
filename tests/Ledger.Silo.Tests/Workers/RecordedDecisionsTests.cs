using CsCheck;
using FluentAssertions;
using Ledger.Silo.Tests.Decisions;
using Ledger.Silo.Workers;
using Xunit;

namespace Ledger.Silo.Tests.Workers;

public sealed class RecordedDecisionsTests
{
    [Fact]
    public void Segment_OfAnyDecisions_RestoresEachRevision() => Gen.Select(Gen.Guid, Gen.Long[0, long.MaxValue]).List[0, 200].Sample(pairs =>
    {
        RecordedDecisions saved = new();
        pairs.ForEach(p => saved.Add(p.Item1, p.Item2));
        RecordedDecisions restored = new();

        restored.TryAddSaved(saved.UnsavedBytes(int.MaxValue)).Should().BeTrue();
        foreach ((Guid id, _) in pairs)
        {
            saved.TryFind(id, out long expected).Should().BeTrue();
            restored.TryFind(id, out long actual).Should().BeTrue();
            actual.Should().Be(expected);
        }

        restored.UnsavedCount.Should().Be(0, "what came from a segment is not saved again");
    });

    [Fact]
    public void Segment_CutShort_AddsNothing()
    {
        RecordedDecisions saved = new();
        saved.Add(StoredDecision.Id(1), 5);
        RecordedDecisions restored = new();

        restored.TryAddSaved(saved.UnsavedBytes(1).AsSpan(0, 23)).Should().BeFalse();
        restored.TryFind(StoredDecision.Id(1), out _).Should().BeFalse();
    }

    [Fact]
    public void Segment_IsBigEndianIdThenRevision()
    {
        RecordedDecisions saved = new();
        saved.Add(new Guid("00010203-0405-0607-0809-0a0b0c0d0e0f"), 0x0102);

        Convert.ToHexStringLower(saved.UnsavedBytes(1)).Should().Be("000102030405060708090a0b0c0d0e0f" + "0000000000000102");
    }

    [Fact]
    public void Decision_AddedTwice_KeepsItsFirstRevision()
    {
        RecordedDecisions decisions = new();
        decisions.Add(StoredDecision.Id(1), 3);
        decisions.Add(StoredDecision.Id(1), 9);

        decisions.TryFind(StoredDecision.Id(1), out long revision).Should().BeTrue();
        revision.Should().Be(3);
        decisions.UnsavedCount.Should().Be(1);
    }

    [Fact]
    public void MarkSaved_OfTheFirst_LeavesTheRest()
    {
        RecordedDecisions decisions = new();
        for (int i = 0; i < 5; i++)
        {
            decisions.Add(StoredDecision.Id(i), i);
        }

        decisions.LastUnsavedRevision(3).Should().Be(2);
        decisions.LastUnsavedRevision(5).Should().BeNull("those are all there are");
        decisions.MarkSaved(3, 2);
        decisions.UnsavedCount.Should().Be(2);
        decisions.UnsavedBytes(10).Should().HaveCount(48);
        decisions.MarkSaved(100, 4);
        decisions.UnsavedCount.Should().Be(0);
    }
}
