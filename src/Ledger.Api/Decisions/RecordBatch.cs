using System.Globalization;
using Ledger.Api.Access;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;

namespace Ledger.Api.Decisions;

/// <summary>A batch on its way: which decisions go on to the grains and what becomes of each.</summary>
internal sealed class RecordBatch(V1.RecordDecisionsRequest request, string organisation, Caller caller, CultureInfo language, RefusedTally refused)
{
    private readonly V1.RecordResult?[] results = new V1.RecordResult?[request.Decisions.Count];
    private readonly RecordResult?[] answers = new RecordResult?[request.Decisions.Count];
    private readonly List<int> places = new(request.Decisions.Count);

    public List<RecordDecision> Commands { get; } = new(request.Decisions.Count);

    public void Accept(int place, RecordDecision command)
    {
        Commands.Add(command);
        places.Add(place);
    }

    public void Refuse(int place, IReadOnlyList<Refusal> refusals)
    {
        EdgeTelemetry.CountRefused(RefusedKind.Gravest(refusals).Code);
        results[place] = Refused(place, refusals);
    }

    public void RefuseAll(Refusal refusal)
    {
        foreach (int place in places)
        {
            Refuse(place, [refusal]);
        }
    }

    public void Answer(RecordResult[] fromGrains)
    {
        for (int i = 0; i < fromGrains.Length; i++)
        {
            answers[places[i]] = fromGrains[i];
        }
    }

    public V1.RecordDecisionsResponse ToResponse()
    {
        V1.RecordDecisionsResponse response = new() { BatchId = request.BatchId };
        response.Results.Capacity = results.Length;
        for (int i = 0; i < results.Length; i++)
        {
            response.Results.Add(results[i] ?? ToResult(i, answers[i]!));
        }

        return response;
    }

    private V1.RecordResult Refused(int place, IReadOnlyList<Refusal> refusals)
    {
        refused.Count(organisation, caller, request.Decisions[place], RefusedKind.Gravest(refusals));
        return new V1.RecordResult { Error = RefusalStatus.ToStatus(refusals, language) };
    }

    private V1.RecordResult ToResult(int place, RecordResult answer) => answer.Refusal is { } refusal
        ? Refused(place, [refusal])
        : new V1.RecordResult { Receipt = DecisionMap.ToReceipt(organisation, answer.Receipt!), AlreadyRecorded = answer.AlreadyRecorded };
}
