using System.Buffers.Text;
using System.Text;
using Ledger.Verification;

namespace Ledger.Silo.Workers.Sealing;

/// <summary>One rented buffer, cut into what sealing and opening need.</summary>
internal readonly ref struct SealingScratch(Span<byte> buffer, int fields, int longestPlain)
{
    public readonly Span<byte> Draws = buffer[..(fields * WorkerKey.DrawLength)];
    public readonly Span<byte> Digests = buffer.Slice(fields * WorkerKey.DrawLength, fields * Disclosure.DigestLength);
    public readonly Span<byte> Plain = buffer.Slice(FieldsLength(fields), longestPlain);
    public readonly Span<byte> Text = buffer.Slice(FieldsLength(fields) + longestPlain, TextLength(longestPlain));
    public readonly Span<byte> Box = buffer.Slice(FieldsLength(fields) + longestPlain + TextLength(longestPlain), BoxLength(longestPlain));
    public readonly Span<byte> Associated = buffer[(FieldsLength(fields) + longestPlain + TextLength(longestPlain) + BoxLength(longestPlain))..];

    public static int LengthFor(int fields, int longestPlain, string stream) =>
        FieldsLength(fields) + longestPlain + TextLength(longestPlain) + BoxLength(longestPlain)
        + "ledger-seal/v1\n".Length + Encoding.UTF8.GetMaxByteCount(stream.Length) + 1 + 36 + 1 + longestPlain;

    private static int FieldsLength(int fields) => fields * (WorkerKey.DrawLength + Disclosure.DigestLength);

    private static int TextLength(int plain) => Base64Url.GetEncodedLength(plain);

    private static int BoxLength(int plain) => 1 + WorkerKey.NonceLength + plain + WorkerKey.TagLength;
}
