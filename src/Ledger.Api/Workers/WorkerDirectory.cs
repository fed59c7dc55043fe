using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;

namespace Ledger.Api.Workers;

/// <summary>Finds a worker by number, for whoever was let in.</summary>
internal sealed class WorkerDirectory(GrainReferences<IIntake> intakes, TimeProvider time)
{
    /// <exception cref="RefusedException">The request is not well-formed, or the organisation is not served.</exception>
    public async Task<V1.Worker> LookupAsync(V1.LookupWorkerRequest request)
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
