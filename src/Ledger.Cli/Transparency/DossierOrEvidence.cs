using System.Security.Cryptography;
using Ledger.Api.Transparency;

namespace Ledger.Cli.Transparency;

/// <summary>A file that is an evidence file, or a dossier that carries one.</summary>
internal sealed class DossierOrEvidence : IAsyncDisposable
{
    private readonly FileStream? dossier;
    private readonly FileStream evidence;

    private DossierOrEvidence(FileStream? dossier, FileStream evidence)
    {
        this.dossier = dossier;
        this.evidence = evidence;
    }

    /// <summary>The evidence, from its beginning.</summary>
    public Stream Evidence
    {
        get
        {
            evidence.Position = 0;
            return evidence;
        }
    }

    /// <summary>Looks what it is. An evidence file has no letter that a dossier's pieces begin with.</summary>
    public static async Task<DossierOrEvidence> OpenAsync(FileStream file, CancellationToken cancellationToken)
    {
        FileStream copy = Dossier.OpenPrivateCopy();
        if (await DossierComparison.TryExtractAsync(file, copy, cancellationToken))
        {
            return new DossierOrEvidence(file, copy);
        }

        await copy.DisposeAsync();
        return new DossierOrEvidence(null, file);
    }

    /// <summary>How what the dossier shows compares with its evidence; null when it is no dossier.</summary>
    public async Task<DossierComparison?> ComparePageAsync(CancellationToken cancellationToken) =>
        dossier is null ? null : await DossierComparison.RunAsync(dossier, evidence, cancellationToken);

    /// <summary>The reference code of the evidence.</summary>
    public async Task<string> CodeAsync(CancellationToken cancellationToken) => Dossier.CodeOf(await SHA256.HashDataAsync(Evidence, cancellationToken));

    public async ValueTask DisposeAsync()
    {
        if (dossier is not null)
        {
            await evidence.DisposeAsync();
        }
    }
}
