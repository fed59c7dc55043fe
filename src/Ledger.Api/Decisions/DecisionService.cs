using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Api.Hosting;
using Ledger.Api.Transparency;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;

namespace Ledger.Api.Decisions;

/// <summary>The decision service at the edge: checks, maps, asks the grains, answers.</summary>
internal sealed class DecisionService(GrainReferences<IIntake> intakes, GrainReferences<IWorker> workers, IntakeGate gate, Gatekeeper gatekeeper, LogProofs proofs, Trails trails, RefusedTally refused, TimeProvider time) : V1.DecisionService.DecisionServiceBase
{
    public override async Task<V1.Receipt> RecordDecision(V1.RecordDecisionRequest request, ServerCallContext context)
    {
        string organisation = ResourceNames.OrganisationOf(request.Parent);
        Violations violations = new(time.GetUtcNow());
        if (TryCommand(request.Decision, violations) is not { } command)
        {
            Refusal gravest = RefusedKind.Gravest(violations.Found);
            EdgeTelemetry.CountRefused(gravest.Code);
            refused.Count(organisation, Gatekeeper.Of(context).Caller!, request.Decision, gravest);
            throw new RefusedException(violations.Found);
        }

        if (gate.TryEnter(1) is { } overload)
        {
            throw new RefusedException(overload);
        }

        Receipt receipt;
        try
        {
            RecordResult[] results = await intakes.Of(organisation).RecordAsync(new([command]), CallContexts.Of(context));
            if (results[0].Refusal is { } refusal)
            {
                refused.Count(organisation, Gatekeeper.Of(context).Caller!, request.Decision, refusal);
                throw new RefusedException(refusal);
            }

            receipt = results[0].Receipt!;
        }
        finally
        {
            gate.Leave(1);
        }

        V1.Receipt answer = DecisionMap.ToReceipt(organisation, receipt);
        if (request.WaitForCheckpoint)
        {
            answer.Inclusion = LogProofs.ToInclusion(await proofs.AwaitAsync(organisation, receipt));
        }

        return answer;
    }

    public override Task RecordDecisions(
        IAsyncStreamReader<V1.RecordDecisionsRequest> requestStream, IServerStreamWriter<V1.RecordDecisionsResponse> responseStream, ServerCallContext context) =>
        new BatchStream(this, context).RunAsync(requestStream, responseStream);

    public override Task<V1.RecordedDecision> GetDecision(V1.GetDecisionRequest request, ServerCallContext context) => trails.GetAsync(request);

    public override Task<V1.ListDecisionsResponse> ListDecisions(V1.ListDecisionsRequest request, ServerCallContext context) =>
        trails.ListAsync(request, Gatekeeper.Of(context).Scope);

    public override async Task WatchDecisions(
        V1.WatchDecisionsRequest request, IServerStreamWriter<V1.WatchDecisionsResponse> responseStream, ServerCallContext context)
    {
        (string organisation, string worker) = ResourceNames.WorkerOf(request.Parent);
        long after = request.HasAfterRevision ? request.AfterRevision : -1;
        if (after < -1)
        {
            throw new RefusedException(new Refusal(RefusalCode.OutOfRange, "after_revision", ["-1", "9223372036854775807"]));
        }

        // Headers go out at once: a watcher knows that it watches before the first decision comes.
        await context.WriteResponseHeadersAsync([]);
        IWorker watched = Worker(organisation, worker);
        while (!context.CancellationToken.IsCancellationRequested)
        {
            TrailAnswer answer = await watched.AwaitAsync(after, Limits.WatchTurn).WaitAsync(context.CancellationToken);
            // A mandate taken back is an event of this stream and ends the wait.
            await gatekeeper.StillAdmittedAsync(context, watched);
            if (answer.Refusal is { } refusal)
            {
                throw new RefusedException(refusal);
            }

            foreach (TrailEntry entry in answer.Entries)
            {
                await responseStream.WriteAsync(new V1.WatchDecisionsResponse { Decision = Trails.ToRecorded(organisation, entry) }, context.CancellationToken);
            }

            after = answer.LastRevision;
        }
    }

    /// <summary>Records one batch; refusals of one decision do not touch the others.</summary>
    internal async Task<V1.RecordDecisionsResponse> RecordBatchAsync(V1.RecordDecisionsRequest request, ServerCallContext call)
    {
        string organisation = ResourceNames.OrganisationOf(request.Parent);
        if (request.Decisions.Count is 0 or > Limits.BatchDecisions)
        {
            throw new RefusedException(request.Decisions.Count == 0
                ? new Refusal(RefusalCode.Missing, "decisions")
                : new Refusal(RefusalCode.OverLimit, "decisions", [$"{Limits.BatchDecisions}"]));
        }

        RecordBatch batch = new(request, organisation, Gatekeeper.Of(call).Caller!, CallerLanguage.Of(call.GetHttpContext()), refused);
        DateTimeOffset now = time.GetUtcNow();
        for (int i = 0; i < request.Decisions.Count; i++)
        {
            Violations violations = new(now);
            if (TryCommand(request.Decisions[i], violations) is { } command)
            {
                batch.Accept(i, command);
            }
            else
            {
                batch.Refuse(i, violations.Found);
            }
        }

        if (batch.Commands.Count > 0)
        {
            await RecordAsync(organisation, batch, call);
        }

        return batch.ToResponse();
    }

    private async Task RecordAsync(string organisation, RecordBatch batch, ServerCallContext call)
    {
        if (gate.TryEnter(batch.Commands.Count) is { } overload)
        {
            batch.RefuseAll(overload);
            return;
        }

        try
        {
            batch.Answer(await intakes.Of(organisation).RecordAsync(new([.. batch.Commands]), CallContexts.Of(call)));
        }
        catch (Exception e) when (e is TimeoutException or Orleans.Runtime.OrleansException)
        {
            batch.RefuseAll(new Refusal(RefusalCode.ServiceUnavailable, "", RetryAfter: Limits.RetryAfter));
        }
        finally
        {
            gate.Leave(batch.Commands.Count);
        }
    }

    /// <summary>The command for a decision, or nothing and why.</summary>
    private static RecordDecision? TryCommand(V1.Decision? decision, Violations violations)
    {
        DecisionCheck.Check(violations, decision);
        if (!violations.None)
        {
            return null;
        }

        byte[] act = DecisionJson.Bytes(DecisionMap.ToAct(decision!));
        byte[] personal = DecisionJson.Bytes(DecisionMap.ToPersonal(decision!.Personal));
        if (act.Length + personal.Length > Limits.DecisionBytes)
        {
            violations.Add(RefusalCode.OverLimit, "decision", $"{Limits.DecisionBytes} B");
            return null;
        }

        string reviewer = decision.Automation.Review?.ReviewerEmployeeNumber ?? "";
        return new RecordDecision(
            Guid.ParseExact(decision.DecisionId, "D"), decision.Subject.EmployeeNumber, reviewer.Length == 0 ? null : reviewer, act, personal);
    }

    private IWorker Worker(string organisation, string worker) => workers.Of($"{organisation}/{worker}");
}
