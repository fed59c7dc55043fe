namespace Ledger.Api.Transparency;

/// <summary>Writes a worker's dossier from the worker's evidence: one call for a page that offers it.</summary>
internal sealed class WorkerDossier(WorkerEvidence evidence)
{
    /// <summary>Writes the dossier; memory stays flat. Nothing goes out before all of the evidence was had.</summary>
    /// <param name="organisation">Organisation id.</param>
    /// <param name="worker">Pseudonym.</param>
    /// <param name="withheld">Fields that are not shown.</param>
    /// <param name="language"><c>en</c> for English, else French.</param>
    /// <param name="output">Where it goes.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The reference code.</returns>
    /// <exception cref="Hosting.RefusedException">As <see cref="WorkerEvidence.WriteAsync"/>.</exception>
    public async Task<string> WriteAsync(
        string organisation, string worker, string[] withheld, string language, Stream output, CancellationToken cancellationToken)
    {
        // The page begins with what is known at the end of the evidence. The copy has no other reader, and is gone with the call.
        await using FileStream copy = Dossier.OpenPrivateCopy();
        await foreach (ReadOnlyMemory<byte> piece in evidence.WriteAsync(organisation, worker, withheld, cancellationToken))
        {
            await copy.WriteAsync(piece, cancellationToken);
        }

        return await Dossier.WriteAsync(copy, language, output, cancellationToken);
    }
}
