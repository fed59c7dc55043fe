using System.Globalization;
using System.Text.Json;

namespace Ledger.Silo.Workers.Sealing;

/// <summary>What one retention key is for: the decisions of one class that were recorded in one month.</summary>
/// <param name="Class">Retention class: what the producer named, else the decision's category.</param>
/// <param name="Month">Month of recording, UTC: <c>yyyy-MM</c>.</param>
internal readonly record struct RetentionPeriod(string Class, string Month)
{
    /// <summary>Who holds the period's retention key. A class may be in any words: escaped (RFC 3986 §2.1) it has neither slash nor line end.</summary>
    public string Holder => $"retention/{Uri.EscapeDataString(Class)}/{Month}";

    /// <summary>Who holds one worker's share of the period, kept while a hold stands.</summary>
    public string HolderOfShare(string worker) => $"{worker}/{Uri.EscapeDataString(Class)}/{Month}";

    /// <summary>The period of a decision.</summary>
    /// <param name="data">Its data: the part in the clear is enough.</param>
    /// <param name="recordedAt">When the ledger took it.</param>
    /// <exception cref="InvalidDataException">The data are not of a decision.</exception>
    public static RetentionPeriod Of(ReadOnlySpan<byte> data, DateTimeOffset recordedAt) => new(ClassOf(data), MonthOf(recordedAt));

    public static string MonthOf(DateTimeOffset recordedAt)
    {
        DateTime utc = recordedAt.UtcDateTime;
        return string.Create(CultureInfo.InvariantCulture, $"{utc.Year:D4}-{utc.Month:D2}");
    }

    /// <summary>The first instant after the month, UTC.</summary>
    public DateTimeOffset End() =>
        DateTimeOffset.ParseExact(Month, "yyyy-MM", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).AddMonths(1);

    private static string ClassOf(ReadOnlySpan<byte> data) => Named(data) ?? NamedOrCategory(data);

    // Within a text its quotes would be escaped: where this stands it is a member, and only the ground has one of this name.
    private static string? Named(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> member = "\"retentionClass\":\""u8;
        int at = data.IndexOf(member);
        if (at < 0)
        {
            return null;
        }

        Utf8JsonReader value = new(data[(at + member.Length - 1)..], isFinalBlock: false, default);
        try
        {
            return value.Read() ? value.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    // Read by hand: a whole act would cost ten times as much, for two members of it.
    private static string NamedOrCategory(ReadOnlySpan<byte> data)
    {
        string? category = null;
        string? named = null;
        Utf8JsonReader reader = new(data);
        try
        {
            if (Into(ref reader) && Seek(ref reader, "act"u8) && reader.TokenType == JsonTokenType.StartObject)
            {
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    bool isCategory = reader.ValueTextEquals("category"u8);
                    bool isGround = reader.ValueTextEquals("ground"u8);
                    reader.Read();
                    if (isCategory)
                    {
                        category = reader.GetString();
                    }
                    else if (isGround && reader.TokenType == JsonTokenType.StartObject)
                    {
                        Utf8JsonReader ground = reader;
                        named = Seek(ref ground, "retentionClass"u8) ? ground.GetString() : null;
                    }

                    reader.Skip();
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            category = null;
        }

        return named ?? category ?? throw new InvalidDataException("An event of a decision has no category.");
    }

    private static bool Into(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.StartObject;

    // To the value of a member of the object that the reader is in.
    private static bool Seek(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool found = reader.ValueTextEquals(name);
            reader.Read();
            if (found)
            {
                return true;
            }

            reader.Skip();
        }

        return false;
    }
}
