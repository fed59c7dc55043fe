using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Ledger.Verification;

/// <summary>Whether the data of an event have a sealed part about the person.</summary>
public enum SealedForm
{
    /// <summary>None: whatever the data say, they say it in the clear.</summary>
    None,

    /// <summary>One, in its form.</summary>
    Sealed,

    /// <summary>Something that wants to be one and is not.</summary>
    Malformed,
}

/// <summary>The sealed part about the person in the data of an event. See <c>docs/formats/sealed-event.md</c>.</summary>
/// <remarks>
/// <code>
/// {…members in the clear…,"personal":{"_sd":["&lt;digest&gt;",…],"sealed":{"&lt;field&gt;":"&lt;base64 box&gt;",…}}}
/// </code>
/// As many digests as fields, the digests in the order of their characters, no white space from <c>"personal"</c> on, nothing after it.
/// </remarks>
public sealed class SealedPersonal
{
    /// <summary>Most fields of one event.</summary>
    public const int MaxFields = 256;

    private readonly List<Range> _digests = [];
    private readonly List<SealedField> _fields = [];

    private SealedPersonal(int clearLength) => ClearLength = clearLength;

    /// <summary>Length of the members in the clear, with the opening brace: these bytes and a closing brace are the data without the person.</summary>
    public int ClearLength { get; }

    /// <summary>Where each digest stands in the data, without its quotes.</summary>
    public IReadOnlyList<Range> Digests => _digests;

    /// <summary>The fields, in the order in which they were recorded.</summary>
    public IReadOnlyList<SealedField> Fields => _fields;

    /// <summary>Looks for the sealed part.</summary>
    /// <param name="data">The data of an event as stored.</param>
    /// <param name="personal">The sealed part; null unless the answer is <see cref="SealedForm.Sealed"/>.</param>
    public static SealedForm Find(ReadOnlySpan<byte> data, out SealedPersonal? personal)
    {
        personal = null;
        int at = NameOfSealedMember(data, out bool alone);
        return at < 0 ? SealedForm.None : alone && TryParse(data, at, out personal) ? SealedForm.Sealed : SealedForm.Malformed;
    }

    /// <summary>Whether a digest stands among those of the event.</summary>
    /// <param name="data">The data that this was found in.</param>
    /// <param name="digest">The digest, base64url.</param>
    public bool Commits(ReadOnlySpan<byte> data, ReadOnlySpan<byte> digest)
    {
        foreach (Range each in _digests)
        {
            if (data[each].SequenceEqual(digest))
            {
                return true;
            }
        }

        return false;
    }

    // Where the quote of the name "personal" stands whose value is sealed; negative when there is none.
    private static int NameOfSealedMember(ReadOnlySpan<byte> data, out bool alone)
    {
        int found = -1;
        int members = 0;
        try
        {
            Utf8JsonReader reader = new(data);
            if (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    bool personal = reader.ValueTextEquals("personal"u8);
                    int at = (int)reader.TokenStartIndex;
                    reader.Read();
                    members += personal ? 1 : 0;
                    found = personal && reader.TokenType == JsonTokenType.StartObject && HasSealedMember(reader) ? at : found;
                    reader.Skip();
                }

                // Anything but white space after the object throws.
                reader.Read();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            members = 0;
        }

        // JSON readers differ in which of two members of one name they take (RFC 8259 §4).
        alone = members == 1;
        return found;
    }

    private static bool HasSealedMember(Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("_sd"u8) || reader.ValueTextEquals("sealed"u8))
            {
                return true;
            }

            reader.Read();
            reader.Skip();
        }

        return false;
    }

    private static bool TryParse(ReadOnlySpan<byte> data, int at, [NotNullWhen(true)] out SealedPersonal? personal)
    {
        personal = null;
        bool first = at == 1;
        if (!first && data[at - 1] != ',')
        {
            return false;
        }

        SealedPersonal parsed = new(first ? 1 : at - 1);
        int next = at;
        if (!TryTake(data, ref next, "\"personal\":{\"_sd\":["u8) || !parsed.TryTakeDigests(data, ref next)
            || !TryTake(data, ref next, "],\"sealed\":{"u8) || !parsed.TryTakeFields(data, ref next)
            || !TryTake(data, ref next, "}}}"u8) || next != data.Length || parsed._fields.Count != parsed._digests.Count)
        {
            return false;
        }

        personal = parsed;
        return true;
    }

    private bool TryTakeDigests(ReadOnlySpan<byte> data, ref int next)
    {
        for (bool more = data[next] == '"'; more; more = TryTake(data, ref next, ","u8))
        {
            int start = next + 1;
            int end = start + Disclosure.DigestLength;
            if (end >= data.Length || data[next] != '"' || data[end] != '"' || _digests.Count == MaxFields
                || !Disclosure.IsCanonical(data[start..end], 32)
                || (_digests.Count > 0 && data[_digests[^1]].SequenceCompareTo(data[start..end]) >= 0))
            {
                return false;
            }

            _digests.Add(start..end);
            next = end + 1;
        }

        return true;
    }

    private bool TryTakeFields(ReadOnlySpan<byte> data, ref int next)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        for (bool more = data[next] == '"'; more; more = TryTake(data, ref next, ","u8))
        {
            if (!TryTakeText(data, ref next, out Range name) || !Disclosure.IsName(data[name])
                || !TryTake(data, ref next, ":"u8) || !TryTakeText(data, ref next, out Range box)
                || !names.Add(Encoding.UTF8.GetString(data[name])) || _fields.Count == MaxFields)
            {
                return false;
            }

            _fields.Add(new SealedField(Encoding.UTF8.GetString(data[name]), name, box));
        }

        return true;
    }

    private static bool TryTakeText(ReadOnlySpan<byte> data, ref int next, out Range text)
    {
        text = default;
        int length = next < data.Length && data[next] == '"' ? data[(next + 1)..].IndexOf((byte)'"') : -1;
        if (length < 0)
        {
            return false;
        }

        text = (next + 1)..(next + 1 + length);
        next += length + 2;
        return true;
    }

    private static bool TryTake(ReadOnlySpan<byte> data, ref int next, ReadOnlySpan<byte> bytes)
    {
        bool there = data[next..].StartsWith(bytes);
        next += there ? bytes.Length : 0;
        return there;
    }
}

/// <summary>One field of the sealed part.</summary>
/// <param name="Name">Its name.</param>
/// <param name="NameRange">Where the name stands in the data, without its quotes.</param>
/// <param name="BoxRange">Where its box stands in the data, base64, without its quotes. Only who has the worker's key can open it.</param>
public sealed record SealedField(string Name, Range NameRange, Range BoxRange);
