using System.Buffers;
using System.Globalization;
using System.Text;

namespace Ledger.Verification;

/// <summary>Writes an evidence file piece by piece: the header, each event from revision 0, the end. The caller flushes.</summary>
public sealed class EvidenceWriter
{
    private readonly IBufferWriter<byte> _output;
    private long _events;

    /// <summary>A writer that has written nothing yet.</summary>
    /// <param name="output">Where the bytes go; for a stream, a <c>PipeWriter</c> over it.</param>
    public EvidenceWriter(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
    }

    /// <summary>Writes the header.</summary>
    /// <exception cref="ArgumentException">The stream's name is not one line of text, or there are no log keys or too many keys.</exception>
    public void WriteHeader(EvidenceHeader header)
    {
        ArgumentNullException.ThrowIfNull(header);
        if (header.LogKeys.Count is 0 or > EvidenceHeader.MaxKeys || header.WitnessKeys.Count > EvidenceHeader.MaxKeys)
        {
            throw new ArgumentException($"An evidence file has 1 to {EvidenceHeader.MaxKeys} keys of the log and at most as many of witnesses.", nameof(header));
        }

        Write("ledger-evidence/v1\n");
        Write($"stream {OneLine(header.Stream)}\n");
        foreach (VerifierKey key in header.LogKeys)
        {
            Write($"log {key}\n");
        }

        foreach (VerifierKey key in header.WitnessKeys)
        {
            Write($"witness {key}\n");
        }

        Write("\n");
    }

    /// <summary>Writes the next event.</summary>
    /// <exception cref="ArgumentException">
    /// The event is not the next in order, its type is not one line of text, its proof has <see cref="TlogProof.Extra"/> data, there are more
    /// than <see cref="SealedPersonal.MaxFields"/> disclosures, or its piece of the file is longer than <see cref="EvidenceReader.MaxPieceLength"/>.
    /// </exception>
    public void WriteEvent(EvidenceEvent @event)
    {
        ArgumentNullException.ThrowIfNull(@event);
        if (@event.Revision != _events)
        {
            throw new ArgumentException($"The next event has revision {_events}.", nameof(@event));
        }

        byte[] proof = @event.Proof.ToArray();
        if (@event.Proof.Extra is { IsEmpty: false })
        {
            throw new ArgumentException("Nothing that no signature covers goes into an evidence file.", nameof(@event));
        }

        if (@event.Disclosures.Count > SealedPersonal.MaxFields)
        {
            throw new ArgumentException($"An event has at most {SealedPersonal.MaxFields} disclosures.", nameof(@event));
        }

        long disclosed = @event.Disclosures.Sum(static disclosure => "disclosure \n".Length + (long)disclosure.Text.Length);
        if (4L * (@event.Data.Length + @event.Metadata.Length) / 3 + disclosed + proof.Length + 4096 > EvidenceReader.MaxPieceLength)
        {
            throw new ArgumentException($"An event takes at most {EvidenceReader.MaxPieceLength} bytes of an evidence file.", nameof(@event));
        }

        Write($"revision {@event.Revision}\nid {@event.Id:D}\ntype {OneLine(@event.Type)}\ndata ");
        CanonicalBase64.Encode(@event.Data.Span, _output);
        Write("\nmetadata ");
        CanonicalBase64.Encode(@event.Metadata.Span, _output);
        foreach (Disclosure disclosure in @event.Disclosures)
        {
            Write($"\ndisclosure {disclosure.Text}");
        }

        Write($"\nleaf {@event.Leaf}\n\n");
        _output.Write(proof);
        Write("\n");
        _events++;
    }

    /// <summary>Writes the end.</summary>
    public void WriteEnd() => Write($"end {_events}\n");

    private static string OneLine(string text) =>
        !string.IsNullOrEmpty(text) && Lines.IsOne(text) ? text : throw new ArgumentException("A name is one line of text.", nameof(text));

    private void Write(FormattableString text) => Write(text.ToString(CultureInfo.InvariantCulture));

    private void Write(string text) => Encoding.UTF8.GetBytes(text, _output);
}
