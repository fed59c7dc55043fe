using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;
using Ledger.Verification;

namespace Ledger.Silo.Workers.Sealing;

/// <summary>Where one member stands in the part about the person: the name without its quotes, and the value.</summary>
internal readonly record struct PersonalMember(int NameStart, int NameLength, int ValueStart, int ValueLength)
{
    /// <summary>Length of what is sealed for it.</summary>
    public int PlainLength => Disclosure.FrameLength + NameLength + ValueLength;

    /// <summary>Length of its box in base64.</summary>
    public int BoxTextLength => Base64.GetMaxEncodedToUtf8Length(1 + WorkerKey.NonceLength + PlainLength + WorkerKey.TagLength);

    /// <summary>Finds all members, and returns how many there are.</summary>
    /// <exception cref="ArgumentException">Not an object in the one form that can be given back byte for byte.</exception>
    public static int AllOf(ReadOnlySpan<byte> personal, Span<PersonalMember> members)
    {
        int count = 0;
        int next = 1;
        try
        {
            Utf8JsonReader reader = new(personal);
            reader.Read();
            bool compact = reader.TokenType == JsonTokenType.StartObject && reader.TokenStartIndex == 0;
            while (compact && reader.Read() && reader.TokenType == JsonTokenType.PropertyName && count < members.Length)
            {
                int start = (int)reader.TokenStartIndex;
                ReadOnlySpan<byte> name = reader.ValueSpan;
                reader.Read();
                int value = (int)reader.TokenStartIndex;
                reader.Skip();
                members[count] = new PersonalMember(start + 1, name.Length, value, (int)reader.BytesConsumed - value);
                compact = start == (count == 0 ? next : next + 1) && value == start + name.Length + 3
                    && Disclosure.IsName(name) && !IsThere(personal, members[..count], name);
                next = (int)reader.BytesConsumed;
                count++;
            }

            if (compact && Utf8.IsValid(personal) && reader.TokenType == JsonTokenType.EndObject && reader.TokenStartIndex == next && reader.BytesConsumed == personal.Length)
            {
                return count;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ArgumentException("Not a JSON object.", nameof(personal), e);
        }

        throw new ArgumentException(
            $"Not a JSON object of at most {SealedPersonal.MaxFields} members, without white space between them, each name once and without escapes.", nameof(personal));
    }

    private static bool IsThere(ReadOnlySpan<byte> personal, ReadOnlySpan<PersonalMember> members, ReadOnlySpan<byte> name)
    {
        foreach (PersonalMember member in members)
        {
            if (personal.Slice(member.NameStart, member.NameLength).SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }
}
