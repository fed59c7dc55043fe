using System.Globalization;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;

namespace Ledger.Api.Decisions;

/// <summary>A batch on its way: which decisions go on to the grains and what becomes of each.</summary>
internal sealed class RecordBatch(int size, CultureInfo language)
{
    private readonly V1.RecordResult?[] results = new V1.RecordResult?[size];
    private readonly RecordResult?[] answers = new RecordResult?[size];
    private readonly List<int> places = new(size);

    public List<RecordDecision> Commands { get; } = new(size);

    public void Accept(int place, RecordDecision command)
    {
        Commands.Add(command);
        places.Add(place);
    }

    public void Refuse(int place, IReadOnlyList<Refusal> refusals)
    {
        EdgeTelemetry.CountRefused(refusals[0].Code);
        results[place] = new V1.RecordResult { Error = RefusalStatus.ToStatus(refusals, language) };
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

    public V1.RecordDecisionsResponse ToResponse(long batchId, string organisation)
    {
        V1.RecordDecisionsResponse response = new() { BatchId = batchId };
        response.Results.Capacity = size;
        for (int i = 0; i < size; i++)
        {
            response.Results.Add(results[i] ?? ToResult(organisation, answers[i]!));
        }

        return response;
    }

    private V1.RecordResult ToResult(string organisation, RecordResult answer) => answer.Refusal is { } refusal
        ? new V1.RecordResult { Error = RefusalStatus.ToStatus([refusal], language) }
        : new V1.RecordResult { Receipt = DecisionMap.ToReceipt(organisation, answer.Receipt!), AlreadyRecorded = answer.AlreadyRecorded };
}
