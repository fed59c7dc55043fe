using FluentAssertions;
using Google.Protobuf;
using Grpc.Core;
using Ledger.Api.Access;
using Xunit;

namespace Ledger.Api.Tests.Access;

/// <summary>HR and the union enter mandates, and their end, for workers who signed a form on paper.</summary>
public sealed class MandateDeskTests(MovedLedger ledger) : IClassFixture<MovedLedger>
{
    private const string Form = "F-1A2B-3C4D", EndForm = "F-5E6F-7A8B";
    private static readonly LocalGrant Representative = MovedLedger.Person("representative", Role.Representative);
    private static readonly LocalGrant Colleague = MovedLedger.Person("colleague", Role.Representative);

    public static TheoryData<bool> HrOrUnion => new() { true, false };

    [Theory, MemberData(nameof(HrOrUnion))]
    public async Task Mandate_EnteredAtADesk_OpensTheRecordAndSaysSoToTheWorker(bool hr)
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.EnterMandateRequest request = await RequestAsync(worker, 1);
        LocalGrant desk = hr ? MovedLedger.Hr : Colleague;

        await ledger.Workers(desk).EnterMandateAsync(request);

        (await ReadAsync(Representative, worker)).Decisions.Should().ContainSingle();
        V1.Mandate mandate = (await MandatesAsync(worker)).Should().ContainSingle().Subject;
        mandate.DeskEntry.Should().Be(new V1.DeskEntry { FormReference = Form, EnteredBy = await ledger.PersonAsync(desk), Role = hr ? "hr" : "representative" });
        mandate.Purpose.Should().Be("grievance");
        mandate.WithdrawalDeskEntry.Should().BeNull();
        await MovedLedger.RefusedAsync(
            () => ledger.Decisions(Colleague).ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = worker.Name }), StatusCode.PermissionDenied, "NOT_PERMITTED");
    }

    [Fact]
    public async Task Mandate_GivenByTheWorker_SaysNothingOfADesk()
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.Mandate mandate = (await RequestAsync(worker, 2)).Mandate;
        V1.Mandate given = await ledger.Workers(worker.Grant).GiveMandateAsync(new V1.GiveMandateRequest { Parent = worker.Name, Mandate = mandate });

        (await ledger.Workers(worker.Grant).WithdrawMandateAsync(new V1.WithdrawMandateRequest { Name = given.Name })).WithdrawnAt.Should().NotBeNull();

        (await MandatesAsync(worker)).Should().ContainSingle(m => m.DeskEntry == null && m.WithdrawalDeskEntry == null);
    }

    [Theory, InlineData(Role.Representative), InlineData(Role.Hr)]
    public async Task Mandate_EnteredByWhoeverReceivesIt_IsRefusedNamingThem(Role role)
    {
        Recorded worker = await ledger.WorkerAsync();
        LocalGrant self = MovedLedger.Person("self", role);
        V1.EnterMandateRequest request = await RequestAsync(worker, 3);
        request.Mandate.Representative = await ledger.PersonAsync(self);

        RpcException refused = await MovedLedger.RefusedAsync(
            () => ledger.Workers(self).EnterMandateAsync(request), StatusCode.FailedPrecondition, "ENTERS_FOR_SELF");

        MovedLedger.Fields(refused).Should().Equal("mandate.representative");
        (await MandatesAsync(worker)).Should().BeEmpty();
    }

    [Fact]
    public async Task Entry_WithMistakes_IsRefusedNamingEveryField()
    {
        V1.EnterMandateRequest give = new()
        {
            Parent = MovedLedger.Parent,
            EmployeeNumber = "no such number",
            FormReference = "F-1a2b-3c4d",
            Mandate = new V1.Mandate { MandateId = "7" },
        };
        MovedLedger.Fields(await MovedLedger.RefusedAsync(() => ledger.Workers(MovedLedger.Hr).EnterMandateAsync(give), StatusCode.InvalidArgument, "MALFORMED"))
            .Should().BeEquivalentTo("employee_number", "form_reference", "mandate.mandate_id", "mandate.representative", "mandate.expires_at");

        V1.EnterWithdrawalRequest end = new() { Parent = MovedLedger.Parent };
        MovedLedger.Fields(await MovedLedger.RefusedAsync(() => ledger.Workers(MovedLedger.Hr).EnterWithdrawalAsync(end), StatusCode.InvalidArgument, "MISSING"))
            .Should().BeEquivalentTo("employee_number", "form_reference", "mandate");
        end.Mandate = "M-1A2B";
        end.Representative = "somebody";
        MovedLedger.Fields(await MovedLedger.RefusedAsync(() => ledger.Workers(MovedLedger.Hr).EnterWithdrawalAsync(end), StatusCode.InvalidArgument, "MISSING"))
            .Should().BeEquivalentTo("employee_number", "form_reference", "mandate", "representative");
    }

    [Fact]
    public async Task Mandate_EnteredTwice_IsOneMandate()
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.EnterMandateRequest request = await RequestAsync(worker, 4);
        V1.EnterMandateResponse first = await ledger.Workers(MovedLedger.Hr).EnterMandateAsync(request);

        (await ledger.Workers(MovedLedger.Hr).EnterMandateAsync(request)).Should().Be(first);

        (await MandatesAsync(worker)).Should().Equal(first.Mandate);
        (await ReadAsync(worker.Grant, worker)).LastRevision.Should().Be(1);
    }

    [Fact]
    public async Task Form_EnteredBefore_GivesNoOtherMandateEvenOnceTheWorkerTookItBack()
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.EnterMandateRequest first = await RequestAsync(worker, 5), other = await RequestAsync(worker, 6);
        V1.Mandate mandate = (await ledger.Workers(MovedLedger.Hr).EnterMandateAsync(first)).Mandate;
        await RefusedAsync();
        await ledger.Workers(worker.Grant).WithdrawMandateAsync(new V1.WithdrawMandateRequest { Name = mandate.Name });
        await RefusedAsync();

        async Task RefusedAsync() => MovedLedger.Fields(await MovedLedger.RefusedAsync(
            () => ledger.Workers(Colleague).EnterMandateAsync(other), StatusCode.AlreadyExists, "FORM_ENTERED")).Should().Equal("form_reference");
    }

    [Fact]
    public async Task Form_OfWhichTheEntryWasUndoneByTheSameForm_IsEnteredAnew()
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.EnterMandateRequest slip = await RequestAsync(worker, 7);
        slip.Mandate.Representative = new string('e', 32);
        await ledger.Workers(MovedLedger.Hr).EnterMandateAsync(slip);
        await ledger.Workers(MovedLedger.Hr).EnterWithdrawalAsync(new V1.EnterWithdrawalRequest
        {
            Parent = MovedLedger.Parent,
            EmployeeNumber = slip.EmployeeNumber,
            FormReference = Form,
            Mandate = NumberOf(slip.Mandate),
        });

        await ledger.Workers(MovedLedger.Hr).EnterMandateAsync(await RequestAsync(worker, 8));

        (await ReadAsync(Representative, worker)).Decisions.Should().ContainSingle();
    }

    [Theory, MemberData(nameof(HrOrUnion))]
    public async Task Mandate_TakenBackAtADesk_LetsNobodyInAndSaysSoToTheWorker(bool hr)
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.Mandate mandate = (await RequestAsync(worker, 9)).Mandate;
        await ledger.Workers(worker.Grant).GiveMandateAsync(new V1.GiveMandateRequest { Parent = worker.Name, Mandate = mandate });
        await ReadAsync(Representative, worker);
        V1.EnterWithdrawalRequest end = new() { Parent = MovedLedger.Parent, EmployeeNumber = worker.Grant.EmployeeNumber, FormReference = EndForm, Mandate = NumberOf(mandate) };

        // A representative may also give back what they hold themselves.
        LocalGrant desk = hr ? MovedLedger.Hr : Representative;
        for (int times = 0; times < 2; times++)
        {
            (await ledger.Workers(desk).EnterWithdrawalAsync(end)).TakenBack.Should().Be(hr ? 1 : 0);
        }

        V1.Mandate ended = (await MandatesAsync(worker)).Should().ContainSingle().Subject;
        ended.WithdrawnAt.Should().NotBeNull();
        ended.DeskEntry.Should().BeNull();
        ended.WithdrawalDeskEntry.Should().Be(new V1.DeskEntry { FormReference = EndForm, EnteredBy = await ledger.PersonAsync(desk), Role = hr ? "hr" : "representative" });
        (await ReadAsync(worker.Grant, worker)).LastRevision.Should().Be(3, "a decision, a mandate, a look, its end, once");
        await MovedLedger.RefusedAsync(
            () => ledger.Decisions(Representative).ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = worker.Name }), StatusCode.PermissionDenied, "NOT_PERMITTED");
    }

    [Fact]
    public async Task Mandates_ToOneRepresentative_AreTakenBackTogetherAndNoOthers()
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.EnterMandateRequest[] requests = [await RequestAsync(worker, 10), await RequestAsync(worker, 11), await RequestAsync(worker, 12)];
        requests[2].Mandate.Representative = await ledger.PersonAsync(Colleague);
        foreach (V1.EnterMandateRequest request in requests)
        {
            await ledger.Workers(worker.Grant).GiveMandateAsync(new V1.GiveMandateRequest { Parent = worker.Name, Mandate = request.Mandate });
        }

        V1.EnterWithdrawalRequest end = new()
        {
            Parent = MovedLedger.Parent,
            EmployeeNumber = worker.Grant.EmployeeNumber,
            FormReference = EndForm,
            Representative = requests[0].Mandate.Representative,
        };
        (await ledger.Workers(MovedLedger.Hr).EnterWithdrawalAsync(end)).TakenBack.Should().Be(2);

        (await MandatesAsync(worker)).Where(m => m.WithdrawnAt is null).Should().ContainSingle().Which.Representative.Should().Be(requests[2].Mandate.Representative);
        (await ReadAsync(Colleague, worker)).Decisions.Should().ContainSingle();
    }

    [Fact]
    public async Task Representative_AtTheDesk_IsToldTheSameWhateverIsRecordedAboutThePerson()
    {
        Recorded known = await ledger.WorkerAsync(), erased = await ledger.WorkerAsync();
        await EraseAsync(erased);
        List<IMessage> answers = [];
        foreach (string number in (string[])[known.Grant.EmployeeNumber!, erased.Grant.EmployeeNumber!, "M-NOBODY"])
        {
            V1.EnterMandateRequest request = await RequestAsync(known, 13);
            request.EmployeeNumber = number;
            answers.Add(await ledger.Workers(Colleague).EnterMandateAsync(request));
            answers.Add(await ledger.Workers(Colleague).EnterWithdrawalAsync(new V1.EnterWithdrawalRequest
            {
                Parent = MovedLedger.Parent,
                EmployeeNumber = number,
                FormReference = EndForm,
                Representative = new string('d', 32),
            }));
            answers.Add(await ledger.Workers(Colleague).EnterWithdrawalAsync(new V1.EnterWithdrawalRequest
            {
                Parent = MovedLedger.Parent,
                EmployeeNumber = number,
                FormReference = EndForm,
                Representative = request.Mandate.Representative,
            }));
        }

        answers.Should().OnlyContain(answer => answer.CalculateSize() == 0);
        (await MandatesAsync(known)).Should().ContainSingle().Which.WithdrawnAt.Should().NotBeNull();
    }

    [Fact]
    public async Task Hr_AtTheDesk_IsToldWhatCouldNotBeDone()
    {
        Recorded worker = await ledger.WorkerAsync();
        V1.EnterWithdrawalRequest end = new() { Parent = MovedLedger.Parent, EmployeeNumber = worker.Grant.EmployeeNumber, FormReference = EndForm, Mandate = "M-0000-0000" };
        MovedLedger.Fields(await MovedLedger.RefusedAsync(() => ledger.Workers(MovedLedger.Hr).EnterWithdrawalAsync(end), StatusCode.NotFound, "NOT_FOUND"))
            .Should().Equal("mandate");
        await EraseAsync(worker);
        V1.EnterMandateRequest request = await RequestAsync(worker, 14);
        await MovedLedger.RefusedAsync(() => ledger.Workers(MovedLedger.Hr).EnterMandateAsync(request), StatusCode.FailedPrecondition, "ERASED");
    }

    private async Task EraseAsync(Recorded worker)
    {
        string id = new Guid(worker.Number, 0, 0x4000, [0x80, 0, 0, 0, 0, 0, 0, 2]).ToString();
        await ledger.Workers(MovedLedger.Hr).RequestErasureAsync(new V1.RequestErasureRequest { Parent = worker.Name, ErasureId = id, Reason = V1.ErasureReason.PersonAsked });
        await ledger.Workers(MovedLedger.OtherHr).ConfirmErasureAsync(new V1.ConfirmErasureRequest { Parent = worker.Name, ErasureId = id });
    }

    private async Task<V1.EnterMandateRequest> RequestAsync(Recorded worker, int id) => new()
    {
        Parent = MovedLedger.Parent,
        EmployeeNumber = worker.Grant.EmployeeNumber,
        FormReference = Form,
        Mandate = new V1.Mandate
        {
            MandateId = new Guid(id, 0, 0x4000, [0x80, 0, 0, 0, 0, 0, 0, 3]).ToString(),
            Representative = await ledger.PersonAsync(Representative),
            Purpose = "grievance",
            ExpiresAt = ledger.In(TimeSpan.FromDays(30)),
        },
    };

    private static string NumberOf(V1.Mandate mandate) => Api.Workers.WorkerPages.ReferenceOf(mandate.MandateId);

    private async Task<V1.ListDecisionsResponse> ReadAsync(LocalGrant who, Recorded worker) =>
        await ledger.Decisions(who).ListDecisionsAsync(new V1.ListDecisionsRequest { Parent = worker.Name });

    private async Task<IEnumerable<V1.Mandate>> MandatesAsync(Recorded worker) =>
        (await ledger.Workers(worker.Grant).ListMandatesAsync(new V1.ListMandatesRequest { Parent = worker.Name })).Mandates;
}
