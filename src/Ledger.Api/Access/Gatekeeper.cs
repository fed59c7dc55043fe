using System.Threading.RateLimiting;
using Google.Protobuf;
using Grpc.Core;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Access;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ledger.Api.Access;

/// <summary>A caller who was let in.</summary>
/// <param name="Caller">Who; nothing for what is public.</param>
/// <param name="Role">In which role.</param>
/// <param name="Scope">By which reach.</param>
/// <param name="Reader">Set where the record is not their own.</param>
internal sealed record Admission(Caller? Caller, Role? Role, Scope Scope, Reader? Reader)
{
    public static Admission Public { get; } = new(null, null, Scope.Anything, null);
}

/// <summary>
/// Lets calls in or refuses them, as <see cref="AccessTable"/> says. A look at somebody's record is recorded in it before anything is shown; a refused
/// attempt at one is recorded for the auditor. Refusals take the same time whether or not the record exists.
/// </summary>
internal sealed class Gatekeeper(
    TokenReader tokens, ProducerCertificates certificates, GrainReferences<IAccessRegister> registers, GrainReferences<IWorker> workers, TimeProvider time, ILogger<Gatekeeper> logger)
    : IDisposable
{
    private readonly PartitionedRateLimiter<Caller> rates = PartitionedRateLimiter.Create<Caller, string>(caller =>
        RateLimitPartition.GetTokenBucketLimiter(caller.Account, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = Limits.CallsAtOnce,
            TokensPerPeriod = Limits.CallsPerSecond / 10,
            ReplenishmentPeriod = TimeSpan.FromMilliseconds(100),
        }));

    private static readonly string[] Person = ["act", "personal"];
    private static readonly string[] Stored = ["stored"];

    /// <summary>Who was let into a call.</summary>
    public static Admission Of(ServerCallContext context) =>
        context.UserState.TryGetValue(typeof(Admission), out object? admission) ? (Admission)admission : Admission.Public;

    /// <exception cref="RefusedException">Nobody has said who calls, or they may not.</exception>
    public async ValueTask AdmitAsync(IMessage request, ServerCallContext context)
    {
        AccessRow row = AccessTable.Find(context.Method) ?? throw new InvalidOperationException($"{context.Method} has no row in the access table.");
        if (row.IsPublic)
        {
            return;
        }

        RequestedResource? named = RequestedResource.Of(request);
        if (row.PublicWithoutRecord && named is { Worker: null })
        {
            return;
        }

        Caller caller = await CallerOfAsync(context);
        context.UserState[typeof(Admission)] = await AdmitAsync(row, caller, request, named, context.GetHttpContext(), context.CancellationToken);
    }

    /// <summary>Lets a caller in whose name is known, by a call or a page.</summary>
    /// <param name="row">The method's or page's row.</param>
    /// <param name="caller">Who.</param>
    /// <param name="request">What they ask.</param>
    /// <param name="named">What it is about; nothing: its name is none.</param>
    /// <param name="http">The request.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="RefusedException">They may not.</exception>
    public async ValueTask<Admission> AdmitAsync(
        AccessRow row, Caller caller, IMessage request, RequestedResource? named, HttpContext http, CancellationToken cancellationToken)
    {
        long started = time.GetTimestamp();
        if (!row.IsRecording)
        {
            using RateLimitLease lease = rates.AttemptAcquire(caller);
            if (!lease.IsAcquired)
            {
                EdgeTelemetry.CountRefused(RefusalCode.TooManyCalls);
                throw new RefusedException(new Refusal(RefusalCode.TooManyCalls, "", RetryAfter: Limits.RetryAfter));
            }
        }

        RequestedResource resource = named ?? throw new RefusedException(new Refusal(RefusalCode.Malformed, "name", ["organisations/*/…"]));
        if (await TryAdmitAsync(row, caller, resource, RequestedResource.Purpose(request), http) is { } admission)
        {
            return admission;
        }

        EdgeTelemetry.CountRefused(RefusalCode.NotPermitted);
        Refusal refusal = resource.Worker is null ? NotPermitted : await RecordRefusedAsync(row, caller, resource, http) ?? NotPermitted;
        await EvenOutAsync(started, cancellationToken);
        throw new RefusedException(refusal);
    }

    /// <summary>Holds a call that lasts against the moment: a mandate may have been taken back, a token has its end.</summary>
    /// <exception cref="RefusedException">They may no longer.</exception>
    public async ValueTask StillAdmittedAsync(ServerCallContext context, IWorker worker)
    {
        Admission admission = Of(context);
        if (admission.Caller is { } caller && caller.ExpiresAt <= time.GetUtcNow())
        {
            throw new RefusedException(Unauthenticated(TokenFault.Expired));
        }

        if (admission.Reader is { NeedsMandate: true } reader && await worker.AdmitAsync(reader, null, CallContexts.Of(context)) is { } refusal)
        {
            throw new RefusedException(refusal);
        }
    }

    /// <summary>The caller's pseudonyms.</summary>
    /// <exception cref="RefusedException">The organisation's key cannot be used now, or there is none.</exception>
    public async ValueTask<Identity> IdentityOfAsync(Caller caller)
    {
        if (caller.Known is { } known)
        {
            return known;
        }

        if (caller.Organisation.Length == 0)
        {
            throw new RefusedException(NotPermitted);
        }

        IdentityAnswer answer = await registers.Of(caller.Organisation).IdentifyAsync(caller.Account, caller.EmployeeNumber);
        return answer.Person is { } person
            ? caller.Known = new Identity(person, answer.Worker)
            : throw new RefusedException(answer.Refusal is { Code: RefusalCode.UnknownOrganisation } ? NotPermitted : answer.Refusal!);
    }

    public void Dispose() => rates.Dispose();

    private static Refusal NotPermitted { get; } = new(RefusalCode.NotPermitted, "");

    private static Refusal Unauthenticated(TokenFault fault) => fault == TokenFault.ProviderUnreachable
        ? new Refusal(RefusalCode.ServiceUnavailable, "", RetryAfter: Limits.RetryAfter)
        : new Refusal(RefusalCode.Unauthenticated, "", [fault.ToString()]);

    private async ValueTask<Caller> CallerOfAsync(ServerCallContext context)
    {
        HttpContext http = context.GetHttpContext();
        if (http.Items.TryGetValue(typeof(Caller), out object? known))
        {
            // The next message of a stream: its token may have come to its end since.
            return ((Caller)known!).ExpiresAt > time.GetUtcNow() ? (Caller)known : throw new RefusedException(Unauthenticated(TokenFault.Expired));
        }

        string? header = http.Request.Headers.Authorization;
        const string Scheme = "Bearer ";
        TokenVerdict verdict = header is null && certificates.Of(http) is { } shown ? shown
            : header is null || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? new TokenVerdict(null, TokenFault.Missing)
            : await tokens.ReadAsync(header[Scheme.Length..].Trim());
        if (verdict.Fault is { } fault)
        {
            EdgeTelemetry.CountRefused(fault == TokenFault.ProviderUnreachable ? RefusalCode.ServiceUnavailable : RefusalCode.Unauthenticated);
            throw new RefusedException(Unauthenticated(fault));
        }

        http.Items[typeof(Caller)] = verdict.Caller!;
        return verdict.Caller!;
    }

    private async ValueTask<Admission?> TryAdmitAsync(AccessRow row, Caller caller, RequestedResource resource, string? purpose, HttpContext http)
    {
        Violations violations = new(time.GetUtcNow());
        violations.Text(purpose ?? "", "purpose", Limits.Sentence);
        bool purposeMissing = false;
        foreach (Grant grant in row.Grants)
        {
            if (!caller.Roles.Contains(grant.Role) || !await ReachesAsync(grant.Scope, caller, resource))
            {
                continue;
            }

            if (grant.Scope == Scope.OwnOrganisationForPurpose && purpose is null)
            {
                purposeMissing = true;
                continue;
            }

            if (!violations.None)
            {
                throw new RefusedException(violations.Found);
            }

            Reader? reader = grant.Scope is Scope.Mandate or Scope.OwnOrganisationForPurpose || (grant.Scope == Scope.OwnDirectory && resource.Worker is not null)
                ? new Reader(RoleNames.Of(grant.Role), (await IdentityOfAsync(caller)).Person, grant.Scope == Scope.Mandate)
                : null;
            Admission admission = new(caller, grant.Role, grant.Scope, reader);
            if (reader is null || await LookAsync(row, reader, resource, purpose, admission, http))
            {
                return admission;
            }
        }

        return purposeMissing ? throw new RefusedException(new Refusal(RefusalCode.Missing, "purpose")) : null;
    }

    private async ValueTask<bool> ReachesAsync(Scope scope, Caller caller, RequestedResource resource) => scope switch
    {
        Scope.Anything => true,
        Scope.OwnDirectory => caller.HoldsDirectory,
        _ when caller.Organisation.Length == 0 || !string.Equals(caller.Organisation, resource.Organisation, StringComparison.Ordinal) => false,
        Scope.OwnOrganisation => true,
        Scope.OwnUnits => resource.Unit is { Length: > 0 } unit && caller.BargainingUnits.Contains(unit, StringComparer.Ordinal),
        Scope.OwnRecord => resource.Worker is { } worker && caller.EmployeeNumber is not null
            && string.Equals((await IdentityOfAsync(caller)).Worker, worker, StringComparison.Ordinal),
        _ => resource.Worker is not null,
    };

    /// <summary>Records the look where something is shown; false if only a mandate would let them in and there is none.</summary>
    private async ValueTask<bool> LookAsync(
        AccessRow row, Reader reader, RequestedResource resource, string? purpose, Admission admission, HttpContext http)
    {
        if (row.Shows == Shows.Nothing && !reader.NeedsMandate)
        {
            return true;
        }

        Look? look = row.Shows == Shows.Nothing ? null
            : new Look(row.ShortName, purpose, row.Shows == Shows.Stored ? Stored : Person, resource.DecisionId);
        Refusal? refusal = await workers.Of($"{resource.Organisation}/{resource.Worker}")
            .AdmitAsync(reader, look, CallContexts.Of(http, RoleNames.Of(admission.Role!.Value)));
        return refusal is null || (refusal.Code == RefusalCode.NotPermitted ? false : throw new RefusedException(refusal));
    }

    private async ValueTask<Refusal?> RecordRefusedAsync(AccessRow row, Caller caller, RequestedResource resource, HttpContext http)
    {
        CallContext call = CallContexts.Of(http, "");
        bool own = string.Equals(caller.Organisation, resource.Organisation, StringComparison.Ordinal);
        string? person = own ? (await IdentityOfAsync(caller)).Person : null;
        RefusedAttempt attempt = new(
            row.ShortName, resource.Worker!, person, [.. caller.Roles.Select(RoleNames.Of)], call.CorrelationId, call.TraceParent);
        Refusal? refusal = await registers.Of(resource.Organisation).RecordRefusedAsync(attempt);
        if (refusal is not null)
        {
            logger.LogWarning("A refused attempt by {Method} could not be recorded: {Code}.", row.ShortName, refusal.Code);
        }

        return refusal;
    }

    /// <summary>Ends a refusal, or an answer that must not tell, at a step of the clock, long after the work behind it, so that its length tells nothing of what is there.</summary>
    public async ValueTask EvenOutAsync(long started, CancellationToken cancellationToken)
    {
        TimeSpan taken = time.GetElapsedTime(started);
        double steps = Math.Ceiling(taken / Limits.RefusalStep);
        await Task.Delay((Limits.RefusalStep * Math.Max(1, steps)) - taken, time, cancellationToken);
    }
}
