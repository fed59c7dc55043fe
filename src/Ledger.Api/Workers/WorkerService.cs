using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;

namespace Ledger.Api.Workers;

/// <summary>Finds workers, and lets them give and take back mandates.</summary>
internal sealed class WorkerService(GrainReferences<IIntake> intakes, GrainReferences<IWorker> workers, Gatekeeper gatekeeper, TimeProvider time) : V1.WorkerService.WorkerServiceBase
{
    public override async Task<V1.Worker> LookupWorker(V1.LookupWorkerRequest request, ServerCallContext context)
    {
        Violations violations = new(time.GetUtcNow());
        if (!ResourceNames.TryParseOrganisation(request.Parent, out string organisation))
        {
            violations.Add(request.Parent.Length == 0 ? RefusalCode.Missing : RefusalCode.Malformed, "parent", "organisations/*");
        }

        DecisionCheck.EmployeeNumber(violations, request.EmployeeNumber, "employee_number");
        if (!violations.None)
        {
            throw new RefusedException(violations.Found);
        }

        PseudonymAnswer answer = await intakes.Of(organisation).PseudonymOfAsync(request.EmployeeNumber);
        return answer.Worker is { } worker
            ? new V1.Worker { Name = ResourceNames.Worker(organisation, worker), Worker_ = worker }
            : throw new RefusedException(answer.Refusal!);
    }

    public override async Task<V1.Mandate> GiveMandate(V1.GiveMandateRequest request, ServerCallContext context)
    {
        (string organisation, string worker) = ResourceNames.WorkerOf(request.Parent);
        GiveMandate command = MandateCheck.Command(request.Mandate, time.GetUtcNow());
        return ToMandate(organisation, worker, await workers.Of($"{organisation}/{worker}").GiveMandateAsync(command, CallContexts.Of(context)));
    }

    public override async Task<V1.Mandate> WithdrawMandate(V1.WithdrawMandateRequest request, ServerCallContext context)
    {
        if (!ResourceNames.TryParseMandate(request.Name, out string organisation, out string worker, out Guid mandateId))
        {
            throw new RefusedException(new Refusal(
                request.Name.Length == 0 ? RefusalCode.Missing : RefusalCode.Malformed, "name", ["organisations/*/workers/*/mandates/*"]));
        }

        return ToMandate(organisation, worker, await workers.Of($"{organisation}/{worker}").WithdrawMandateAsync(mandateId, CallContexts.Of(context)));
    }

    public override async Task<V1.ListMandatesResponse> ListMandates(V1.ListMandatesRequest request, ServerCallContext context)
    {
        (string organisation, string worker) = ResourceNames.WorkerOf(request.Parent);
        V1.ListMandatesResponse response = new();
        response.Mandates.AddRange(Value(await workers.Of($"{organisation}/{worker}").MandatesAsync()).Select(m => ToMandate(organisation, worker, m)));
        return response;
    }

    public override async Task<V1.Protection> RequestErasure(V1.RequestErasureRequest request, ServerCallContext context) =>
        await ProtectAsync(request.Parent, ProtectionMap.Command(request, await PersonAsync(context), time.GetUtcNow()), context);

    public override async Task<V1.Protection> ConfirmErasure(V1.ConfirmErasureRequest request, ServerCallContext context) =>
        await ProtectAsync(request.Parent, ProtectionMap.Command(
            ProtectionStep.ConfirmErasure, request.ErasureId, "erasure_id", await PersonAsync(context), time.GetUtcNow()), context);

    public override async Task<V1.Protection> PlaceHold(V1.PlaceHoldRequest request, ServerCallContext context) =>
        await ProtectAsync(request.Parent, ProtectionMap.Command(request, await PersonAsync(context), time.GetUtcNow()), context);

    public override async Task<V1.Protection> LiftHold(V1.LiftHoldRequest request, ServerCallContext context) =>
        await ProtectAsync(request.Parent, ProtectionMap.Command(
            ProtectionStep.LiftHold, request.HoldId, "hold_id", await PersonAsync(context), time.GetUtcNow()), context);

    public override async Task<V1.Protection> GetProtection(V1.GetProtectionRequest request, ServerCallContext context)
    {
        (string organisation, string worker) = ResourceNames.WorkerOf(request.Parent);
        return ProtectionMap.ToProtection(await workers.Of($"{organisation}/{worker}").ProtectionAsync());
    }

    private async Task<V1.Protection> ProtectAsync(string parent, ProtectionCommand command, ServerCallContext context)
    {
        (string organisation, string worker) = ResourceNames.WorkerOf(parent);
        return ProtectionMap.ToProtection(await workers.Of($"{organisation}/{worker}").ProtectAsync(command, CallContexts.Of(context)));
    }

    private async Task<string> PersonAsync(ServerCallContext context) => (await gatekeeper.IdentityOfAsync(Gatekeeper.Of(context).Caller!)).Person;

    private static V1.Mandate ToMandate(string organisation, string worker, MandatesAnswer answer) => ToMandate(organisation, worker, Value(answer)[0]);

    private static V1.Mandate ToMandate(string organisation, string worker, Mandate mandate) => new()
    {
        Name = ResourceNames.Mandate(organisation, worker, mandate.MandateId),
        MandateId = mandate.MandateId.ToString(),
        Representative = mandate.Representative,
        Purpose = mandate.Purpose ?? "",
        ExpiresAt = mandate.ExpiresAt.ToTimestamp(),
        GivenAt = mandate.GivenAt.ToTimestamp(),
        WithdrawnAt = mandate.WithdrawnAt?.ToTimestamp(),
    };

    private static Mandate[] Value(MandatesAnswer answer) => answer.Refusal is { } refusal ? throw new RefusedException(refusal) : answer.Mandates;
}
