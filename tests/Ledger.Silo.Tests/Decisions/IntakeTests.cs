using System.Text;
using System.Text.Json;
using FluentAssertions;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.Silo.Tests.Hosting;
using Xunit;

namespace Ledger.Silo.Tests.Decisions;

/// <summary>The grains in a real silo with the embedded store, as <c>AddLedgerSilo</c> puts them together.</summary>
public sealed class IntakeTests(RunningSilo silo) : IClassFixture<RunningSilo>
{
    private static readonly CallContext Call = new("producer", "c1", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");

    private IIntake Intake => silo.Grains.GetGrain<IIntake>("main");

    [Fact]
    public async Task Batch_OfSeveralWorkers_AnswersInItsOrderAndKeepsNumbersOut()
    {
        RecordDecision[] batch = [Command(1, "E-1"), Command(2, "E-2"), Command(3, "E-1", reviewer: "E-9"), Command(1, "E-1")];

        RecordResult[] results = await Intake.RecordAsync(new(batch), Call);

        results.Select(r => r.Receipt!.DecisionId).Should().Equal(batch.Select(c => c.DecisionId));
        results[0].Receipt!.Worker.Should().Be(results[2].Receipt!.Worker).And.NotBe(results[1].Receipt!.Worker);
        results[3].AlreadyRecorded.Should().BeTrue();
        results[0].Receipt!.Worker.Should().Be((await Intake.PseudonymOfAsync("E-1")).Worker);

        List<RecordedEvent> events = await silo.EventsAsync();
        string everything = string.Join('\n', events.Select(e => e.Stream + Encoding.UTF8.GetString(e.Data.Span) + Encoding.UTF8.GetString(e.Metadata.Span)));
        everything.Should().NotContain("E-1").And.NotContain("E-9");
        RecordedEvent reviewed = events.Single(e => e.Id == results[2].Receipt!.EventId);
        DecisionRecorded recorded = JsonSerializer.Deserialize(reviewed.Data.Span, DecisionJson.Default.DecisionRecorded)!;
        recorded.Reviewer.Should().Be((await Intake.PseudonymOfAsync("E-9")).Worker);
        recorded.Worker.Should().Be(results[2].Receipt!.Worker);
        recorded.Personal!.Outcome.Should().BeNull("it is sealed");
    }

    [Fact]
    public async Task Decision_SentTwiceAtTheSameMoment_HappensOnce()
    {
        RecordResult[][] results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Intake.RecordAsync(new([Command(10, "E-10")]), Call).AsTask()));

        results.Count(r => !r[0].AlreadyRecorded).Should().Be(1);
        results.Should().AllSatisfy(r => r[0].Receipt.Should().BeEquivalentTo(results[0][0].Receipt));
    }

    [Fact]
    public async Task Repeat_AfterDeactivation_GetsTheFirstReceipt()
    {
        RecordResult first = (await Intake.RecordAsync(new([Command(20, "E-20")]), Call))[0];
        IManagementGrain management = silo.Grains.GetGrain<IManagementGrain>(0);
        await management.ForceActivationCollection(TimeSpan.Zero);

        RecordResult repeat = (await Intake.RecordAsync(new([Command(20, "E-20")]), Call))[0];

        repeat.AlreadyRecorded.Should().BeTrue();
        repeat.Receipt.Should().BeEquivalentTo(first.Receipt);
    }

    [Fact]
    public async Task Metadata_CarriesActorAndTrace()
    {
        RecordResult first = (await Intake.RecordAsync(new([Command(30, "E-30")]), Call))[0];

        RecordedEvent stored = (await silo.EventsAsync()).Single(e => e.Id == first.Receipt!.EventId);
        JsonElement metadata = JsonDocument.Parse(stored.Metadata).RootElement;
        metadata.GetProperty("actor").GetString().Should().Be("producer");
        metadata.GetProperty("$correlationId").GetString().Should().Be("c1");
        metadata.GetProperty("traceparent").GetString().Should().Be(Call.TraceParent);
    }

    [Fact]
    public async Task Organisation_ThatIsNotServed_IsRefusedForEveryDecision()
    {
        IIntake other = silo.Grains.GetGrain<IIntake>("elsewhere");

        RecordResult[] results = await other.RecordAsync(new([Command(1, "E-1"), Command(2, "E-1")]), Call);

        results.Should().HaveCount(2).And.OnlyContain(r => r.Refusal!.Code == RefusalCode.UnknownOrganisation);
        (await other.PseudonymOfAsync("E-1")).Refusal!.Code.Should().Be(RefusalCode.UnknownOrganisation);
        (await other.ReadinessAsync())!.Code.Should().Be(RefusalCode.UnknownOrganisation);
    }

    [Fact]
    public async Task Silo_ThatRuns_IsReady() => (await Intake.ReadinessAsync()).Should().BeNull();

    [Fact]
    public async Task Watch_OverTheSilo_WakesWhileOthersRecord()
    {
        string worker = (await Intake.PseudonymOfAsync("E-40")).Worker!;
        Task<TrailAnswer> waiting = silo.Grains.GetGrain<IWorker>($"main/{worker}").AwaitAsync(-1, TimeSpan.FromSeconds(20));
        await Intake.RecordAsync(new([Command(40, "E-40")]), Call);

        (await waiting).Entries.Should().ContainSingle();
    }

    private static RecordDecision Command(int number, string employee, string? reviewer = null)
    {
        DecisionRecorded decision = StoredDecision.Of(StoredDecision.Id(number));
        return new RecordDecision(
            decision.DecisionId, employee, reviewer,
            DecisionJson.Bytes(decision.Act),
            DecisionJson.Bytes(decision.Personal!));
    }
}
