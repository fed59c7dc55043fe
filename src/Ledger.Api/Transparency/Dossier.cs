using System.Buffers;
using System.Text;
using Ledger.Verification;

namespace Ledger.Api.Transparency;

/// <summary>
/// The dossier: an evidence file as one HTML page that a person reads and prints, and that checks itself in any browser, offline. See
/// <c>docs/formats/dossier.md</c>.
/// </summary>
public static class Dossier
{
    /// <summary>The reference code of an evidence file: what a printed copy is compared by.</summary>
    /// <param name="sha256">SHA-256 of the file.</param>
    public static string CodeOf(ReadOnlySpan<byte> sha256) => DossierFacts.CodeOf(sha256);

    /// <summary>Writes the dossier of an evidence file. Memory stays as small as the largest event.</summary>
    /// <param name="evidence">The file; must be able to seek.</param>
    /// <param name="language"><c>en</c> for English, else French.</param>
    /// <param name="output">Where the page goes.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <returns>The reference code.</returns>
    /// <exception cref="InvalidDataException">The evidence is not sound, or has a <c>&lt;</c>, which a page cannot carry unchanged.</exception>
    public static async Task<string> WriteAsync(Stream evidence, string language, Stream output, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        ArgumentNullException.ThrowIfNull(output);
        DossierFacts facts = await DossierFacts.ReadAsync(evidence, cancellationToken);
        if (!facts.Report.IsSound)
        {
            throw new InvalidDataException($"The evidence is not sound: {facts.Report.Findings[0].Fault}.");
        }

        DossierPage page = new(facts, DossierLanguage.Of(language));
        evidence.Position = 0;
        EvidenceReader reader = new(evidence);
        ArrayBufferWriter<byte> buffer = new();
        EvidenceWriter writer = new(buffer);
        for (bool more = true; more; await FlushAsync(buffer, output, cancellationToken))
        {
            switch (await reader.ReadAsync(cancellationToken))
            {
                case EvidenceHeader header:
                    Write(buffer, page.BeforeHeader);
                    WritePiece(buffer, () => writer.WriteHeader(header));
                    Write(buffer, page.AfterHeader);
                    break;
                case EvidenceEvent @event:
                    Write(buffer, page.BeforePiece(@event));
                    WritePiece(buffer, () => writer.WriteEvent(@event));
                    Write(buffer, DossierPage.AfterPiece);
                    break;
                default:
                    Write(buffer, page.BeforeEnd);
                    WritePiece(buffer, writer.WriteEnd);
                    Write(buffer, page.AfterEnd);
                    more = false;
                    break;
            }
        }

        return facts.Code;
    }

    /// <summary>A temporary file for evidence, which only this account can read and which is gone once closed.</summary>
    public static FileStream OpenPrivateCopy()
    {
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), options);
    }

    // The form has one text for each content, so what is written here are the bytes that were read.
    private static void WritePiece(ArrayBufferWriter<byte> buffer, Action write)
    {
        int before = buffer.WrittenCount;
        write();
        if (buffer.WrittenSpan[before..].Contains((byte)'<'))
        {
            throw new InvalidDataException("The evidence has a '<', which a page cannot carry unchanged.");
        }
    }

    private static void Write(ArrayBufferWriter<byte> buffer, string text) => Encoding.UTF8.GetBytes(text, buffer);

    private static async Task FlushAsync(ArrayBufferWriter<byte> buffer, Stream output, CancellationToken cancellationToken)
    {
        await output.WriteAsync(buffer.WrittenMemory, cancellationToken);
        buffer.ResetWrittenCount();
    }
}
