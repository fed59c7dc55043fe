using FluentAssertions;
using Ledger.Api.Access;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Api.Workers;
using Ledger.Contracts;
using Xunit;

namespace Ledger.Api.Tests.Decisions;

/// <summary>Counting what was refused: what is kept of it, up to which limits, and what becomes of it while nobody can record it.</summary>
public sealed class RefusedTallyTests
{
    private static readonly Refusal Prohibited = new(RefusalCode.Prohibited, "decision.personal.data_used[3].category", ["EmotionalState"]);
    private static readonly Caller Producer = Account("p1");

    private readonly SetClock clock = new(new DateTimeOffset(2026, 3, 31, 23, 59, 50, TimeSpan.Zero));
    private readonly RefusedTally tally;
    private int ids;

    public RefusedTallyTests() => tally = new RefusedTally(clock, new NewIds(() => new Guid(++ids, 0, 0, new byte[8])));

    [Fact]
    public void Count_OfOneKind_IsOneNumber()
    {
        tally.Count("main", Producer, DecisionBuilder.Smallest(), Prohibited);
        clock.Now += TimeSpan.FromSeconds(5);
        tally.Count("main", Producer, DecisionBuilder.Smallest(), Prohibited with { Field = "decision.personal.data_used[7].category" });

        ClosedCount closed = tally.Close().Should().ContainSingle().Which;
        (closed.Organisation, closed.From.Second, closed.To.Second).Should().Be(("main", 50, 55));
        closed.Counts.Should().Equal((Producer, new RefusedKind("roster", RefusalCode.Prohibited, "decision.personal.data_used.category", "EMOTIONAL_STATE"), 2L));
    }

    [Theory]
    [InlineData("decision.kind", "decision.kind")]
    [InlineData("decision.personal.factors[12].value.quantity.unit", "decision.personal.factors.value.quantity.unit")]
    [InlineData("decision.lineage.input_decision_ids[0]", "decision.lineage.input_decision_ids")]
    [InlineData("decision.personal.factors.weight", "decision.personal.factors.weight")]
    [InlineData("decision.personal.marie_tremblay.kind", "decision.personal")]
    [InlineData("decision.kind.marie_tremblay", "decision.kind")]
    [InlineData("marie_tremblay", null)]
    [InlineData("", null)]
    public void Field_IsAPathOfTheContractAndNothingElse(string path, string? kept)
    {
        tally.Count("main", Producer, DecisionBuilder.Smallest(), new Refusal(RefusalCode.Missing, path, ["marie_tremblay"]));

        Kinds().Should().ContainSingle().Which.Should().Be(new RefusedKind("roster", RefusalCode.Missing, kept, null));
    }

    [Theory]
    [InlineData("roster-2", "roster-2")]
    [InlineData("Marie Tremblay", null)]
    [InlineData("marie@example.org", null)]
    [InlineData("", null)]
    public void System_IsKeptOnlyIfItIsOne(string system, string? kept)
    {
        tally.Count("main", Producer, DecisionBuilder.Smallest(d => d.System.SystemId = system), Prohibited);

        Kinds().Should().ContainSingle().Which.System.Should().Be(kept);
    }

    [Theory, InlineData(Limits.Code, true), InlineData(Limits.Code + 1, false)]
    public void System_AtItsLimitAndBeyond(int length, bool isKept)
    {
        tally.Count("main", Producer, DecisionBuilder.Smallest(d => d.System.SystemId = DecisionBuilder.Repeat(length)), Prohibited);

        (Kinds().Single().System is not null).Should().Be(isKept);
    }

    [Fact]
    public void System_ThatIsMissing_IsNone()
    {
        tally.Count("main", Producer, DecisionBuilder.Smallest(d => d.System = null), Prohibited);
        tally.Count("main", Producer, null, new Refusal(RefusalCode.Missing, "decision"));

        Kinds().Should().OnlyContain(kind => kind.System == null).And.HaveCount(2);
    }

    [Fact]
    public void Gravest_IsWhatIsNeverAccepted_WhateverElseIsWrong()
    {
        Violations violations = new(DecisionBuilder.Now);
        DecisionCheck.Check(violations, DecisionBuilder.Smallest(d =>
        {
            d.Kind = "";
            d.Personal.Parameters.AddRange(Enumerable.Range(0, 30).Select(_ => new V1.Parameter()));
            d.Personal.DataUsed.Add(new V1.DataUse { Category = V1.DataCategory.UnionActivityPrediction, Source = "guess" });
        }));

        violations.Found.Should().HaveCount(Limits.ViolationsNamed);
        RefusedKind.Gravest(violations.Found).Should().BeEquivalentTo(
            new Refusal(RefusalCode.Prohibited, "decision.personal.data_used[0].category", ["UnionActivityPrediction"]));
    }

    [Theory]
    [InlineData(RefusalCode.Overloaded)]
    [InlineData(RefusalCode.StoreUnavailable)]
    [InlineData(RefusalCode.StoreFull)]
    [InlineData(RefusalCode.ServiceUnavailable)]
    [InlineData(RefusalCode.LogBehind)]
    [InlineData(RefusalCode.Internal)]
    [InlineData(RefusalCode.UnknownOrganisation)]
    public void Count_OfWhatIsOnlyToBeTriedAgain_IsNone(RefusalCode code)
    {
        tally.Count("main", Producer, DecisionBuilder.Smallest(), new Refusal(code, ""));

        tally.Close().Should().BeEmpty();
    }

    [Fact]
    public void Kinds_BeyondTheLimit_AreCountedTogetherByCode_AndHideNobodyElse()
    {
        for (int n = 0; n < Limits.RefusedKinds + 50; n++)
        {
            tally.Count("main", Producer, DecisionBuilder.Smallest(d => d.System.SystemId = $"made-up-{n}"), Prohibited);
        }

        Caller other = Account("p2");
        tally.Count("main", other, DecisionBuilder.Smallest(), Prohibited);

        IReadOnlyList<(Caller? Producer, RefusedKind Kind, long Decisions)> counts = tally.Close().Single().Counts;
        counts.Should().HaveCount(Limits.RefusedKinds + 2);
        counts.Should().ContainSingle(c => c.Kind.Various).Which.Should().Be((Producer, new RefusedKind(null, RefusalCode.Prohibited, null, null, Various: true), 50L));
        counts.Should().ContainSingle(c => c.Producer == other).Which.Kind.System.Should().Be("roster");

        tally.Close().ToList().ForEach(tally.Recorded);
        tally.Count("main", Producer, DecisionBuilder.Smallest(d => d.System.SystemId = "made-up-later"), Prohibited);
        Kinds().Should().ContainSingle("the limit is of a day, not of a report").Which.Various.Should().BeTrue();
    }

    [Fact]
    public void Producers_BeyondTheLimit_AreCountedWithoutAName()
    {
        for (int n = 0; n < Limits.RefusedProducers + 5; n++)
        {
            tally.Count("main", Account($"p{n}"), DecisionBuilder.Smallest(), Prohibited);
        }

        IReadOnlyList<(Caller? Producer, RefusedKind Kind, long Decisions)> counts = tally.Close().Single().Counts;
        counts.Should().HaveCount(Limits.RefusedProducers + 1);
        counts.Should().ContainSingle(c => c.Producer == null).Which.Decisions.Should().Be(5);
    }

    [Fact]
    public void Report_OfManyKinds_IsHandedInInParts()
    {
        for (int n = 0; n < 11 * Limits.RefusedKinds; n++)
        {
            tally.Count("main", Account($"p{n % 11}"), DecisionBuilder.Smallest(d => d.System.SystemId = $"made-up-{n}"), Prohibited);
        }

        tally.Close().Select(closed => closed.Counts.Count).Should().Equal(Limits.RefusedKindsInReport, 11 * Limits.RefusedKinds - Limits.RefusedKindsInReport);
    }

    [Fact]
    public void Day_ThatIsOver_IsAReportOfItsOwn()
    {
        tally.Count("main", Producer, DecisionBuilder.Smallest(), Prohibited);
        clock.Now += TimeSpan.FromSeconds(20);
        tally.Count("main", Producer, DecisionBuilder.Smallest(), Prohibited);
        tally.Count("main", Producer, DecisionBuilder.Smallest(), Prohibited);

        IReadOnlyList<ClosedCount> closed = tally.Close();

        closed.Select(c => (c.From.Month, c.To.Month, c.Counts.Single().Decisions)).Should().Equal((3, 3, 1L));
        tally.Recorded(closed[0]);
        tally.Close().Select(c => (c.From.Month, c.To.Month, c.Counts.Single().Decisions)).Should().Equal((4, 4, 2L));
    }

    [Fact]
    public void Day_ThatIsOver_IsClosedAtItsLastRefusalThoughNothingFollows()
    {
        tally.Count("main", Producer, DecisionBuilder.Smallest(), Prohibited);
        clock.Now += TimeSpan.FromDays(2);

        tally.Close().Should().ContainSingle().Which.To.Day.Should().Be(31);
    }

    [Fact]
    public void Outage_KeepsOneReportADay_AndLosesNoCount()
    {
        DateTimeOffset start = clock.Now;
        for (int n = 0; n < 300; n++)
        {
            tally.Count("main", Producer, DecisionBuilder.Smallest(), Prohibited);
            tally.Close();
            clock.Now += TimeSpan.FromMinutes(10);
        }

        int days = (int)(clock.Now.Date - start.Date).TotalDays + 1;
        IReadOnlyList<ClosedCount> waiting = tally.Close();
        waiting.Count.Should().BeLessThanOrEqualTo(days + 1);
        waiting.Should().OnlyContain(c => c.From.Date == c.To.Date);
        tally.Close().Select(c => c.Id).Should().Equal(waiting.Select(c => c.Id), "each is tried again under its id");

        tally.Left.Should().Be(300);
        long recorded = 0;
        for (IReadOnlyList<ClosedCount> closed = waiting; closed.Count > 0; closed = tally.Close())
        {
            foreach (ClosedCount count in closed)
            {
                recorded += count.Counts.Sum(c => c.Decisions);
                tally.Recorded(count);
            }
        }

        recorded.Should().Be(300);
        tally.Left.Should().Be(0);
    }

    [Fact]
    public async Task Any_WithoutARefusal_WaitsWithoutEnd()
    {
        Task any = tally.AnyAsync(CancellationToken.None);
        any.IsCompleted.Should().BeFalse();

        tally.Count("main", Producer, DecisionBuilder.Smallest(), Prohibited);

        await any;
    }

    private IEnumerable<RefusedKind> Kinds() => tally.Close().SelectMany(closed => closed.Counts).Select(count => count.Kind);

    private static Caller Account(string name) => new([Role.Producer], "main", $"https://issuer.example\n{name}", null, [], DateTimeOffset.MaxValue, false);

    private sealed class SetClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
