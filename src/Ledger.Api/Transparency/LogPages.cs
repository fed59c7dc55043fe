using System.Text;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Api.Hosting.Pages;
using Ledger.Contracts;
using Ledger.Contracts.Transparency;
using Ledger.Verification;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ledger.Api.Transparency;

/// <summary>An organisation's public page: its log's keys, last checkpoint and witnesses, and how to check them. Nothing about a person.</summary>
internal sealed class LogPages(PageDesk desk, GrainReferences<ILogReader> readers)
{
    public void Map(IEndpointRouteBuilder app) => desk.MapGet(app, SiteMap.PublicLedger, ShowAsync);

    private async Task<IResult> ShowAsync(PageVisit visit)
    {
        string organisation = visit.Place("organisation")!;
        if (!ResourceNames.IsOrganisation(organisation))
        {
            throw new RefusedException(new Refusal(RefusalCode.NotFound, ""));
        }

        return visit.Show<LogPage>(await LookAsync(organisation));
    }

    /// <summary>What an organisation's log shows.</summary>
    /// <exception cref="RefusedException">It cannot be read.</exception>
    public async Task<LogModel> LookAsync(string organisation)
    {
        ILogReader log = readers.Of(organisation);
        LogKey[] keys = LogProofs.Value(await log.KeysAsync());
        KnownWitnesses witnesses = LogProofs.Value(await log.WitnessesAsync());
        LogAnswer<byte[]> published = await log.CheckpointAsync();
        (Note Note, Checkpoint Checkpoint)? parsed = published.Value is { } bytes ? LogProofs.Parse(bytes) : null;
        return new LogModel(
            organisation, keys, parsed?.Checkpoint.Head.Size, parsed is { } p ? Convert.ToBase64String(p.Checkpoint.Head.Root.ToArray()) : null,
            published.Value is null ? null : Encoding.UTF8.GetString(published.Value),
            [.. witnesses.VerifierKeys.Select(text => (text, parsed is { } note && VerifierKey.TryParse(text, out VerifierKey? key) && note.Note.Signatures.Any(s => s.IsBy(key))))],
            witnesses.Required);
    }
}

/// <summary>What a log shows the world.</summary>
internal sealed record LogModel(
    string Organisation, IReadOnlyList<LogKey> Keys, ulong? Size, string? Root, string? Checkpoint, IReadOnlyList<(string Key, bool Signed)> Witnesses, int Required);
