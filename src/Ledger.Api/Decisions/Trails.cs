using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Ledger.Api.Access;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;

namespace Ledger.Api.Decisions;

/// <summary>Reads trails for whoever was let in, by a call or a page.</summary>
internal sealed class Trails(GrainReferences<IWorker> workers, TimeProvider time)
{
    /// <exception cref="RefusedException">There is none, or it cannot be read now.</exception>
    public async Task<V1.RecordedDecision> GetAsync(V1.GetDecisionRequest request)
    {
        if (!ResourceNames.TryParseDecision(request.Name, out string organisation, out string worker, out Guid decisionId))
        {
            throw new RefusedException(new Refusal(RefusalCode.Malformed, "name", ["organisations/*/workers/*/decisions/*"]));
        }

        TrailAnswer answer = await workers.Of($"{organisation}/{worker}").GetAsync(decisionId);
        return answer.Refusal is { } refusal ? throw new RefusedException(refusal) : ToRecorded(organisation, answer.Entries[0]);
    }

    /// <param name="request">Which page.</param>
    /// <param name="scope">By which reach they were let in: who looked is for the worker and whoever acts for them, not for those who looked.</param>
    /// <exception cref="RefusedException">The request is not well-formed, or the trail cannot be read now.</exception>
    public async Task<V1.ListDecisionsResponse> ListAsync(V1.ListDecisionsRequest request, Scope scope)
    {
        (string organisation, string worker) = ResourceNames.WorkerOf(request.Parent);
        TrailAnswer answer = await workers.Of($"{organisation}/{worker}").ReadAsync(TrailQueries.Read(request, time.GetUtcNow()));
        if (answer.Refusal is { } refusal)
        {
            throw new RefusedException(refusal);
        }

        V1.ListDecisionsResponse response = new() { LastRevision = answer.LastRevision };
        response.Decisions.AddRange(answer.Entries.Select(e => ToRecorded(organisation, e)));
        if (scope is Scope.OwnRecord or Scope.Mandate)
        {
            response.Views.AddRange((answer.Views ?? []).Select(ToView));
        }

        if (answer.NextBeforeRevision is { } next)
        {
            response.NextPageToken = TrailQueries.TokenFor(request, next);
        }

        return response;
    }

    /// <summary>The pages from the one asked for to the end; after each the request asks for the next, or for none.</summary>
    /// <exception cref="RefusedException">As <see cref="ListAsync"/>.</exception>
    public async IAsyncEnumerable<V1.ListDecisionsResponse> PagesAsync(V1.ListDecisionsRequest request, Scope scope)
    {
        do
        {
            V1.ListDecisionsResponse page = await ListAsync(request, scope);
            request.PageToken = page.NextPageToken;
            yield return page;
        }
        while (request.PageToken.Length > 0);
    }

    public static V1.RecordedDecision ToRecorded(string organisation, TrailEntry entry) => new()
    {
        Decision = DecisionMap.ToDecision(JsonSerializer.Deserialize(entry.Data, DecisionJson.Default.DecisionRecorded)!),
        Receipt = DecisionMap.ToReceipt(organisation, entry.Receipt),
        Erased = entry.Erased,
        RetentionEnded = entry.RetentionEnded,
    };

    private static V1.RecordView ToView(RecordedView view)
    {
        V1.RecordView shown = new()
        {
            Revision = view.Revision,
            ViewedAt = view.At.ToTimestamp(),
            Viewer = view.Viewer,
            Role = view.Role,
            Purpose = view.Purpose ?? "",
            Method = view.Method,
            DecisionId = view.DecisionId?.ToString() ?? "",
            MandateId = view.MandateId?.ToString() ?? "",
        };
        shown.Fields.AddRange(view.Fields);
        return shown;
    }
}
