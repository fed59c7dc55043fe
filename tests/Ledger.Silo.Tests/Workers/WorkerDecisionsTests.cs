using FluentAssertions;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Ledger.Silo.Tests.Decisions;
using Ledger.Silo.Workers;
using Xunit;

namespace Ledger.Silo.Tests.Workers;

public sealed class WorkerDecisionsTests
{
    private int ids;

    [Fact]
    public void Record_OfANewDecision_AppendsItsBytesUnderANewEventId()
    {
        PseudonymousDecision decision = StoredDecision.Command(1);
        Verdict verdict = Decide(new WorkerState(), decision).Should().ContainSingle().Subject;

        verdict.Draft.Should().NotBeNull();
        verdict.Draft!.Value.Data.ToArray().Should().Equal(decision.Data);
        verdict.Draft.Value.Type.Should().Be(DecisionRecorded.Type);
        verdict.Draft.Value.Id.Should().Be(StoredDecision.Id(1001));
    }

    [Fact]
    public void Record_OfARecordedDecision_PointsToItsRevisionAndDrawsNoId()
    {
        WorkerState state = Recorded(7, StoredDecision.Id(1));

        Decide(state, StoredDecision.Command(1)).Should().Equal(Verdict.RepeatOf(7));
        ids.Should().Be(0);
    }

    [Fact]
    public void Record_OfTheSameDecisionTwiceInABatch_IsOneEventAndATwin()
    {
        Verdict[] verdicts = Decide(new WorkerState(), StoredDecision.Command(1), StoredDecision.Command(2), StoredDecision.Command(1));

        verdicts[0].Draft.Should().NotBeNull();
        verdicts[1].Draft.Should().NotBeNull();
        verdicts[2].Should().Be(Verdict.SameAs(0));
    }

    [Fact]
    public void Record_OfOneIdWithTwoContentsInABatch_RefusesTheSecondAndNamesTheField()
    {
        Verdict[] verdicts = Decide(new WorkerState(), StoredDecision.Command(1), StoredDecision.Command(1, kind: "other"));

        verdicts[0].Draft.Should().NotBeNull();
        verdicts[1].Refusal.Should().Be(new Refusal(RefusalCode.AlreadyRecordedDifferently, "decision.kind"));
    }

    [Fact]
    public void Record_OfThreeOfOneId_ComparesEachWithTheFirst()
    {
        Verdict[] verdicts = Decide(
            new WorkerState(), StoredDecision.Command(1), StoredDecision.Command(1, kind: "other"), StoredDecision.Command(1));

        verdicts[1].Refusal.Should().NotBeNull();
        verdicts[2].Should().Be(Verdict.SameAs(0));
    }

    [Fact]
    public void Record_OfNothing_DecidesNothing() => Decide(new WorkerState()).Should().BeEmpty();

    [Fact]
    public void Record_IsPure_AndLeavesTheStateAsItWas()
    {
        WorkerState state = new();
        Decide(state, StoredDecision.Command(1));

        state.Decisions.TryFind(StoredDecision.Id(1), out _).Should().BeFalse();
        state.LastRevision.Should().Be(-1);
    }

    private Verdict[] Decide(WorkerState state, params PseudonymousDecision[] decisions) =>
        WorkerDecisions.Record(state, decisions, () => StoredDecision.Id(1000 + ++ids));

    private static WorkerState Recorded(long revision, Guid id)
    {
        WorkerState state = new();
        state.Apply(DecisionRecorded.Type, StoredDecision.Bytes(StoredDecision.Of(id)), revision, StoredDecision.Decided, new byte[16]);
        return state;
    }
}
