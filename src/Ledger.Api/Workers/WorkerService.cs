using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Workers;

namespace Ledger.Api.Workers;

/// <summary>Finds workers, and lets them, or a desk for them, give and take back mandates.</summary>
internal sealed class WorkerService(
    WorkerDirectory directory, Mandates mandates, MandateDesk desk, GrainReferences<IWorker> workers, Gatekeeper gatekeeper, TimeProvider time)
    : V1.WorkerService.WorkerServiceBase
{
    public override Task<V1.Worker> LookupWorker(V1.LookupWorkerRequest request, ServerCallContext context) => directory.LookupAsync(request);

    public override Task<V1.Mandate> GiveMandate(V1.GiveMandateRequest request, ServerCallContext context) => mandates.GiveAsync(request, CallContexts.Of(context));

    public override Task<V1.Mandate> WithdrawMandate(V1.WithdrawMandateRequest request, ServerCallContext context) =>
        mandates.WithdrawAsync(request, CallContexts.Of(context));

    public override Task<V1.ListMandatesResponse> ListMandates(V1.ListMandatesRequest request, ServerCallContext context) => mandates.ListAsync(request);

    public override Task<V1.EnterMandateResponse> EnterMandate(V1.EnterMandateRequest request, ServerCallContext context) =>
        desk.GiveAsync(request, Gatekeeper.Of(context), CallContexts.Of(context), context.CancellationToken);

    public override Task<V1.EnterWithdrawalResponse> EnterWithdrawal(V1.EnterWithdrawalRequest request, ServerCallContext context) =>
        desk.WithdrawAsync(request, Gatekeeper.Of(context), CallContexts.Of(context), context.CancellationToken);

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
}
