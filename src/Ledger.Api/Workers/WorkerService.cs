using Grpc.Core;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;

namespace Ledger.Api.Workers;

/// <summary>Finds workers.</summary>
internal sealed class WorkerService(GrainReferences<IIntake> intakes, TimeProvider time) : V1.WorkerService.WorkerServiceBase
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
}
