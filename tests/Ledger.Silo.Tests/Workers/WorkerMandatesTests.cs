using System.Text;
using FluentAssertions;
using Ledger.Contracts;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.Silo.Tests.Decisions;
using Ledger.Silo.Tests.Hosting;
using Xunit;

namespace Ledger.Silo.Tests.Workers;

/// <summary>Mandates in a worker's stream: what stands in it, who entered it, and what old streams say.</summary>
public sealed class WorkerMandatesTests : IAsyncLifetime
{
    private static readonly string One = new('1', 32), Two = new('2', 32);
    private static readonly DeskEntry Desk = new(new string('9', 32), "hr", "F-1A2B-3C4D");
    private readonly TestStore store = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await store.DisposeAsync();

    [Fact]
    public async Task Mandate_EnteredAtADesk_CarriesWhoWhichRoleAndWhichFormInTheClear()
    {
        TestWorker worker = new(store, new string('a', 32));
        await worker.Grain.GiveMandateAsync(Give(1, One, Desk), TestWorker.Call);
        await worker.Grain.EnterWithdrawalAsync(new EnterWithdrawal(null, One, Desk with { Role = "representative", Form = "F-0000-0001" }), TestWorker.Call);

        string[] data = [.. (await worker.EventsAsync()).Select(e => Encoding.UTF8.GetString(e.Data.Span))];
        data[0].Should().Contain("\"desk\":{\"enteredBy\":\"" + new string('9', 32) + "\",\"role\":\"hr\",\"form\":\"F-1A2B-3C4D\"}").And.NotContain("why", "the purpose is sealed");
        data[1].Should().Contain("\"role\":\"representative\",\"form\":\"F-0000-0001\"}");
        worker.Deactivate();
        Mandate mandate = (await worker.Grain.MandatesAsync()).Mandates.Should().ContainSingle().Subject;
        mandate.Desk.Should().Be(Desk);
        mandate.WithdrawnDesk!.Form.Should().Be("F-0000-0001");
        StoredChain.AssertUnbroken(await worker.EventsAsync());
    }

    [Fact]
    public async Task Mandate_GivenByTheWorker_IsStoredAsBeforeThereWereDesks()
    {
        TestWorker worker = new(store, new string('b', 32));
        await worker.Grain.GiveMandateAsync(Give(1, One, null) with { Purpose = null }, TestWorker.Call);
        await worker.Grain.WithdrawMandateAsync(Id(1), TestWorker.Call);

        (await worker.EventsAsync()).Select(e => Encoding.UTF8.GetString(e.Data.Span)).Should().Equal(
            $$"""{"mandateId":"{{Id(1)}}","organisation":"main","worker":"{{new string('b', 32)}}","representative":"{{One}}","expiresAt":"2099-01-01T00:00:00+00:00"}""",
            $$"""{"mandateId":"{{Id(1)}}","organisation":"main","worker":"{{new string('b', 32)}}"}""");
        worker.Deactivate();
        (await worker.Grain.MandatesAsync()).Mandates.Should().ContainSingle(m => m.Desk == null && m.WithdrawnDesk == null && m.WithdrawnAt != null);
    }

    [Fact]
    public async Task Withdrawal_OfOneRepresentative_WhenItBrokeOff_IsFinishedByARepeat()
    {
        TestWorker worker = new(store, new string('c', 32));
        for (int n = 1; n <= 3; n++)
        {
            await worker.Grain.GiveMandateAsync(Give(n, n == 3 ? Two : One, null), TestWorker.Call);
        }

        int appends = 0;
        store.BeforeAppend = _ => ++appends == 2 ? throw new EventStoreUnavailableException("gone", TimeSpan.FromSeconds(1)) : Task.FromResult<AppendResult?>(null);
        EnterWithdrawal command = new(null, One, Desk);
        (await worker.Grain.EnterWithdrawalAsync(command, TestWorker.Call)).Refusal!.Code.Should().Be(RefusalCode.StoreUnavailable);

        (await worker.Grain.EnterWithdrawalAsync(command, TestWorker.Call)).Mandates.Should().HaveCount(2).And.OnlyContain(m => m.Representative == One && m.WithdrawnDesk == Desk);

        (await worker.EventsAsync()).Count(e => e.Type == MandateWithdrawn.Type).Should().Be(2);
        (await worker.Grain.MandatesAsync()).Mandates.Should().ContainSingle(m => m.WithdrawnAt == null).Which.Representative.Should().Be(Two);
    }

    [Fact]
    public async Task Withdrawal_ThatMeansNone_ChangesNothing()
    {
        TestWorker worker = new(store, new string('d', 32));
        await worker.Grain.GiveMandateAsync(Give(1, One, null), TestWorker.Call);

        (await worker.Grain.EnterWithdrawalAsync(new EnterWithdrawal("ffff", null, Desk), TestWorker.Call)).Refusal.Should().Be(new Refusal(RefusalCode.NotFound, "mandate"));
        (await worker.Grain.EnterWithdrawalAsync(new EnterWithdrawal(Id(1).ToString("N")[..8], Two, Desk), TestWorker.Call)).Refusal!.Code.Should().Be(RefusalCode.NotFound);
        (await worker.EventsAsync()).Should().ContainSingle();
    }

    [Fact]
    public async Task Erasure_LeavesWhoEnteredAMandateAndTakesItsWords()
    {
        TestWorker worker = new(store, new string('e', 32));
        await worker.Grain.GiveMandateAsync(Give(1, One, Desk), TestWorker.Call);
        await worker.Grain.ProtectAsync(new ProtectionCommand(ProtectionStep.RequestErasure, Id(5), One, "order", null), TestWorker.Call);
        await worker.Grain.ProtectAsync(new ProtectionCommand(ProtectionStep.ConfirmErasure, Id(5), Two, "", null), TestWorker.Call);

        Mandate mandate = (await worker.Grain.MandatesAsync()).Mandates.Should().ContainSingle().Subject;

        mandate.Purpose.Should().BeNull();
        mandate.Desk.Should().Be(Desk);
        (await worker.Grain.GiveMandateAsync(Give(1, One, Desk), TestWorker.Call)).Mandates.Should().Equal(mandate);
        (await worker.Grain.GiveMandateAsync(Give(2, One, Desk with { Form = "F-0000-0002" }), TestWorker.Call)).Refusal!.Code.Should().Be(RefusalCode.Erased);
    }

    private static Guid Id(int n) => StoredDecision.Id(n);

    private static GiveMandate Give(int id, string representative, DeskEntry? desk) =>
        new(Id(id), representative, "why", new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero), desk);
}
