using Ledger.Scenarios.Hosting;
using Ledger.Tests;
using Ledger.V1;

namespace Ledger.Scenarios.Decisions;

/// <summary>Reads back what is recorded.</summary>
internal static class Trails
{
    public static async Task<string> NameOfAsync(this LedgerProcess server, string employeeNumber)
    {
        Worker worker = await server.Workers.LookupWorkerAsync(
            new LookupWorkerRequest { Parent = DecisionBuilder.Organisation, EmployeeNumber = employeeNumber });
        return worker.Name;
    }

    /// <summary>Decisions as the worker sees them: nobody else looks, so nothing is added to the trail.</summary>
    public static DecisionService.DecisionServiceClient DecisionsOf(this LedgerProcess server, string employeeNumber) =>
        new(server.As(Tokens.Usual(employeeNumber)));

    /// <summary>A worker's whole trail, page by page, newest first.</summary>
    public static async Task<List<RecordedDecision>> TrailAsync(this LedgerProcess server, string employeeNumber)
    {
        string parent = await server.NameOfAsync(employeeNumber);
        DecisionService.DecisionServiceClient decisions = server.DecisionsOf(employeeNumber);
        List<RecordedDecision> trail = [];
        string token = "";
        do
        {
            ListDecisionsResponse page = await decisions.ListDecisionsAsync(
                new ListDecisionsRequest { Parent = parent, PageSize = 500, PageToken = token });
            trail.AddRange(page.Decisions);
            token = page.NextPageToken;
        }
        while (token.Length > 0);
        return trail;
    }
}
