using Grpc.Core;
using Ledger.Api.Transparency;
using Ledger.Cli.Decisions;
using Ledger.Cli.Hosting;
using Ledger.V1;

namespace Ledger.Cli.Transparency;

/// <summary>
/// <c>ledger export --evidence</c> and <c>--dossier</c>: everything recorded about a worker, with the proof of each event, in one file; the
/// dossier is the same evidence as a page that checks itself.
/// </summary>
internal sealed class EvidenceExport(Session session, LedgerConnection ledger, Worker about, string purpose, string[] withheld)
{
    public async Task RunAsync(string path, bool asDossier, bool json, CancellationToken cancellationToken)
    {
        await using WholeFile file = new(path);
        string? code = null;
        if (asDossier)
        {
            code = await WriteDossierAsync(file, cancellationToken);
        }
        else
        {
            await WriteEvidenceAsync(file.WriteAsync, cancellationToken);
        }

        string sha256 = await file.CompleteAsync(cancellationToken);
        code ??= Dossier.CodeOf(Convert.FromHexString(sha256));
        if (json)
        {
            await session.SayAsync(JsonLine.Write(writer =>
            {
                writer.WriteString("schema", ExportCommand.Schema);
                writer.WriteString("worker", about.Worker_);
                writer.WriteString(asDossier ? "dossier" : "evidence", path);
                writer.WriteString("referenceCode", code);
                writer.WriteNumber("bytes", file.Length);
                writer.WriteString("sha256", sha256);
            }));
        }
        else
        {
            await session.SayAsync(session.Texts.Format("export.written", path, file.Length, sha256));
            await session.SayAsync(session.Texts.Format("export.referenceCode", code));
            await session.SayAsync(session.Texts.Format(asDossier ? "export.dossierNext" : "export.evidenceNext", path));
        }
    }

    // The page begins with what is known at the end, so the evidence is had whole first, and is gone with the call.
    private async Task<string> WriteDossierAsync(WholeFile file, CancellationToken cancellationToken)
    {
        await using FileStream evidence = Dossier.OpenPrivateCopy();
        await WriteEvidenceAsync(evidence.WriteAsync, cancellationToken);
        await using WholeFileStream page = new(file);
        return await Dossier.WriteAsync(evidence, session.Language.Tag, page, cancellationToken);
    }

    private async Task WriteEvidenceAsync(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> write, CancellationToken cancellationToken)
    {
        ExportEvidenceRequest request = new() { Parent = about.Name, Purpose = purpose };
        request.Withheld.AddRange(withheld);
        using AsyncServerStreamingCall<ExportEvidenceResponse> call = ledger.Transparency.ExportEvidence(
            request, LedgerConnection.Stream(cancellationToken));
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            await write(call.ResponseStream.Current.Content.Memory, cancellationToken);
        }
    }
}
