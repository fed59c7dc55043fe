using Google.Protobuf.WellKnownTypes;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;

namespace Ledger.Api.Workers;

/// <summary>Gives, takes back and lists mandates, for whoever was let in.</summary>
internal sealed class Mandates(GrainReferences<IWorker> workers, TimeProvider time)
{
    /// <exception cref="RefusedException">It is not well-formed, or its id is another's.</exception>
    public async Task<V1.Mandate> GiveAsync(V1.GiveMandateRequest request, CallContext context)
    {
        (string organisation, string worker) = ResourceNames.WorkerOf(request.Parent);
        GiveMandate command = MandateCheck.Command(request.Mandate, time.GetUtcNow());
        return ToMandate(organisation, worker, await workers.Of($"{organisation}/{worker}").GiveMandateAsync(command, context));
    }

    /// <exception cref="RefusedException">There is none of that name.</exception>
    public async Task<V1.Mandate> WithdrawAsync(V1.WithdrawMandateRequest request, CallContext context)
    {
        if (!ResourceNames.TryParseMandate(request.Name, out string organisation, out string worker, out Guid mandateId))
        {
            throw new RefusedException(new Refusal(
                request.Name.Length == 0 ? RefusalCode.Missing : RefusalCode.Malformed, "name", ["organisations/*/workers/*/mandates/*"]));
        }

        return ToMandate(organisation, worker, await workers.Of($"{organisation}/{worker}").WithdrawMandateAsync(mandateId, context));
    }

    /// <exception cref="RefusedException">They cannot be read now.</exception>
    public async Task<V1.ListMandatesResponse> ListAsync(V1.ListMandatesRequest request)
    {
        (string organisation, string worker) = ResourceNames.WorkerOf(request.Parent);
        V1.ListMandatesResponse response = new();
        response.Mandates.AddRange(Value(await workers.Of($"{organisation}/{worker}").MandatesAsync()).Select(m => ToMandate(organisation, worker, m)));
        return response;
    }

    private static V1.Mandate ToMandate(string organisation, string worker, MandatesAnswer answer) => ToMandate(organisation, worker, Value(answer)[0]);

    internal static V1.Mandate ToMandate(string organisation, string worker, Mandate mandate) => new()
    {
        Name = ResourceNames.Mandate(organisation, worker, mandate.MandateId),
        MandateId = mandate.MandateId.ToString(),
        Representative = mandate.Representative,
        Purpose = mandate.Purpose ?? "",
        ExpiresAt = mandate.ExpiresAt.ToTimestamp(),
        GivenAt = mandate.GivenAt.ToTimestamp(),
        WithdrawnAt = mandate.WithdrawnAt?.ToTimestamp(),
        DeskEntry = ToEntry(mandate.Desk),
        WithdrawalDeskEntry = ToEntry(mandate.WithdrawnDesk),
    };

    private static V1.DeskEntry? ToEntry(DeskEntry? desk) =>
        desk is null ? null : new V1.DeskEntry { FormReference = desk.Form, EnteredBy = desk.EnteredBy, Role = desk.Role };

    private static Mandate[] Value(MandatesAnswer answer) => answer.Refusal is { } refusal ? throw new RefusedException(refusal) : answer.Mandates;
}
