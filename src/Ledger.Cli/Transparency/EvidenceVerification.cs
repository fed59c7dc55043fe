using System.Globalization;
using System.Text.Json;
using Ledger.Api.Transparency;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;
using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary>What to verify of an evidence file.</summary>
/// <param name="Path">The file.</param>
/// <param name="LogKeys">Keys of the log that the caller holds; none to take those in the file.</param>
/// <param name="Witnesses">Keys of witnesses that must have signed.</param>
/// <param name="Log">Address of the log, to see whether what the file shows is still its beginning; null stays offline.</param>
internal sealed record EvidenceRequest(string Path, IReadOnlyList<VerifierKey> LogKeys, IReadOnlyList<VerifierKey> Witnesses, string? Log);

/// <summary>
/// <c>ledger verify FILE</c>: an evidence file, or the one that a dossier carries, offline, against the keys that the caller holds. Of a dossier each
/// letter that it shows is held to its evidence. With <c>--log</c> the log of today is held to the file, too.
/// </summary>
internal static class EvidenceVerification
{
    public static async Task<ExitCode> RunAsync(Session session, EvidenceRequest request, bool json, CancellationToken cancellationToken)
    {
        (string path, IReadOnlyList<VerifierKey> logKeys, IReadOnlyList<VerifierKey> witnesses, _) = request;
        VerifyReport told = new(session, json, "evidence", path);
        EvidenceReport evidence;
        DossierComparison? page;
        string code;
        try
        {
            await using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
            await using DossierOrEvidence opened = await DossierOrEvidence.OpenAsync(file, cancellationToken);
            evidence = await EvidenceCheck.RunAsync(opened.Evidence, new EvidenceTrust(logKeys, witnesses), cancellationToken);
            page = await opened.ComparePageAsync(cancellationToken);
            code = page?.Code ?? await opened.CodeAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return await told.UncheckedAsync(texts => texts.Format("verify.evidence.unreadable", path));
        }

        WriteFacts(told, evidence);
        told.Fact(writer => writer.WriteString("referenceCode", code));
        foreach (EvidenceFinding finding in evidence.Findings)
        {
            await told.AddAsync(VerifyFinding.Problem(
                CheckOf(finding.Fault), finding.Revision is { } revision ? $"event {revision}" : $"line {finding.Line}", TextOf(finding.Fault), finding.Revision ?? finding.Line, finding.Line));
        }

        await SayWhatThePageShowsAsync(told, page);
        foreach (VerifierKey missing in witnesses.Where(w => evidence.Cosignatures.All(c => !c.Key.Equals(w))))
        {
            await told.AddAsync(VerifyFinding.Problem(VerifyCheck.Cosignature, null, "verify.noCosignature", missing.Name));
        }

        if (evidence.IsSound)
        {
            await SayWhatHoldsAsync(told, evidence);
        }

        await told.AddAsync(VerifyFinding.Advice(VerifyCheck.Page, "verify.referenceCode", code));

        // A file that is not sound can hold nobody to anything.
        if (request.Log is { } address && told.Problems == 0
            && await UnreachableAsync(session, new LogCheckRequest(address, logKeys, [], State: null)
            {
                FromFile = new KeptCheckpoint([evidence.LogKey!], evidence.Signed!, evidence.Checkpoint!),
            }, told, cancellationToken) is { } unreachable)
        {
            return await told.UncheckedAsync(texts => unreachable.Sentence(texts, address));
        }

        return await told.EndAsync("verify.evidence.proves", "verify.evidence.provesNot");
    }

    /// <summary>Holds the log to the file; what went wrong when it cannot be had.</summary>
    private static async Task<LogReadException?> UnreachableAsync(
        Session session, LogCheckRequest request, VerifyReport told, CancellationToken cancellationToken)
    {
        using LogClient log = new(LogFiles.Open(session, request.Address, Limits.Tries));
        told.Fact(writer => writer.WriteStartObject("log"));
        try
        {
            await LogCheck.LookAsync(session, request, log, told, cancellationToken);
            return null;
        }
        catch (LogReadException e) when (e.Fault == LogFault.Unreachable)
        {
            return e;
        }
        finally
        {
            told.Fact(writer => writer.WriteEndObject());
        }
    }

    private static async Task SayWhatThePageShowsAsync(VerifyReport told, DossierComparison? page)
    {
        foreach (long revision in page?.Events ?? [])
        {
            await told.AddAsync(VerifyFinding.Problem(VerifyCheck.Page, $"event {revision}", "verify.dossier.event", revision));
        }

        if (page is { IsFrameSame: false })
        {
            await told.AddAsync(VerifyFinding.Problem(VerifyCheck.Page, null, "verify.dossier.frame"));
        }

        if (page is { IsSame: true })
        {
            await told.AddAsync(VerifyFinding.Good(VerifyCheck.Page, "verify.dossier.same"));
        }
    }

    private static async Task SayWhatHoldsAsync(VerifyReport told, EvidenceReport evidence)
    {
        await told.AddAsync(VerifyFinding.Good(VerifyCheck.Chain, "verify.evidence.chain", evidence.Events, evidence.LastRevision, evidence.Stream));
        await told.AddAsync(VerifyFinding.Good(
            VerifyCheck.Inclusion, "verify.evidence.included", evidence.Checkpoint!.Origin, evidence.Checkpoint.Head.Size));
        await SayWhatIsShownAsync(told, evidence.Sealed);
        await told.AddAsync(evidence.IsLogKeyHeld
            ? VerifyFinding.Good(VerifyCheck.Key, "verify.evidence.keyHeld", evidence.LogKey!.Name)
            : VerifyFinding.Advice(VerifyCheck.Key, "verify.evidence.keyFromFile", evidence.LogKey!));
        foreach (EvidenceCosignature cosignature in evidence.Cosignatures)
        {
            Func<Texts, string> at = texts => texts.Instant(cosignature.Time, TimeZoneInfo.Local.Id);
            await told.AddAsync(cosignature.IsHeld
                ? VerifyFinding.Good(VerifyCheck.Cosignature, "verify.cosignature", cosignature.Key.Name, at)
                : VerifyFinding.Advice(VerifyCheck.Cosignature, "verify.evidence.witnessFromFile", cosignature.Key.Name, at, cosignature.Key));
        }
    }

    private static async Task SayWhatIsShownAsync(VerifyReport told, SealedEvidence @sealed)
    {
        if (@sealed.FieldsShown > 0)
        {
            Func<Texts, string> fields = texts => texts.Count("verify.evidence.fields", @sealed.FieldsShown);
            await told.AddAsync(VerifyFinding.Good(VerifyCheck.Disclosure, "verify.evidence.shown", fields));
        }

        if (@sealed.EventsWithheld > 0)
        {
            // Which fields of how many events; the revisions are in the JSON.
            Func<Texts, string> events = texts => texts.Count("verify.evidence.events", @sealed.EventsWithheld);
            Func<Texts, string> names = texts => string.Join(", ", @sealed.Withheld.Select(
                field => texts.Format("verify.evidence.withheldField", field.Name, texts.Count("verify.evidence.events", field.Events))));
            await told.AddAsync(VerifyFinding.Advice(VerifyCheck.Disclosure, "verify.evidence.withheld", events, names));
        }
    }

    private static void WriteFacts(VerifyReport told, EvidenceReport evidence) => told.Fact(writer =>
    {
        writer.WriteString("stream", evidence.Stream);
        writer.WriteNumber("events", evidence.Events);
        writer.WriteNumber("lastRevision", evidence.LastRevision);
        writer.WriteNumber("fieldsShown", evidence.Sealed.FieldsShown);
        WriteWithheld(writer, evidence.Sealed);
        if (evidence.Checkpoint is { } checkpoint)
        {
            writer.WriteCheckpoint(checkpoint);
        }

        if (evidence.LogKey is { } key)
        {
            writer.WriteString("key", key.ToString());
            writer.WriteString("keyFrom", evidence.IsLogKeyHeld ? "given" : "file");
        }
    });

    private static void WriteWithheld(Utf8JsonWriter writer, SealedEvidence @sealed)
    {
        writer.WriteStartObject("withheld");
        writer.WriteNumber("events", @sealed.EventsWithheld);
        writer.WriteStartArray("fields");
        foreach (WithheldField field in @sealed.Withheld)
        {
            writer.WriteStartObject();
            writer.WriteString("field", field.Name);
            writer.WriteNumber("events", field.Events);
            writer.WriteStartArray("revisions");
            foreach ((long first, long last) in field.Revisions)
            {
                writer.WriteStringValue(first == last
                    ? first.ToString(CultureInfo.InvariantCulture)
                    : string.Create(CultureInfo.InvariantCulture, $"{first}-{last}"));
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static VerifyCheck CheckOf(EvidenceFault fault) => fault switch
    {
        EvidenceFault.Format or EvidenceFault.Salts => VerifyCheck.Format,
        EvidenceFault.Revision => VerifyCheck.Revision,
        EvidenceFault.Chain => VerifyCheck.Chain,
        EvidenceFault.LeafHash => VerifyCheck.Leaf,
        EvidenceFault.Disclosure => VerifyCheck.Disclosure,
        EvidenceFault.Inclusion => VerifyCheck.Inclusion,
        EvidenceFault.Order => VerifyCheck.Order,
        EvidenceFault.Checkpoint => VerifyCheck.Checkpoint,
        EvidenceFault.CheckpointSignature => VerifyCheck.Signature,
        EvidenceFault.KeyNotHeld => VerifyCheck.Key,
        EvidenceFault.Cosignature => VerifyCheck.Cosignature,
        EvidenceFault.Count => VerifyCheck.Count,
        _ => throw new ArgumentOutOfRangeException(nameof(fault), fault, null),
    };

    private static string TextOf(EvidenceFault fault) => $"verify.evidence.fault.{fault}";
}
