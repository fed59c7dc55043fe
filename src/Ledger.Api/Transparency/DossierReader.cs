using System.Text;
using System.Text.Unicode;
using Ledger.Verification;

namespace Ledger.Api.Transparency;

/// <summary>A stretch of a dossier: HTML up to a piece of the evidence, then the piece.</summary>
/// <param name="Html">The HTML, with the tag that begins the piece.</param>
/// <param name="Piece">The piece; empty in the last stretch, which has none.</param>
/// <param name="HasPiece">Whether there is one.</param>
internal sealed record DossierPart(string Html, ReadOnlyMemory<byte> Piece, bool HasPiece);

/// <summary>Reads a dossier stretch by stretch.</summary>
internal sealed class DossierReader(Stream file)
{
    private const int MaxLength = 2 * EvidenceReader.MaxPieceLength;

    private static readonly byte[] Start = Encoding.UTF8.GetBytes(DossierPage.PieceStart);
    private static readonly byte[] End = Encoding.UTF8.GetBytes(DossierPage.PieceEnd);

    private byte[] _buffer = new byte[64 * 1024];
    private int _begin;
    private int _end;
    private bool _inPage;

    /// <summary>The next stretch; null after the last. A stretch beyond all measure ends where the measure does.</summary>
    public async ValueTask<DossierPart?> ReadAsync(CancellationToken cancellationToken)
    {
        (byte[] html, bool more) = await UntilAsync(Start, included: true, cancellationToken);
        (byte[] piece, _) = more ? await UntilAsync(End, included: false, cancellationToken) : ([], false);
        bool nothing = html.Length == 0 && !more && _inPage;
        _inPage = true;
        // Bytes that are no UTF-8 must not be read as something that could be there.
        return nothing ? null : new DossierPart((Utf8.IsValid(html) ? Encoding.UTF8 : Encoding.Latin1).GetString(html), piece, more);
    }

    private async ValueTask<(byte[] Bytes, bool Found)> UntilAsync(byte[] mark, bool included, CancellationToken cancellationToken)
    {
        int searched = 0;
        while (true)
        {
            int at = _buffer.AsSpan(_begin + searched, _end - _begin - searched).IndexOf(mark);
            if (at >= 0)
            {
                return (Take(searched + at + (included ? mark.Length : 0)), true);
            }

            searched = Math.Max(0, _end - _begin - mark.Length + 1);
            if (_end - _begin >= MaxLength || !await FillAsync(cancellationToken))
            {
                return (Take(_end - _begin), false);
            }
        }
    }

    private byte[] Take(int length)
    {
        byte[] taken = _buffer.AsSpan(_begin, length).ToArray();
        _begin += length;
        return taken;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_begin > 0)
        {
            Buffer.BlockCopy(_buffer, _begin, _buffer, 0, _end - _begin);
            _end -= _begin;
            _begin = 0;
        }

        if (_end == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        int read = await file.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        return read > 0;
    }
}
