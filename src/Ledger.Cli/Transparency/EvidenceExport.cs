using Grpc.Core;
using Ledger.Cli.Decisions;
using Ledger.Cli.Hosting;
using Ledger.V1;

namespace Ledger.Cli.Transparency;

/// <summary><c>ledger export --evidence</c>: everything recorded about a worker, with the proof of each event, in one file.</summary>
internal static class EvidenceExport
{
    public static async Task RunAsync(
        Session session, LedgerConnection ledger, Worker about, string purpose, string[] withheld, string path, bool json, CancellationToken cancellationToken)
    {
        ExportEvidenceRequest request = new() { Parent = about.Name, Purpose = purpose };
        request.Withheld.AddRange(withheld);
        await using WholeFile file = new(path);
        using AsyncServerStreamingCall<ExportEvidenceResponse> call = ledger.Transparency.ExportEvidence(
            request, LedgerConnection.Stream(cancellationToken));
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            await file.WriteAsync(call.ResponseStream.Current.Content.Memory, cancellationToken);
        }

        string sha256 = await file.CompleteAsync(cancellationToken);
        if (json)
        {
            await session.SayAsync(JsonLine.Write(writer =>
            {
                writer.WriteString("schema", ExportCommand.Schema);
                writer.WriteString("worker", about.Worker_);
                writer.WriteString("evidence", path);
                writer.WriteNumber("bytes", file.Length);
                writer.WriteString("sha256", sha256);
            }));
        }
        else
        {
            await session.SayAsync(session.Texts.Format("export.written", path, file.Length, sha256));
            await session.SayAsync(session.Texts.Format("export.evidenceNext", path));
        }
    }
}
