using System.Text;

namespace Ledger.Verification;

/// <summary>Reads an evidence file piece by piece; memory stays as small as the largest piece. Accepts only the form that the writer writes.</summary>
public sealed class EvidenceReader
{
    /// <summary>Greatest length of one event or of the header in the file, bytes: what a reader must be ready to hold.</summary>
    public const int MaxPieceLength = 4 * 1024 * 1024;

    // An event's lines, its proof's lines, the checkpoint's text and its signatures each end with an empty line.
    private const int EventEmptyLines = 4;
    private const int MaxEndLength = 32;

    private readonly Stream _input;
    private byte[] _buffer = new byte[64 * 1024];
    private int _begin;
    private int _end;
    private bool _header;
    private EvidencePart? _last;

    /// <summary>A reader at the beginning of a file; it does not close the stream.</summary>
    public EvidenceReader(Stream input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _input = input;
    }

    /// <summary>The line, from 1, where the next piece begins.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>
    /// The next piece. After an <see cref="EvidenceEnd"/> or <see cref="EvidenceMalformed"/> it is the same again. Errors of the stream
    /// come through.
    /// </summary>
    public async ValueTask<EvidencePart> ReadAsync(CancellationToken cancellationToken)
    {
        if (_last is not null)
        {
            return _last;
        }

        EvidencePart? part = !_header ? await ReadHeaderAsync(cancellationToken)
            : await StartsWithEndAsync(cancellationToken) ? await ReadEndAsync(cancellationToken)
            : await ReadEventAsync(cancellationToken);
        _header = true;
        part ??= new EvidenceMalformed(Line);
        _last = part is EvidenceEnd or EvidenceMalformed ? part : null;
        return part;
    }

    private async ValueTask<EvidenceHeader?> ReadHeaderAsync(CancellationToken cancellationToken)
    {
        int length = await FindAsync(emptyLines: 1, cancellationToken);
        EvidenceHeader? header = length > 0 ? ParseHeader(_buffer.AsSpan(_begin, length)) : null;
        Skip(header is null ? 0 : length);
        return header;
    }

    private async ValueTask<EvidenceEvent?> ReadEventAsync(CancellationToken cancellationToken)
    {
        int length = await FindAsync(EventEmptyLines, cancellationToken);
        EvidenceEvent? @event = length > 0 ? ParseEvent(_buffer.AsSpan(_begin, length)) : null;
        Skip(@event is null ? 0 : length);
        return @event;
    }

    private async ValueTask<bool> StartsWithEndAsync(CancellationToken cancellationToken)
    {
        while (_end - _begin < "end ".Length && await FillAsync(cancellationToken))
        {
        }

        return _buffer.AsSpan(_begin, _end - _begin).StartsWith("end "u8);
    }

    private async ValueTask<EvidenceEnd?> ReadEndAsync(CancellationToken cancellationToken)
    {
        while (_end - _begin <= MaxEndLength && await FillAsync(cancellationToken))
        {
        }

        ReadOnlySpan<byte> rest = _buffer.AsSpan(_begin, _end - _begin);
        return Lines.TryTake(ref rest, "end "u8, out ReadOnlySpan<byte> number) && rest.IsEmpty && TryParseRevision(number, out long count)
            ? new EvidenceEnd(count)
            : null;
    }

    private static EvidenceHeader? ParseHeader(ReadOnlySpan<byte> piece)
    {
        ReadOnlySpan<byte> rest = piece;
        if (!Lines.IsText(piece)
            || !Lines.TryTake(ref rest, "ledger-evidence/v1"u8, out ReadOnlySpan<byte> more) || !more.IsEmpty
            || !Lines.TryTake(ref rest, "stream "u8, out ReadOnlySpan<byte> stream) || stream.IsEmpty
            || !TryTakeKeys(ref rest, "log "u8, out List<VerifierKey> logKeys) || logKeys.Count == 0
            || !TryTakeKeys(ref rest, "witness "u8, out List<VerifierKey> witnessKeys))
        {
            return null;
        }

        return rest is [(byte)'\n'] ? new EvidenceHeader(Encoding.UTF8.GetString(stream), logKeys, witnessKeys) : null;
    }

    private static bool TryTakeKeys(scoped ref ReadOnlySpan<byte> rest, scoped ReadOnlySpan<byte> word, out List<VerifierKey> keys)
    {
        keys = [];
        while (Lines.TryTake(ref rest, word, out ReadOnlySpan<byte> text))
        {
            if (keys.Count == EvidenceHeader.MaxKeys || !VerifierKey.TryParse(Encoding.UTF8.GetString(text), out VerifierKey? key))
            {
                return false;
            }

            keys.Add(key);
        }

        return true;
    }

    private static EvidenceEvent? ParseEvent(ReadOnlySpan<byte> piece)
    {
        ReadOnlySpan<byte> rest = piece;
        if (!Lines.TryTake(ref rest, "revision "u8, out ReadOnlySpan<byte> number) || !TryParseRevision(number, out long revision)
            || !Lines.TryTake(ref rest, "id "u8, out ReadOnlySpan<byte> uuid) || !TryParseId(uuid, out Guid id)
            || !Lines.TryTake(ref rest, "type "u8, out ReadOnlySpan<byte> type) || type.IsEmpty || !Lines.IsText(type)
            || !Lines.TryTake(ref rest, "data "u8, out ReadOnlySpan<byte> data) || !CanonicalBase64.TryDecode(data, out byte[] dataBytes)
            || !Lines.TryTake(ref rest, "metadata "u8, out ReadOnlySpan<byte> metadata) || !CanonicalBase64.TryDecode(metadata, out byte[] metadataBytes)
            || !TryTakeDisclosures(ref rest, out List<Disclosure> disclosures)
            || !Lines.TryTake(ref rest, "leaf "u8, out ReadOnlySpan<byte> hash) || !TreeHash.TryParse(hash, out TreeHash leaf)
            || !rest.StartsWith("\n"u8)
            || !TlogProof.TryParse(rest[1..^1].ToArray(), out TlogProof? proof) || proof.Extra is not null)
        {
            return null;
        }

        return new EvidenceEvent(revision, id, Encoding.UTF8.GetString(type), dataBytes, metadataBytes, leaf, proof) { Disclosures = disclosures };
    }

    private static bool TryTakeDisclosures(scoped ref ReadOnlySpan<byte> rest, out List<Disclosure> disclosures)
    {
        disclosures = [];
        while (Lines.TryTake(ref rest, "disclosure "u8, out ReadOnlySpan<byte> text))
        {
            if (disclosures.Count == SealedPersonal.MaxFields || !Disclosure.TryParse(text, out Disclosure? disclosure))
            {
                return false;
            }

            disclosures.Add(disclosure);
        }

        return true;
    }

    private static bool TryParseRevision(ReadOnlySpan<byte> text, out long value)
    {
        bool parsed = Decimal.TryParse(text, out ulong number) && number <= long.MaxValue;
        value = parsed ? (long)number : 0;
        return parsed;
    }

    private static bool TryParseId(ReadOnlySpan<byte> text, out Guid id)
    {
        Span<byte> again = stackalloc byte[36];
        return Guid.TryParseExact(Encoding.UTF8.GetString(text), "D", out id)
            && id.TryFormat(again, out int length, "D") && text.SequenceEqual(again[..length]);
    }

    // Length of the piece that ends with so many empty lines; 0 when the file ends before, or the piece is too long.
    private async ValueTask<int> FindAsync(int emptyLines, CancellationToken cancellationToken)
    {
        int at = 0;
        for (int found = 0; found < emptyLines;)
        {
            int next = _buffer.AsSpan(_begin + at, _end - _begin - at).IndexOf("\n\n"u8);
            if (next >= 0)
            {
                at += next + 2;
                found++;
                continue;
            }

            at = Math.Max(at, _end - _begin - 1);
            if (!await FillAsync(cancellationToken))
            {
                return 0;
            }
        }

        return at <= MaxPieceLength ? at : 0;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_end - _begin == _buffer.Length)
        {
            if (_buffer.Length >= MaxPieceLength)
            {
                return false;
            }

            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        if (_begin > 0)
        {
            Buffer.BlockCopy(_buffer, _begin, _buffer, 0, _end - _begin);
            _end -= _begin;
            _begin = 0;
        }

        int read = await _input.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        return read > 0;
    }

    private void Skip(int length)
    {
        Line += _buffer.AsSpan(_begin, length).Count((byte)'\n');
        _begin += length;
    }
}
