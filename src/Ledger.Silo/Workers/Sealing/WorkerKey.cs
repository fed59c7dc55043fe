using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ledger.Silo.Hosting;
using Ledger.Verification;

namespace Ledger.Silo.Workers.Sealing;

/// <summary>
/// The data key of one worker, or what it gives together with a share of a retention key: seals what events say about the person, and opens it
/// again. Without the key it is noise, so destroying the key forgets the person while the log still verifies. The form is in
/// <c>docs/formats/sealed-event.md</c>.
/// </summary>
/// <remarks>
/// <code>
/// box             = version ‖ nonce (12) ‖ ciphertext ‖ tag (16)                        AES-256-GCM; 1: the worker's key, 2: with a retention key
/// plaintext       = ["&lt;salt&gt;","&lt;field&gt;",&lt;value&gt;]                                     what the field's disclosure encodes
/// associated data = ledger-seal/v1 (or v2) LF stream LF event id, lower case LF field
/// </code>
/// </remarks>
internal sealed class WorkerKey : IDisposable
{
    public const int Length = GcmKey.Length;

    /// <summary>Version of a box that the worker's key alone opens.</summary>
    public const byte OfWorker = 1;

    /// <summary>Version of a box that needs a share of a retention key as well.</summary>
    public const byte OfPeriod = 2;

    internal const int NonceLength = GcmKey.NonceLength;
    internal const int TagLength = GcmKey.TagLength;
    internal const int DrawLength = Disclosure.SaltLength + NonceLength;

    // The source of chance gives no more than this at a time.
    private const int DrawsAtOnce = 64;

    private static readonly byte[] NoPersonal = "{}"u8.ToArray();

    private readonly GcmKey gcm;
    private readonly byte version;

    // What others are derived from; pinned, so that the collector makes no copies of it.
    private readonly byte[] secret = [];

    /// <summary>A key of 32 bytes; the caller clears its own copy.</summary>
    public WorkerKey(ReadOnlySpan<byte> key)
        : this(new GcmKey(key))
    {
        secret = GC.AllocateUninitializedArray<byte>(Length, pinned: true);
        key.CopyTo(secret);
    }

    internal WorkerKey(GcmKey gcm, byte version = OfWorker)
    {
        this.gcm = gcm;
        this.version = version;
    }

    /// <summary>The key of one class and month of this worker.</summary>
    /// <param name="share">The worker's share of the period's retention key.</param>
    public WorkerKey Derive(ReadOnlySpan<byte> share)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(share.Length, RetentionKey.ShareLength);
        Span<byte> key = stackalloc byte[Length];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, key, share, "ledger-seal/v2"u8);
        WorkerKey derived = new(new GcmKey(key), OfPeriod);
        CryptographicOperations.ZeroMemory(key);
        return derived;
    }

    /// <summary>
    /// Which version the boxes of an event have; 0 where it has none. Only which key to take: the version of each box is looked at when it is opened.
    /// </summary>
    public static byte VersionOf(ReadOnlySpan<byte> data)
    {
        // A box has no quotes, so the last one of these begins the sealed fields (SealedPersonal).
        ReadOnlySpan<byte> begin = "],\"sealed\":{\""u8;
        int at = data.LastIndexOf(begin);
        ReadOnlySpan<byte> field = at < 0 ? default : data[(at + begin.Length)..];
        int box = field.IndexOf("\":\""u8) + 3;
        Span<byte> head = stackalloc byte[3];
        return box >= 3 && box + 4 <= field.Length && Base64.DecodeFromUtf8(field.Slice(box, 4), head, out _, out int read) == OperationStatus.Done && read > 0 ? head[0] : (byte)0;
    }

    /// <summary>The stored data of an event whose part about the person is sealed.</summary>
    /// <param name="eventId">Id of the event.</param>
    /// <param name="stream">Name of the stream it goes to.</param>
    /// <param name="clear">What stays in the clear: a JSON object without white space around its members and without a member <c>personal</c>.</param>
    /// <param name="personal">What is sealed: a JSON object without white space between its members.</param>
    /// <param name="entropy">Where salts and nonces come from.</param>
    /// <exception cref="ArgumentException">One of the two is not such an object; a name is there twice, needs escapes or means something to SD-JWT.</exception>
    public byte[] Seal(Guid eventId, string stream, ReadOnlySpan<byte> clear, ReadOnlySpan<byte> personal, Entropy entropy)
    {
        if (clear.Length < 2 || clear[0] != '{' || clear[^1] != '}')
        {
            throw new ArgumentException("Not a JSON object.", nameof(clear));
        }

        Span<PersonalMember> buffer = stackalloc PersonalMember[SealedPersonal.MaxFields];
        ReadOnlySpan<PersonalMember> members = buffer[..PersonalMember.AllOf(personal, buffer)];
        SealedLayout layout = SealedLayout.Of(clear, members);
        byte[] sealedData = new byte[layout.Length];
        byte[] scratch = ArrayPool<byte>.Shared.Rent(SealingScratch.LengthFor(members.Length, layout.LongestPlain, stream));
        try
        {
            SealingScratch parts = new(scratch, members.Length, layout.LongestPlain);
            Draw(entropy, parts.Draws);
            int prefix = WritePrefix(parts.Associated, version, eventId, stream);
            layout.WriteFrame(sealedData, clear);
            int at = layout.FieldsStart;
            for (int i = 0; i < members.Length; i++)
            {
                at = SealField(personal, members[i], i, parts, prefix, sealedData, at);
            }

            SealedLayout.WriteDigests(parts.Digests, members.Length, sealedData.AsSpan(layout.DigestsStart));
            return sealedData;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    /// <summary>
    /// The data with the part about the person in the clear again, byte for byte as it was handed to <see cref="Seal"/>; data without a sealed
    /// part come back as they are.
    /// </summary>
    /// <param name="eventId">Id of the event.</param>
    /// <param name="stream">Name of its stream.</param>
    /// <param name="data">Its data as stored.</param>
    /// <param name="opened">The opened data; empty when they could not be opened.</param>
    /// <returns>False: sealed by another key, for another event or stream, or changed.</returns>
    public bool TryOpen(Guid eventId, string stream, ReadOnlySpan<byte> data, out byte[] opened)
    {
        opened = [];
        SealedForm form = SealedPersonal.Find(data, out SealedPersonal? personal);
        if (personal is null)
        {
            opened = form == SealedForm.None ? data.ToArray() : [];
            return form == SealedForm.None;
        }

        byte[] output = ArrayPool<byte>.Shared.Rent(data.Length);
        try
        {
            int length = Put(output, 0, data[..personal.ClearLength]);
            length = Put(output, length, personal.ClearLength > 1 ? ",\"personal\":{"u8 : "\"personal\":{"u8);
            int first = length;
            int written = length;
            bool holds = TryVisit(eventId, stream, data, personal, static _ => true, (name, value, _) =>
            {
                written = written > first ? Put(output, written, ","u8) : written;
                written = Put(output, Put(output, Put(output, Put(output, written, "\""u8), name), "\":"u8), value);
            });
            opened = holds ? output.AsSpan(0, Put(output, written, "}}"u8)).ToArray() : [];
            return holds;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(output);
        }
    }

    /// <summary>The disclosures of some fields of an event, in the order of its fields; none of data without a sealed part.</summary>
    /// <param name="eventId">Id of the event.</param>
    /// <param name="stream">Name of its stream.</param>
    /// <param name="data">Its data as stored.</param>
    /// <param name="show">Whether to show the field of this name.</param>
    /// <param name="disclosures">The texts of the disclosures (RFC 9901 §4.2.1).</param>
    /// <returns>False: sealed by another key, for another event or stream, or changed.</returns>
    public bool TryDisclose(Guid eventId, string stream, ReadOnlySpan<byte> data, Func<string, bool> show, out string[] disclosures)
    {
        disclosures = [];
        SealedForm form = SealedPersonal.Find(data, out SealedPersonal? personal);
        if (personal is null)
        {
            return form == SealedForm.None;
        }

        List<string> texts = [];
        bool holds = TryVisit(eventId, stream, data, personal, show, (_, _, text) => texts.Add(Encoding.ASCII.GetString(text)));
        disclosures = holds ? [.. texts] : [];
        return holds;
    }

    /// <summary>The data without what they say about the person, sealed or not; an empty object when they are no JSON object.</summary>
    public static byte[] WithoutPersonal(ReadOnlySpan<byte> data)
    {
        try
        {
            Utf8JsonReader reader = new(data);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return NoPersonal;
            }

            ArrayBufferWriter<byte> output = new(data.Length);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool personal = reader.ValueTextEquals("personal"u8);
                int start = (int)reader.TokenStartIndex;
                reader.Read();
                reader.Skip();
                if (!personal)
                {
                    output.Write(output.WrittenCount == 0 ? "{"u8 : ","u8);
                    output.Write(data[start..(int)reader.BytesConsumed]);
                }
            }

            reader.Read();
            output.Write(output.WrittenCount == 0 ? "{}"u8 : "}"u8);
            return output.WrittenSpan.ToArray();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return NoPersonal;
        }
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(secret);
        gcm.Dispose();
    }

    private delegate void Visit(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, ReadOnlySpan<byte> text);

    private bool TryVisit(
        Guid eventId, string stream, ReadOnlySpan<byte> data, SealedPersonal personal, Func<string, bool> wanted, Visit visit)
    {
        int longest = 0;
        foreach (SealedField field in personal.Fields)
        {
            longest = Math.Max(longest, Math.Max(data[field.BoxRange].Length, data[field.NameRange].Length));
        }

        byte[] scratch = ArrayPool<byte>.Shared.Rent(SealingScratch.LengthFor(1, longest, stream) + longest);
        try
        {
            SealingScratch parts = new(scratch, 1, longest);
            int prefix = WritePrefix(parts.Associated, version, eventId, stream);
            foreach (SealedField field in personal.Fields)
            {
                if (wanted(field.Name) && !TryOpenField(data, personal, field, parts, prefix, visit))
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private bool TryOpenField(
        ReadOnlySpan<byte> data, SealedPersonal personal, SealedField field, in SealingScratch parts, int prefix, Visit visit)
    {
        ReadOnlySpan<byte> base64 = data[field.BoxRange];
        if (Base64.DecodeFromUtf8(base64, parts.Box, out int consumed, out int length) != OperationStatus.Done
            || consumed != base64.Length || length < 1 + NonceLength + TagLength || parts.Box[0] != version)
        {
            return false;
        }

        // The platform's decoder skips white space and stray bits; encoding again does not.
        Base64.EncodeToUtf8(parts.Box[..length], parts.Text, out _, out int again);
        if (!parts.Text[..again].SequenceEqual(base64))
        {
            return false;
        }

        Span<byte> plain = parts.Plain[..(length - 1 - NonceLength - TagLength)];
        ReadOnlySpan<byte> name = data[field.NameRange];
        int associated = Put(parts.Associated, prefix, name);
        if (!gcm.TryDecrypt(parts.Box.Slice(1, NonceLength), parts.Box[(1 + NonceLength)..length], plain, parts.Associated[..associated])
            || plain.Length < Disclosure.FrameLength + name.Length || !plain.Slice(Disclosure.NameStart, name.Length).SequenceEqual(name))
        {
            return false;
        }

        Base64Url.EncodeToUtf8(plain, parts.Text, out _, out int textLength);
        Disclosure.WriteDigest(parts.Text[..textLength], parts.Digests);
        if (!personal.Commits(data, parts.Digests))
        {
            return false;
        }

        // What the tag vouches for was written by Seal: it need not be read as JSON again.
        visit(name, plain[(Disclosure.NameStart + name.Length + 2)..^1], parts.Text[..textLength]);
        return true;
    }

    // Returns where the next field goes.
    private int SealField(
        ReadOnlySpan<byte> personal, PersonalMember member, int index, in SealingScratch parts, int prefix, Span<byte> output, int at)
    {
        ReadOnlySpan<byte> name = personal.Slice(member.NameStart, member.NameLength);
        ReadOnlySpan<byte> draw = parts.Draws.Slice(index * DrawLength, DrawLength);
        ReadOnlySpan<byte> nonce = draw[Disclosure.SaltLength..];
        int length = Put(parts.Plain, 0, "[\""u8);
        Base64Url.EncodeToUtf8(draw[..Disclosure.SaltLength], parts.Plain[length..], out _, out int written);
        length = Put(parts.Plain, Put(parts.Plain, length + written, "\",\""u8), name);
        length = Put(parts.Plain, Put(parts.Plain, length, "\","u8), personal.Slice(member.ValueStart, member.ValueLength));
        length = Put(parts.Plain, length, "]"u8);

        Base64Url.EncodeToUtf8(parts.Plain[..length], parts.Text, out _, out written);
        Disclosure.WriteDigest(parts.Text[..written], parts.Digests.Slice(index * Disclosure.DigestLength, Disclosure.DigestLength));

        parts.Box[0] = version;
        nonce.CopyTo(parts.Box[1..]);
        int associated = Put(parts.Associated, prefix, name);
        gcm.Encrypt(nonce, parts.Plain[..length], parts.Box.Slice(1 + NonceLength, length + TagLength), parts.Associated[..associated]);

        at = Put(output, Put(output, Put(output, at, index > 0 ? ",\""u8 : "\""u8), name), "\":\""u8);
        Base64.EncodeToUtf8(parts.Box[..(1 + NonceLength + length + TagLength)], output[at..], out _, out written);
        return Put(output, at + written, "\""u8);
    }

    private static void Draw(Entropy entropy, Span<byte> draws)
    {
        for (int at = 0; at < draws.Length; at += DrawsAtOnce * DrawLength)
        {
            entropy.Fill(draws[at..Math.Min(draws.Length, at + (DrawsAtOnce * DrawLength))]);
        }
    }

    private static int WritePrefix(Span<byte> associated, byte version, Guid eventId, string stream)
    {
        int length = Put(associated, 0, version == OfWorker ? "ledger-seal/v1\n"u8 : "ledger-seal/v2\n"u8);
        length += Encoding.UTF8.GetBytes(stream, associated[length..]);
        length = Put(associated, length, "\n"u8);
        eventId.TryFormat(associated[length..], out int written, "D");
        return Put(associated, length + written, "\n"u8);
    }

    private static int Put(Span<byte> output, int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(output[at..]);
        return at + bytes.Length;
    }
}
