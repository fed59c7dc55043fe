using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ledger.Api.Decisions;
using Ledger.Api.Hosting;
using Ledger.Contracts.Decisions;
using Ledger.Verification;

namespace Ledger.Api.Transparency;

/// <summary>A line of what is recorded: a label and its words.</summary>
/// <param name="Label">Label.</param>
/// <param name="Words">Words.</param>
/// <param name="IsWithheld">Whether the field is not shown.</param>
internal sealed record DossierRow(string Label, string Words, bool IsWithheld = false);

/// <summary>
/// One event of the evidence as a person reads it, made from its proven bytes alone. The dossier's script makes the same, letter for letter
/// (<c>Dossier/script/record.js</c>), and holds the page to it.
/// </summary>
internal sealed partial class DossierRecord
{
    private static readonly string[] Levels = ["HUMAN_ONLY", "MACHINE_INFORMS", "MACHINE_RECOMMENDS", "MACHINE_DECIDES_HUMAN_CAN_STOP", "MACHINE_DECIDES"];

    private readonly Words _words;
    private readonly List<DossierRow> _rows = [];
    private readonly string _zone;

    /// <exception cref="Exception">The data are not of their type; an event that the ledger recorded never throws.</exception>
    public DossierRecord(EvidenceEvent @event, Words words)
    {
        _words = words;
        if (DisclosedFields.Check(@event.Data.Span, @event.Disclosures, out DisclosedFields? fields) is not null)
        {
            throw new InvalidDataException("The disclosures are not those of the event.");
        }

        IsDecision = DecisionRecorded.IsTypeOf(@event.Type);
        JsonElement metadata = Parse(@event.Metadata);
        byte[] data = Visible(@event);
        JsonElement content = Parse(data);
        V1.Decision? decision = IsDecision ? DecisionMap.ToDecision(JsonSerializer.Deserialize(data, DecisionJson.Default.DecisionRecorded)!) : null;
        _zone = decision?.Times.TimeZone ?? "UTC";
        string when = Text(metadata, "recordedAt") is { } at && IsInstant(at) ? Zoned(at) : words["value.none"];
        Kind = words.Find($"kind.{@event.Type}") ?? words["kind.other"];
        IsAdverse = decision is { Adverse: true };
        Sentence = decision is not null ? new DecisionInWords(words).Sentence(decision) : EventSentence(@event.Type, content, when);
        AddRows(content, [], "", "");
        Withheld = [.. fields!.Withheld.Select(name => Label("personal", name))];
        _rows.AddRange(Withheld.Select(label => new DossierRow(label, words["record.withheld"], IsWithheld: true)));
        _rows.Add(new DossierRow(words["record.recordedAt"], when));
        _rows.Add(new DossierRow(words["record.actor"], Text(metadata, "actor") ?? ""));
        _rows.Add(new DossierRow(words["record.event"], $"{@event.Type} {@event.Id:D}"));
        Proof = words.Format("record.proof", @event.Proof.Index.ToString(CultureInfo.InvariantCulture), Convert.ToHexStringLower(@event.Leaf.ToArray()));
    }

    /// <summary>What sort of event it is.</summary>
    public string Kind { get; }

    /// <summary>Whether it is a decision.</summary>
    public bool IsDecision { get; }

    /// <summary>What happened.</summary>
    public string Sentence { get; }

    /// <summary>Whether it is a decision to the worker's disadvantage.</summary>
    public bool IsAdverse { get; }

    /// <summary>Labels of the sealed fields that are not shown.</summary>
    public IReadOnlyList<string> Withheld { get; }

    /// <summary>Everything recorded.</summary>
    public IReadOnlyList<DossierRow> Rows => _rows;

    /// <summary>Where it stands in the log.</summary>
    public string Proof { get; }

    private static JsonElement Parse(ReadOnlyMemory<byte> json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    // The data as they were recorded, with what is shown of the sealed part in its place.
    private static byte[] Visible(EvidenceEvent @event)
    {
        if (SealedPersonal.Find(@event.Data.Span, out SealedPersonal? personal) != SealedForm.Sealed)
        {
            return @event.Data.ToArray();
        }

        List<byte> visible = [.. @event.Data.Span[..personal!.ClearLength]];
        if (@event.Disclosures.Count > 0)
        {
            visible.AddRange(personal.ClearLength > 1 ? ",\"personal\":{"u8 : "\"personal\":{"u8);
            foreach (Disclosure shown in @event.Disclosures)
            {
                visible.AddRange(Encoding.UTF8.GetBytes($"\"{shown.Name}\":"));
                visible.AddRange(shown.Value.Span);
                visible.Add((byte)',');
            }

            visible[^1] = (byte)'}';
        }

        visible.Add((byte)'}');
        return [.. visible];
    }

    private string EventSentence(string type, JsonElement content, string when)
    {
        string key = $"event.{type}";
        string role = Text(content, "role") is { } said ? _words.Find($"role.{said}") ?? said : _words["value.none"];
        string until = Text(content, "expiresAt") is { } end && IsInstant(end) ? Zoned(end) : "";
        return _words.Format(_words.Find(key) is null ? "event.other" : key, when, role, type, until);
    }

    private void AddRows(JsonElement value, string[] labels, string parent, string name)
    {
        if (value.ValueKind == JsonValueKind.Array)
        {
            int number = 0;
            foreach (JsonElement item in value.EnumerateArray())
            {
                AddRows(item, [.. labels[..^1], string.Create(CultureInfo.InvariantCulture, $"{labels[^1]} {++number}")], parent, name);
            }
        }
        else if (value.ValueKind != JsonValueKind.Object)
        {
            _rows.Add(new DossierRow(string.Join(" – ", labels), Scalar(value, parent, name)));
        }
        else if (Compact(value) is { } compact)
        {
            _rows.Add(new DossierRow(string.Join(" – ", labels), compact));
        }
        else
        {
            JsonProperty[] members = [.. value.EnumerateObject()];
            bool alone = members is [{ Name: "quantity" or "money" or "text" or "instant" or "flag" }];
            foreach (JsonProperty member in members)
            {
                string[] own = alone || member.Name is "act" or "personal" ? [] : [Label(name, member.Name)];
                AddRows(member.Value, [.. labels, .. own], name, member.Name);
            }
        }
    }

    // A number with its unit and an amount of money are one thing to a reader.
    private string? Compact(JsonElement value)
    {
        JsonProperty[] members = [.. value.EnumerateObject()];
        return members switch
        {
            [{ Name: "number", Value: { ValueKind: JsonValueKind.Number } number }, { Name: "unit", Value: { ValueKind: JsonValueKind.String } unit }] =>
                ValuesInWords.Of(new V1.Quantity { Number = number.GetDouble(), Unit = unit.GetString() }, _words),
            [{ Name: "currencyCode", Value: { ValueKind: JsonValueKind.String } code }, { Name: "minorUnits", Value: { ValueKind: JsonValueKind.Number } minor }]
                when minor.TryGetInt64(out long units) => ValuesInWords.Of(new V1.Money { CurrencyCode = code.GetString(), MinorUnits = units }, _words),
            _ => null,
        };
    }

    private string Scalar(JsonElement value, string parent, string name)
    {
        if (value.ValueKind == JsonValueKind.Number)
        {
            return string.Equals(name, "level", StringComparison.Ordinal) && value.TryGetInt32(out int level) && level >= 0 && level < Levels.Length
                ? _words[$"level.{Levels[level]}"]
                : value.GetRawText().Replace(".", _words.Culture.NumberFormat.NumberDecimalSeparator, StringComparison.Ordinal);
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            return _words[value.ValueKind switch { JsonValueKind.True => "value.yes", JsonValueKind.False => "value.no", _ => "value.none" }];
        }

        string text = value.GetString()!;
        return IsInstant(text) ? $"{Zoned(text)} [{text}]" : OfClosedSet(parent, name, text) is { } known ? $"{known} [{text}]" : text;
    }

    private string? OfClosedSet(string parent, string name, string text) => $"{parent}.{name}" switch
    {
        "act.category" => _words.Find($"category.{text.ToUpperInvariant()}"),
        "dataUsed.category" => _words.Find($"data.{text.ToUpperInvariant()}"),
        "dataUsed.shift" => _words.Find($"shift.{text.ToUpperInvariant()}"),
        "system.modelKind" => _words.Find($"model.{text.ToUpperInvariant()}"),
        "notice.channel" => _words.Find($"channel.{text.ToUpperInvariant()}"),
        "factors.direction" => _words.Find($"factor.{text}"),
        _ => string.Equals(name, "code", StringComparison.Ordinal) ? _words.Find($"outcome.{text}") : null,
    };

    private string Label(string parent, string name) => _words.Find($"label.{parent}.{name}") ?? _words.Find($"label.{name}") ?? name;

    private string Zoned(string instant) => _words.Instant(DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture), _zone);

    private static bool IsInstant(string text) => Instant().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out _);

    private static string? Text(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out JsonElement member) && member.ValueKind == JsonValueKind.String
        ? member.GetString() : null;

    [GeneratedRegex(@"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,7})?(Z|[+-][0-9]{2}:[0-9]{2})\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Instant();
}
