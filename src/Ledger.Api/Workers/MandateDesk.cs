using System.Text.RegularExpressions;
using Ledger.Api.Access;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;

namespace Ledger.Api.Workers;

/// <summary>
/// Enters mandates, and their end, for workers who signed a form on paper. What a representative is told, and after how long, is the same whether or
/// not anything is recorded about the worker: they have no right to know.
/// </summary>
internal sealed partial class MandateDesk(GrainReferences<IWorker> workers, WorkerDirectory directory, Gatekeeper gatekeeper, TimeProvider time)
{
    /// <exception cref="RefusedException">It is not well-formed, for whoever enters it, or its form was entered before.</exception>
    public async Task<V1.EnterMandateResponse> GiveAsync(
        V1.EnterMandateRequest request, Admission admission, CallContext context, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        string organisation = ResourceNames.OrganisationOf(request.Parent);
        DateTimeOffset now = time.GetUtcNow();
        GiveMandate command = MandateCheck.Command(request.Mandate, now, Checked(now, request.EmployeeNumber, request.FormReference));
        DeskEntry desk = await EntryAsync(admission, request.FormReference);
        if (string.Equals(command.Representative, desk.EnteredBy, StringComparison.Ordinal))
        {
            throw new RefusedException(new Refusal(RefusalCode.EntersForSelf, "mandate.representative"));
        }

        string worker = await WorkerAsync(request.Parent, request.EmployeeNumber);
        MandatesAnswer answer = await workers.Of($"{organisation}/{worker}").GiveMandateAsync(command with { Desk = desk }, context);
        bool toHr = await MayKnowAsync(admission, started, cancellationToken);
        return answer.Refusal is { } refusal && (toHr || refusal.Code != RefusalCode.Erased) ? throw new RefusedException(refusal)
            : toHr ? new V1.EnterMandateResponse { Mandate = Mandates.ToMandate(organisation, worker, answer.Mandates[0]) }
            : new V1.EnterMandateResponse();
    }

    /// <exception cref="RefusedException">It is not well-formed, or, to HR, it means no mandate.</exception>
    public async Task<V1.EnterWithdrawalResponse> WithdrawAsync(
        V1.EnterWithdrawalRequest request, Admission admission, CallContext context, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        string organisation = ResourceNames.OrganisationOf(request.Parent);
        Violations violations = Checked(time.GetUtcNow(), request.EmployeeNumber, request.FormReference);
        if (request.Mandate.Length == 0 && request.Representative.Length == 0)
        {
            violations.Add(RefusalCode.Missing, "mandate");
        }

        if (request.Mandate.Length > 0 && NumberOf(request.Mandate) is null)
        {
            violations.Add(RefusalCode.Malformed, "mandate", "M-XXXX-XXXX");
        }

        if (request.Representative.Length > 0 && !ResourceNames.IsPseudonym(request.Representative))
        {
            violations.Add(RefusalCode.Malformed, "representative", "0-9 a-f × 32");
        }

        if (!violations.None)
        {
            throw new RefusedException(violations.Found);
        }

        EnterWithdrawal command = new(
            NumberOf(request.Mandate), request.Representative.Length > 0 ? request.Representative : null, await EntryAsync(admission, request.FormReference));
        string worker = await WorkerAsync(request.Parent, request.EmployeeNumber);
        MandatesAnswer answer = await workers.Of($"{organisation}/{worker}").EnterWithdrawalAsync(command, context);
        bool toHr = await MayKnowAsync(admission, started, cancellationToken);
        return answer.Refusal is { } refusal && (toHr || refusal.Code != RefusalCode.NotFound) ? throw new RefusedException(refusal)
            : new V1.EnterWithdrawalResponse { TakenBack = toHr ? answer.Mandates.Length : 0 };
    }

    /// <summary>Whether a text is the code of a form.</summary>
    public static bool IsForm(string text) => Form().IsMatch(text);

    /// <summary>What of a mandate's id its number holds, lower case and without hyphens; nothing: it is no number.</summary>
    public static string? NumberOf(string text) =>
        Number().IsMatch(text) ? text[2..].Replace("-", "", StringComparison.Ordinal).ToLowerInvariant()
        : ResourceNames.TryParseId(text, out Guid id) ? id.ToString("N") : null;

    private static Violations Checked(DateTimeOffset now, string employeeNumber, string form)
    {
        Violations violations = new(now);
        DecisionCheck.EmployeeNumber(violations, employeeNumber, "employee_number");
        if (!IsForm(form))
        {
            violations.Add(form.Length == 0 ? RefusalCode.Missing : RefusalCode.Malformed, "form_reference", "F-XXXX-XXXX");
        }

        return violations;
    }

    private async ValueTask<DeskEntry> EntryAsync(Admission admission, string form) =>
        new((await gatekeeper.IdentityOfAsync(admission.Caller!)).Person, RoleNames.Of(admission.Role!.Value), form);

    private async Task<string> WorkerAsync(string parent, string employeeNumber) =>
        (await directory.LookupAsync(new V1.LookupWorkerRequest { Parent = parent, EmployeeNumber = employeeNumber })).Worker_;

    /// <summary>HR may know; to others the length of the answer must not tell it either.</summary>
    private async ValueTask<bool> MayKnowAsync(Admission admission, long started, CancellationToken cancellationToken)
    {
        if (admission.Role == Role.Hr)
        {
            return true;
        }

        await gatekeeper.EvenOutAsync(started, cancellationToken);
        return false;
    }

    [GeneratedRegex(@"\AF-[0-9A-F]{4}-[0-9A-F]{4}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Form();

    [GeneratedRegex(@"\AM-[0-9A-F]{4}-[0-9A-F]{4}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Number();
}
