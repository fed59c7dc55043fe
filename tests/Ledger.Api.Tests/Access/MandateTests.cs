using FluentAssertions;
using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Tests;
using Xunit;

namespace Ledger.Api.Tests.Access;

/// <summary>A worker lets a representative see their record, and takes it back.</summary>
public sealed class MandateTests(MovedLedger ledger) : IClassFixture<MovedLedger>
{
    private static readonly LocalGrant Representative = MovedLedger.Person("representative", Role.Representative);
    private static readonly LocalGrant Other = MovedLedger.Person("other representative", Role.Representative);

    [Fact]
    public async Task Mandate_GivenTwice_IsOneMandate()
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.GiveMandateRequest request = await MandateAsync(worker, 1);
        V1.Mandate first = await ledger.Workers(worker.Grant).GiveMandateAsync(request);

        (await ledger.Workers(worker.Grant).GiveMandateAsync(request)).Should().Be(first);
        (await LastRevisionAsync(worker)).Should().Be(1);
        (await MandatesAsync(worker)).Should().Equal(first);
        first.Purpose.Should().Be("grievance");
        first.WithdrawnAt.Should().BeNull();
    }

    [Fact]
    public async Task Mandate_WithAnIdThatIsTaken_IsRefused()
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.Mandate first = await ledger.Workers(worker.Grant).GiveMandateAsync(await MandateAsync(worker, 2));
        string other = await ledger.PersonAsync(Other);

        await MovedLedger.RefusedAsync(
            () => ledger.Workers(worker.Grant).GiveMandateAsync(new V1.GiveMandateRequest { Parent = worker.Name, Mandate = new V1.Mandate(first) { Representative = other } }),
            StatusCode.AlreadyExists, "MANDATE_ID_TAKEN");
        (await MandatesAsync(worker)).Should().Equal(first);
    }

    [Fact]
    public async Task Mandate_OfAWorkerOfWhomNothingIsRecorded_IsGiven()
    {
        LocalGrant grant = MovedLedger.Person("new", Role.Worker) with { EmployeeNumber = "NEW-1" };
        V1.Caller caller = await ledger.Access(grant).GetCallerAsync(new V1.GetCallerRequest());
        V1.GiveMandateRequest request = await MandateAsync(new Recorded(grant, caller.Worker, 0, []), 3);

        await ledger.Workers(grant).GiveMandateAsync(request);

        (await ledger.Decisions(Representative).ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = caller.Worker })).Decisions.Should().BeEmpty();
    }

    [Fact]
    public async Task Mandate_WithMistakes_IsRefusedNamingEveryField()
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.Mandate wrong = new() { MandateId = "7", Representative = "Somebody", Purpose = new string('p', 501), ExpiresAt = ledger.In(TimeSpan.FromDays(-1)) };

        MovedLedger.Fields(await RefusedAsync(worker, wrong)).Should().BeEquivalentTo(
            "mandate.mandate_id", "mandate.representative", "mandate.purpose", "mandate.expires_at");
        MovedLedger.Fields(await RefusedAsync(worker, null, "MISSING")).Should().BeEquivalentTo("mandate.mandate_id", "mandate.representative", "mandate.expires_at");
        (await LastRevisionAsync(worker)).Should().Be(0);
    }

    [Theory, InlineData(-1), InlineData(0), InlineData(732 * 24 * 3600), InlineData(3_000_000_000)]
    public async Task Mandate_ThatEndsInThePastOrAfterTwoYears_IsRefused(long seconds)
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.Mandate mandate = (await MandateAsync(worker, 4)).Mandate;
        mandate.ExpiresAt = ledger.In(TimeSpan.FromSeconds(seconds));

        MovedLedger.Fields(await RefusedAsync(worker, mandate, "OUT_OF_RANGE")).Should().Equal("mandate.expires_at");
    }

    [Fact]
    public async Task Mandate_OfTwoYears_IsGiven()
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.GiveMandateRequest request = await MandateAsync(worker, 5);
        request.Mandate.ExpiresAt = ledger.In(TimeSpan.FromDays(730));

        (await ledger.Workers(worker.Grant).GiveMandateAsync(request)).ExpiresAt.Should().Be(request.Mandate.ExpiresAt);
    }

    [Fact]
    public async Task Representative_BeforeAMandate_SeesNothingAndAfterwardsTheTrail()
    {
        Recorded worker = await ledger.WorkerAsync(2);
        await RefusedReadAsync(Representative, worker);

        V1.Mandate mandate = await ledger.Workers(worker.Grant).GiveMandateAsync(await MandateAsync(worker, 6));
        V1.ListDecisionsResponse trail = await ReadAsync(Representative, worker);

        trail.Decisions.Select(d => d.Receipt.Revision).Should().Equal(1, 0);
        trail.Decisions.Should().OnlyContain(d => d.Decision.Personal.Reasons.Count == 1 && !d.Erased);
        V1.RecordView view = (await ReadAsync(worker.Grant, worker)).Views.Should().ContainSingle().Which;
        view.Viewer.Should().Be(await ledger.PersonAsync(Representative));
        view.Role.Should().Be("representative");
        mandate.Name.Should().EndWith(view.MandateId).And.NotEndWith("/");
        view.Purpose.Should().BeEmpty();
        (await ReadAsync(Representative, worker)).Views.Should().HaveCountGreaterThanOrEqualTo(1, "who acts for the worker sees who looked");
        await RefusedReadAsync(Other, worker);
        await RefusedReadAsync(Representative, await ledger.WorkerAsync());
    }

    [Fact]
    public async Task Representative_AfterItWasTakenBack_SeesNothing()
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.Mandate mandate = await ledger.Workers(worker.Grant).GiveMandateAsync(await MandateAsync(worker, 7));
        await ReadAsync(Representative, worker);

        V1.Mandate withdrawn = await ledger.Workers(worker.Grant).WithdrawMandateAsync(new V1.WithdrawMandateRequest { Name = mandate.Name });

        withdrawn.WithdrawnAt.Should().NotBeNull();
        await RefusedReadAsync(Representative, worker);
        (await ledger.Workers(worker.Grant).WithdrawMandateAsync(new V1.WithdrawMandateRequest { Name = mandate.Name })).Should().Be(withdrawn);
        (await LastRevisionAsync(worker)).Should().Be(3, "a decision, a mandate, a look, its end");
        await MovedLedger.RefusedAsync(
            () => ledger.Workers(worker.Grant).WithdrawMandateAsync(new V1.WithdrawMandateRequest { Name = $"{worker.Name}/mandates/{new Guid(7, 7, 7, new byte[8])}" }),
            StatusCode.NotFound, "NOT_FOUND");
    }

    [Fact]
    public async Task Mandate_TakenBack_IsNotGivenAgainByARepeat()
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.GiveMandateRequest request = await MandateAsync(worker, 8);
        V1.Mandate mandate = await ledger.Workers(worker.Grant).GiveMandateAsync(request);
        await ledger.Workers(worker.Grant).WithdrawMandateAsync(new V1.WithdrawMandateRequest { Name = mandate.Name });

        (await ledger.Workers(worker.Grant).GiveMandateAsync(request)).WithdrawnAt.Should().NotBeNull();
        await RefusedReadAsync(Representative, worker);
    }

    [Fact]
    public async Task Watch_OfARepresentative_EndsWhenTheMandateIsTakenBack()
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.Mandate mandate = await ledger.Workers(worker.Grant).GiveMandateAsync(await MandateAsync(worker, 9));
        using AsyncServerStreamingCall<V1.WatchDecisionsResponse> watch = ledger.Decisions(Representative).WatchDecisions(new V1.WatchDecisionsRequest { Parent = worker.Name });
        (await watch.ResponseStream.MoveNext()).Should().BeTrue();
        Task<bool> next = watch.ResponseStream.MoveNext();

        await ledger.Workers(worker.Grant).WithdrawMandateAsync(new V1.WithdrawMandateRequest { Name = mandate.Name });

        await Eventually.HoldsAsync(() => Task.FromResult(next.IsCompleted), "the watch ends");
        (await FluentActions.Awaiting(() => next).Should().ThrowAsync<RpcException>()).Which.StatusCode.Should().Be(StatusCode.PermissionDenied);
    }

    [Fact]
    public async Task Mandate_OfWhichTheTimeIsOver_OpensNothing()
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.GiveMandateRequest request = await MandateAsync(worker, 10);
        request.Mandate.ExpiresAt = ledger.In(TimeSpan.FromMinutes(10));
        await ledger.Workers(worker.Grant).GiveMandateAsync(request);
        await ReadAsync(Representative, worker);

        await ledger.AdvanceAsync(TimeSpan.FromMinutes(11));

        await RefusedReadAsync(Representative, worker);
        (await MandatesAsync(worker)).Should().ContainSingle().Which.WithdrawnAt.Should().BeNull();
    }

    [Fact]
    public async Task Mandate_RepeatedWhenItsTimeIsOver_IsStillOne()
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.GiveMandateRequest request = await MandateAsync(worker, 11);
        request.Mandate.ExpiresAt = ledger.In(TimeSpan.FromMinutes(1));
        await ledger.Workers(worker.Grant).GiveMandateAsync(request);
        await ledger.AdvanceAsync(TimeSpan.FromMinutes(2));

        await MovedLedger.RefusedAsync(() => ledger.Workers(worker.Grant).GiveMandateAsync(request), StatusCode.InvalidArgument, "OUT_OF_RANGE");
        (await MandatesAsync(worker)).Should().HaveCount(1);
    }

    private async Task<V1.GiveMandateRequest> MandateAsync(Recorded worker, int id) => new()
    {
        Parent = worker.Name,
        Mandate = new V1.Mandate
        {
            MandateId = new Guid(id, 0, 0x4000, [0x80, 0, 0, 0, 0, 0, 0, 1]).ToString(),
            Representative = await ledger.PersonAsync(Representative),
            Purpose = "grievance",
            ExpiresAt = ledger.In(TimeSpan.FromDays(30)),
        },
    };

    private Task<RpcException> RefusedAsync(Recorded worker, V1.Mandate? mandate, string reason = "MALFORMED") => MovedLedger.RefusedAsync(
        () => ledger.Workers(worker.Grant).GiveMandateAsync(new V1.GiveMandateRequest { Parent = worker.Name, Mandate = mandate }), StatusCode.InvalidArgument, reason);

    private async Task<V1.ListDecisionsResponse> ReadAsync(LocalGrant who, Recorded worker) =>
        await ledger.Decisions(who).ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = worker.Name });

    private Task<RpcException> RefusedReadAsync(LocalGrant who, Recorded worker) => MovedLedger.RefusedAsync(
        () => ledger.Decisions(who).ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = worker.Name }), StatusCode.PermissionDenied, "NOT_PERMITTED");

    private async Task<long> LastRevisionAsync(Recorded worker) => (await ReadAsync(worker.Grant, worker)).LastRevision;

    private async Task<IEnumerable<V1.Mandate>> MandatesAsync(Recorded worker) =>
        (await ledger.Workers(worker.Grant).ListMandatesAsync(new V1.ListMandatesRequest { Parent = worker.Name })).Mandates;
}
