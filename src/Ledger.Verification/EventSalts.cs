using System.Buffers.Text;
using System.Text.Json;

namespace Ledger.Verification;

/// <summary>The salts in an event's metadata: 16 bytes each, in base64. See <c>docs/formats/log-entry.md</c>.</summary>
/// <param name="Salt">Of the event's own label: the <see cref="NextSalt"/> of the event before it, sixteen zero bytes at revision 0.</param>
/// <param name="DataSalt">Of the hash of the data.</param>
/// <param name="NextSalt">Of the label of the next event in the same stream.</param>
public readonly record struct EventSalts(ReadOnlyMemory<byte> Salt, ReadOnlyMemory<byte> DataSalt, ReadOnlyMemory<byte> NextSalt)
{
    private static readonly int TextLength = Base64.GetMaxEncodedToUtf8Length(LogEntry.SaltLength);

    /// <summary>
    /// Reads members <c>salt</c>, <c>dataSalt</c> and <c>nextSalt</c>; false unless the metadata is one JSON object that has each exactly
    /// once, as the canonical base64 of 16 bytes.
    /// </summary>
    // JSON readers differ in which of two members of one name they take (RFC 8259 §4): with two, the event would have two labels.
    public static bool TryParse(ReadOnlySpan<byte> metadata, out EventSalts salts)
    {
        salts = default;
        try
        {
            Utf8JsonReader reader = new(metadata);
            // Salt, data salt, next salt.
            byte[] found = new byte[3 * LogEntry.SaltLength];
            int seen = 0;
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                int which = reader.ValueTextEquals("salt"u8) ? 0 : reader.ValueTextEquals("dataSalt"u8) ? 1 : reader.ValueTextEquals("nextSalt"u8) ? 2 : -1;
                reader.Read();
                if (which >= 0)
                {
                    int bit = 1 << which;
                    if ((seen & bit) != 0 || !TryReadSalt(ref reader, Of(found, which).Span))
                    {
                        return false;
                    }

                    seen |= bit;
                }

                reader.Skip();
            }

            if (reader.Read() || seen != 0b111)
            {
                return false;
            }

            salts = new EventSalts(Of(found, 0), Of(found, 1), Of(found, 2));
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not UTF-8, or half a surrogate pair in escapes.
            return false;
        }
    }

    private static Memory<byte> Of(byte[] salts, int which) => salts.AsMemory(which * LogEntry.SaltLength, LogEntry.SaltLength);

    private static bool TryReadSalt(ref Utf8JsonReader reader, Span<byte> salt)
    {
        if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length > 6 * TextLength)
        {
            return false;
        }

        // A plus or a slash may stand escaped in JSON.
        Span<byte> text = stackalloc byte[6 * TextLength];
        int length = reader.CopyString(text);
        return CanonicalBase64.TryDecodeExactly(text[..length], salt);
    }
}
