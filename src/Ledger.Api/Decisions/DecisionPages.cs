using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Ledger.Api.Access;
using Ledger.Api.Hosting;
using Ledger.Api.Hosting.Pages;
using Ledger.Api.Transparency;
using Ledger.Contracts;
using Ledger.Contracts.Transparency;
using Ledger.Verification;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Api.Decisions;

/// <summary>A trail as pages, one decision, and its proof: of the reader, or of somebody who let them or whom they may look at for a purpose.</summary>
internal sealed class DecisionPages(PageDesk desk, Trails trails, LogProofs proofs, GrainReferences<ILogReader> logs, PageCookies cookies)
{
    private const int PageLength = 20, SearchedForUses = 100;

    public void Map(IEndpointRouteBuilder app)
    {
        desk.MapGet(app, SiteMap.MyDecisions, TrailAsync);
        desk.MapGet(app, SiteMap.MyDecision, DecisionAsync);
        desk.MapGet(app, SiteMap.MyProof, ProofAsync);
        desk.MapGet(app, SiteMap.PersonDecisions, TrailAsync);
        desk.MapGet(app, SiteMap.PersonDecision, DecisionAsync);
        desk.MapGet(app, SiteMap.PersonProof, ProofAsync);
    }

    private async Task<IResult> TrailAsync(PageVisit visit)
    {
        (string record, bool own, string? purpose) = await PurposeCookie.RecordOfAsync(visit, cookies);
        V1.ListDecisionsRequest request = new() { Parent = record, PageSize = PageLength, PageToken = visit.Query("suite"), Purpose = purpose ?? "" };
        List<(string Field, string Words)> errors = ReadFilter(visit, request);
        await visit.AdmitAsync(request);
        V1.ListDecisionsResponse page = errors.Count == 0 ? await trails.ListAsync(request, visit.Admission!.Scope) : new V1.ListDecisionsResponse();
        string here = visit.Http.Request.Path;
        return visit.Show<TrailPage>(new TrailModel(
            own, record[(record.LastIndexOf('/') + 1)..], purpose, page.Decisions, page.LastRevision, IsFiltered(request), errors,
            page.NextPageToken.Length > 0 ? here + With(visit, page.NextPageToken) : null,
            request.PageToken.Length > 0 ? here + With(visit, null) : null,
            own ? null : BackOf(visit),
            recorded => UrlOf(visit, record, recorded.Decision.DecisionId)));
    }

    private async Task<IResult> DecisionAsync(PageVisit visit)
    {
        (string record, bool own, string? purpose) = await PurposeCookie.RecordOfAsync(visit, cookies);
        V1.GetDecisionRequest request = new() { Name = $"{record}/decisions/{visit.Place("decision")}", Purpose = purpose ?? "" };
        await visit.AdmitAsync(request);
        V1.RecordedDecision recorded = await trails.GetAsync(request);
        List<(string, string)> usedBy = [];
        if (visit.Admission!.Scope is Scope.OwnRecord or Scope.Mandate)
        {
            V1.ListDecisionsResponse newest = await trails.ListAsync(new V1.ListDecisionsRequest { Parent = record, PageSize = SearchedForUses }, visit.Admission.Scope);
            usedBy.AddRange(newest.Decisions.Where(d => d.Decision.Lineage?.InputDecisionIds.Contains(recorded.Decision.DecisionId) == true)
                .Select(d => (UrlOf(visit, record, d.Decision.DecisionId), Dated(visit, d.Decision))));
        }

        return visit.Show<DecisionPage>(new DecisionModel(
            own, recorded, await ProofOfAsync(visit.Caller!.Organisation, recorded), UrlOf(visit, record, recorded.Decision.DecisionId, proof: true),
            [.. (recorded.Decision.Lineage?.InputDecisionIds ?? []).Select(id => (UrlOf(visit, record, id), id))], usedBy,
            visit.Url(own ? SiteMap.MyDecisions : SiteMap.PersonDecisions, own ? [] : [record[(record.LastIndexOf('/') + 1)..]])));
    }

    private async Task<IResult> ProofAsync(PageVisit visit)
    {
        (string record, bool _, string? purpose) = await PurposeCookie.RecordOfAsync(visit, cookies);
        string name = $"{record}/decisions/{visit.Place("decision")}";
        await visit.AdmitAsync(new V1.GetInclusionProofRequest { Name = name });
        V1.RecordedDecision recorded = await trails.GetAsync(new V1.GetDecisionRequest { Name = name, Purpose = purpose ?? "" });
        ProvenLeaf leaf = await proofs.AwaitAsync(visit.Caller!.Organisation, ToReceipt(recorded.Receipt));
        return visit.Show<ProofPage>(new ProofModel(LogProofs.ToInclusion(leaf).TlogProof, UrlOf(visit, record, recorded.Decision.DecisionId)));
    }

    private static List<(string Field, string Words)> ReadFilter(PageVisit visit, V1.ListDecisionsRequest request)
    {
        List<(string, string)> errors = [];
        DateOnly? from = Day("du"), to = Day("au");
        if (from is { } first)
        {
            request.DecidedFrom = PageTime.StartOf(first).ToTimestamp();
        }

        if (to is { } last)
        {
            request.DecidedBefore = PageTime.StartOf(last.AddDays(1)).ToTimestamp();
        }

        if (from > to)
        {
            errors.Add(("au", visit.Words["filter.order"]));
        }

        if (Names.Categories.Contains(visit.Query("categorie"), StringComparer.Ordinal))
        {
            request.Category = Names.Category(visit.Query("categorie"));
        }

        string system = visit.Query("systeme");
        if (system.Length > Limits.Code)
        {
            errors.Add(("systeme", visit.Words["filter.systemLong"]));
        }
        else
        {
            request.SystemId = system;
        }

        if (visit.Query("effet") is "defavorable" or "autre")
        {
            request.Adverse = visit.Query("effet") is "defavorable";
        }

        return errors;

        DateOnly? Day(string name)
        {
            if (visit.Query(name) is not { Length: > 0 } text)
            {
                return null;
            }

            // A century from now, as everywhere at the edge; further is a typing error.
            if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day)
                && Math.Abs(day.Year - visit.Now.Year) < Limits.YearsFromNow)
            {
                return day;
            }

            errors.Add((name, visit.Words["filter.day"]));
            return null;
        }
    }

    private static bool IsFiltered(V1.ListDecisionsRequest request) =>
        request.DecidedFrom is not null || request.DecidedBefore is not null || request.Category != V1.Category.Unspecified || request.SystemId.Length > 0 || request.HasAdverse;

    /// <summary>The same question with another page.</summary>
    private static string With(PageVisit visit, string? token)
    {
        IEnumerable<string> kept = visit.Http.Request.Query.Where(q => q.Key is not "suite" && q.Value.ToString().Length > 0)
            .Select(q => $"{Uri.EscapeDataString(q.Key)}={Uri.EscapeDataString(q.Value.ToString())}");
        string query = string.Join('&', token is null ? kept : kept.Append($"suite={token}"));
        return query.Length == 0 ? "" : $"?{query}";
    }

    private static string BackOf(PageVisit visit) => visit.Url(visit.Caller!.Roles.Contains(Role.Hr) ? SiteMap.Hr : SiteMap.Representative);

    private static string UrlOf(PageVisit visit, string record, string decision, bool proof = false) => visit.Place("worker") is not null
        ? visit.Url(proof ? SiteMap.PersonProof : SiteMap.PersonDecision, record[(record.LastIndexOf('/') + 1)..], decision)
        : visit.Url(proof ? SiteMap.MyProof : SiteMap.MyDecision, decision);

    private static string Dated(PageVisit visit, V1.Decision decision) =>
        visit.Words.Format("one.dated", visit.Words[$"category.{Names.Of(decision.Category)}"], visit.Words.Day(decision.Times.DecidedAt.ToDateTimeOffset(), decision.Times.TimeZone));

    private async Task<ProofSummary?> ProofOfAsync(string organisation, V1.RecordedDecision recorded)
    {
        Contracts.Decisions.Receipt receipt = ToReceipt(recorded.Receipt);
        LogAnswer<ProvenEvents> answer = await logs.Of(organisation).ProveEventsAsync([new RecordedLeaf(receipt.Commit, receipt.Prepare, receipt.LeafHash)], null);
        if (answer.Value is not { Leaves: [var leaf] })
        {
            return null;
        }

        (Note note, Checkpoint checkpoint) = LogProofs.Parse(leaf.Checkpoint);
        KnownWitnesses known = LogProofs.Value(await logs.Of(organisation).WitnessesAsync());
        int witnesses = known.VerifierKeys.Count(text => VerifierKey.TryParse(text, out VerifierKey? key) && note.Signatures.Any(s => s.IsBy(key)));
        return new ProofSummary(leaf.Index, checkpoint.Head.Size, witnesses);
    }

    private static Contracts.Decisions.Receipt ToReceipt(V1.Receipt receipt) => new(
        "", Guid.Parse(receipt.DecisionId), Guid.Parse(receipt.EventId), receipt.Revision, receipt.Position.Commit, receipt.Position.Prepare,
        receipt.LeafHash.ToByteArray(), receipt.RecordedAt.ToDateTimeOffset());
}

/// <summary>A page of a trail.</summary>
internal sealed record TrailModel(
    bool Own, string Worker, string? Purpose, IReadOnlyList<V1.RecordedDecision> Decisions, long LastRevision, bool Filtered,
    IReadOnlyList<(string Field, string Words)> Errors, string? Next, string? First, string? Back, Func<V1.RecordedDecision, string> UrlOf);

/// <summary>One decision.</summary>
internal sealed record DecisionModel(
    bool Own, V1.RecordedDecision Recorded, ProofSummary? Proof, string ProofUrl,
    IReadOnlyList<(string Url, string Words)> MadeFrom, IReadOnlyList<(string Url, string Words)> UsedBy, string Back);

/// <summary>What is proven about a decision, in numbers.</summary>
internal sealed record ProofSummary(ulong Index, ulong Size, int Witnesses);

/// <summary>A proof as a file.</summary>
internal sealed record ProofModel(string File, string Back);
