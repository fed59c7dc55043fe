using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Transparency;
using Ledger.Contracts.Workers;

namespace Ledger.Api.Transparency;

/// <summary>The transparency service at the edge: asks the logs, answers with what anyone can check.</summary>
internal sealed class TransparencyService(
    GrainReferences<ILogReader> readers, GrainReferences<IWorker> workers, LogProofs proofs, WorkerEvidence evidence)
    : V1.TransparencyService.TransparencyServiceBase
{
    public override async Task<V1.Checkpoint> GetCheckpoint(V1.GetCheckpointRequest request, ServerCallContext context)
    {
        string organisation = ResourceNames.OrganisationOf(request.Parent);
        if (request.Covering is { } position)
        {
            await proofs.AwaitPublishedAsync(organisation, position.Commit, position.Prepare);
        }

        return LogProofs.ToCheckpoint(organisation, LogProofs.Value(await readers.Of(organisation).CheckpointAsync()));
    }

    public override async Task<V1.InclusionProof> GetInclusionProof(V1.GetInclusionProofRequest request, ServerCallContext context)
    {
        if (request.LeafCase == V1.GetInclusionProofRequest.LeafOneofCase.Parent)
        {
            string organisation = ResourceNames.OrganisationOf(request.Parent);
            return LogProofs.ToProof(organisation, LogProofs.Value(await readers.Of(organisation).ProveIndexAsync(request.LeafIndex)));
        }

        if (!ResourceNames.TryParseDecision(request.Name, out string org, out string worker, out Guid decisionId))
        {
            throw new RefusedException(new Refusal(
                request.Name.Length == 0 ? RefusalCode.Missing : RefusalCode.Malformed, "name", ["organisations/*/workers/*/decisions/*"]));
        }

        TrailAnswer answer = await workers.Of($"{org}/{worker}").GetAsync(decisionId);
        return answer.Refusal is { } refusal
            ? throw new RefusedException(refusal)
            : LogProofs.ToProof(org, await proofs.AwaitAsync(org, answer.Entries[0].Receipt));
    }

    public override async Task<V1.ConsistencyProof> GetConsistencyProof(V1.GetConsistencyProofRequest request, ServerCallContext context)
    {
        ConsistencyOfTrees trees = LogProofs.Value(await readers.Of(ResourceNames.OrganisationOf(request.Parent)).ProveConsistencyAsync(request.FirstSize, request.SecondSize));
        V1.ConsistencyProof proof = new() { FirstSize = trees.First, SecondSize = trees.Second };
        proof.Hashes.AddRange(trees.Hashes.Select(h => UnsafeByteOperations.UnsafeWrap(h)));
        return proof;
    }

    public override async Task<V1.ListLogKeysResponse> ListLogKeys(V1.ListLogKeysRequest request, ServerCallContext context)
    {
        V1.ListLogKeysResponse response = new();
        response.Keys.AddRange(LogProofs.Value(await readers.Of(ResourceNames.OrganisationOf(request.Parent)).KeysAsync()).Select(key => new V1.LogKey
        {
            VerifierKey = key.VerifierKey,
            SignsFrom = key.SignsFrom.ToTimestamp(),
            SignsUntil = key.SignsUntil?.ToTimestamp(),
            Statement = key.Statement is null ? "" : Encoding.UTF8.GetString(key.Statement),
        }));
        return response;
    }

    public override async Task<V1.ListWitnessesResponse> ListWitnesses(V1.ListWitnessesRequest request, ServerCallContext context)
    {
        KnownWitnesses witnesses = LogProofs.Value(await readers.Of(ResourceNames.OrganisationOf(request.Parent)).WitnessesAsync());
        V1.ListWitnessesResponse response = new() { Required = witnesses.Required };
        response.VerifierKeys.AddRange(witnesses.VerifierKeys);
        return response;
    }

    public override async Task ExportEvidence(
        V1.ExportEvidenceRequest request, IServerStreamWriter<V1.ExportEvidenceResponse> responseStream, ServerCallContext context)
    {
        (string organisation, string worker) = ResourceNames.WorkerOf(request.Parent);
        if (request.Withheld.Count > Limits.WithheldFields)
        {
            throw new RefusedException(new Refusal(RefusalCode.OverLimit, "withheld", [$"{Limits.WithheldFields}"]));
        }

        await foreach (ReadOnlyMemory<byte> piece in evidence.WriteAsync(organisation, worker, [.. request.Withheld], context.CancellationToken))
        {
            await responseStream.WriteAsync(
                new V1.ExportEvidenceResponse { Content = UnsafeByteOperations.UnsafeWrap(piece) }, context.CancellationToken);
        }
    }
}
