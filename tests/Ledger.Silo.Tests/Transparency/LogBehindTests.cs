using FluentAssertions;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Ledger.EventStore;
using Ledger.Silo.Tests.Decisions;
using Ledger.Silo.Tests.Hosting;
using Ledger.Tests;
using Xunit;

namespace Ledger.Silo.Tests.Transparency;

/// <summary>Nothing is recorded faster than it can be signed: a log that cannot keep its promise holds producers back.</summary>
public sealed class LogBehindTests : IAsyncLifetime
{
    private static readonly CallContext Call = new("producer", "c1", null);

    private readonly TestStore store = new();
    private readonly RunningSilo silo;
    private int decisions;

    public LogBehindTests() => silo = new RunningSilo(store, ("Ledger:Log:IntervalSeconds", "0.05"), ("Ledger:Log:MaximumDelaySeconds", "0.3"));

    private IIntake Intake => silo.Grains.GetGrain<IIntake>("main");

    public Task InitializeAsync() => silo.InitializeAsync();

    public async Task DisposeAsync()
    {
        await silo.DisposeAsync();
        await store.DisposeAsync();
    }

    [Fact]
    public async Task Intake_WhileTheLogCannotSign_IsHeldBackAndLetInAgainAfter()
    {
        (await RecordAsync()).Refusal.Should().BeNull();
        store.BeforeAppend = append => append.Stream.StartsWith("checkpoint-", StringComparison.Ordinal)
            ? throw new EventStoreUnavailableException("no checkpoint can be recorded", TimeSpan.FromSeconds(1))
            : Task.FromResult<AppendResult?>(null);

        Refusal refused = await HeldBackAsync();

        refused.Code.Should().Be(RefusalCode.LogBehind);
        refused.RetryAfter.Should().BePositive();
        (await Intake.ReadinessAsync())!.Code.Should().Be(RefusalCode.LogBehind);
        int recorded = (await silo.EventsAsync()).Count;
        (await RecordAsync()).Refusal!.Code.Should().Be(RefusalCode.LogBehind);
        (await silo.EventsAsync()).Should().HaveCount(recorded, "nothing is recorded by a call that is refused");

        store.BeforeAppend = null;
        await Eventually.HoldsAsync(async () => (await RecordAsync()).Refusal is null, () => "it is let in again");
        (await Intake.ReadinessAsync()).Should().BeNull();
    }

    [Fact]
    public async Task Intake_WhileTheLogIsStopped_IsHeldBackThoughTheLogSeesNothing()
    {
        (await RecordAsync()).Refusal.Should().BeNull();
        await store.AppendElsewhereAsync(new StreamAppend(
            "worker-main-ffffffffffffffffffffffffffffffff", Revisions.NoStream,
            [new NewEvent(Guid.Parse("00000000-0000-4000-8000-00000000abcd"), "decision-recorded.v1", "{}"u8.ToArray(), "{}"u8.ToArray())]));

        (await HeldBackAsync()).Code.Should().Be(RefusalCode.LogBehind);
    }

    private async Task<Refusal> HeldBackAsync()
    {
        Refusal? refusal = null;
        await Eventually.HoldsAsync(async () => (refusal = (await RecordAsync()).Refusal) is not null, () => "it is held back");
        return refusal!;
    }

    private async Task<RecordResult> RecordAsync()
    {
        DecisionRecorded decision = StoredDecision.Of(StoredDecision.Id(++decisions));
        return (await Intake.RecordAsync(
            new([new RecordDecision(decision.DecisionId, "E-1", null, DecisionJson.Bytes(decision.Act), DecisionJson.Bytes(decision.Personal!))]), Call))[0];
    }
}
