using System.Globalization;
using System.Text.RegularExpressions;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Decisions;

namespace Ledger.Api.Decisions;

/// <summary>Asks what was refused at intake, and puts it into the contract's words.</summary>
internal sealed partial class RefusedQueries(GrainReferences<IRefusedDecisions> refused)
{
    /// <summary>Whether a page token has the form of one: the place of a row in the one order there is.</summary>
    public static bool IsToken(string token) => token.Length <= Limits.Sentence && Token().IsMatch(token);

    /// <param name="request">What is asked; month and token have their form.</param>
    /// <param name="tellsProducers">Whether producers are told apart.</param>
    public async Task<V1.ListRefusedDecisionsResponse> ListAsync(V1.ListRefusedDecisionsRequest request, bool tellsProducers)
    {
        RefusedDaysAnswer answer = await refused.Of(ResourceNames.OrganisationOf(request.Parent)).MonthAsync(
            request.Month, tellsProducers, request.PageToken, request.PageSize == 0 ? Limits.DefaultPage : request.PageSize);
        if (answer.Refusal is { } refusal)
        {
            throw new RefusedException(refusal);
        }

        V1.ListRefusedDecisionsResponse response = new() { NextPageToken = answer.Next ?? "" };
        response.Refused.AddRange(answer.Days.Select(row => new V1.RefusedDecisions
        {
            Day = row.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            System = row.Count.System ?? "",
            Code = row.Count.Code,
            Field = row.Count.Field ?? "",
            DataCategory = row.Count.DataCategory is { } category ? Names.DataCategory(category) : V1.DataCategory.Unspecified,
            Various = row.Count.Various is true,
            Producer = row.Count.Producer ?? "",
            Decisions = row.Count.Decisions,
        }));
        return response;
    }

    [GeneratedRegex(@"\A[0-9]{7}(/[A-Za-z0-9._-]*){6}\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Token();
}
