using System.Text.Json;
using Ledger.Api.Hosting;
using Ledger.Verification;

namespace Ledger.Api.Transparency;

/// <summary>How the page of a dossier compares with the one that its evidence makes, byte for byte.</summary>
/// <param name="Code">Reference code of the evidence that it carries.</param>
/// <param name="Events">Revisions of events that are not shown as the evidence has them, rising; the first 100.</param>
/// <param name="IsFrameSame">Whether all around the events is as it should be: summary, keys, explanations, style and script.</param>
public sealed record DossierComparison(string Code, IReadOnlyList<long> Events, bool IsFrameSame)
{
    private const int MaxEvents = 100;

    /// <summary>True when not one byte differs.</summary>
    public bool IsSame => Events.Count == 0 && IsFrameSame;

    /// <summary>Copies the evidence out of a dossier.</summary>
    /// <param name="file">The file, from its beginning.</param>
    /// <param name="evidence">Where the evidence goes.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>False when there is none: the file is no dossier.</returns>
    public static async Task<bool> TryExtractAsync(Stream file, Stream evidence, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        DossierReader reader = new(file);
        bool any = false;
        while (await reader.ReadAsync(cancellationToken) is { } part)
        {
            any |= part.HasPiece;
            await evidence.WriteAsync(part.Piece, cancellationToken);
        }

        return any;
    }

    /// <summary>Makes the page again and compares. Says nothing about whether the evidence is sound: <see cref="EvidenceCheck"/> does.</summary>
    /// <param name="file">The dossier; must be able to seek.</param>
    /// <param name="evidence">What <see cref="TryExtractAsync"/> copied; must be able to seek.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public static async Task<DossierComparison> RunAsync(Stream file, Stream evidence, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(evidence);
        DossierFacts facts = await DossierFacts.ReadAsync(evidence, cancellationToken);
        file.Position = 0;
        evidence.Position = 0;
        DossierReader shown = new(file);
        EvidenceReader reader = new(evidence);
        await reader.ReadAsync(cancellationToken);
        DossierPart? head = await shown.ReadAsync(cancellationToken);
        Words words = DossierLanguage.Of(head?.Html.Contains("<html lang=\"en\">", StringComparison.Ordinal) == true ? "en" : "fr");
        DossierPage page = new(facts, words);
        bool frame = head?.Html == page.BeforeHeader;
        List<long> events = [];
        string before = page.AfterHeader;
        while (await reader.ReadAsync(cancellationToken) is EvidenceEvent @event)
        {
            DossierPart? part = await shown.ReadAsync(cancellationToken);
            if (part?.Html != before + Made(page, @event) && events.Count < MaxEvents)
            {
                events.Add(@event.Revision);
            }

            before = DossierPage.AfterPiece;
        }

        frame &= (await shown.ReadAsync(cancellationToken))?.Html == before + page.BeforeEnd;
        frame &= (await shown.ReadAsync(cancellationToken))?.Html == page.AfterEnd;
        return new DossierComparison(facts.Code, events, frame && await shown.ReadAsync(cancellationToken) is null);
    }

    private static string? Made(DossierPage page, EvidenceEvent @event)
    {
        try
        {
            return page.BeforePiece(@event);
        }
        catch (Exception e) when (e is JsonException or InvalidDataException or InvalidOperationException or ArgumentException or FormatException or NullReferenceException)
        {
            // An event that was altered need not have the form of its type; its page then cannot be right either.
            return "\0";
        }
    }
}
