using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Ledger.Contracts.Decisions;

/// <summary>
/// Event <c>decision-recorded.v2</c>: a decision about one worker. What can be said of it once is never said differently: a repeat with the
/// same content yields the same bytes. Stored, its personal part is sealed (docs/formats/sealed-event.md); in <c>decision-recorded.v1</c>, which is
/// read but not written any more, it was in the clear.
/// </summary>
/// <param name="DecisionId">The producer's id.</param>
/// <param name="Organisation">Organisation id.</param>
/// <param name="Worker">Pseudonym of the worker: 32 hexadecimal digits.</param>
/// <param name="Reviewer">Pseudonym of the human reviewer, if there was one.</param>
/// <param name="Act">What describes the act.</param>
/// <param name="Personal">What says something about the person; not there once the record is erased.</param>
public sealed record DecisionRecorded(
    Guid DecisionId, string Organisation, string Worker, string? Reviewer, DecisionAct Act, PersonalContent? Personal)
{
    /// <summary>Name of the stored event type.</summary>
    public const string Type = "decision-recorded.v2";

    /// <summary>Name of the type before personal parts were sealed.</summary>
    public const string TypeInTheClear = "decision-recorded.v1";

    /// <summary>Whether an event of this type is a decision.</summary>
    public static bool IsTypeOf(string type) => type is Type or TypeInTheClear;
}

/// <summary>The part of a stored decision that is never sealed.</summary>
/// <param name="Act">What describes the act.</param>
public sealed record RecordedAct(DecisionAct Act);

/// <summary>The act: what, by what, how far automated, when, how told, on what ground, from what.</summary>
public sealed record DecisionAct(
    string? BargainingUnit,
    string? WorkSite,
    string? JobClass,
    Category Category,
    string Kind,
    bool Adverse,
    AiSystemUse System,
    Automation Automation,
    DecisionTimes Times,
    Notice? Notice,
    Ground? Ground,
    Lineage? Lineage);

/// <summary>The domain of working life that is decided about; see the same names in <c>decision.proto</c>.</summary>
public enum Category { Monitoring = 1, Scheduling, TaskAllocation, TargetSetting, Evaluation, Pay, Recruitment, Promotion, Training, Discipline, Termination, Access }

/// <summary>The AI system, as it was used.</summary>
public sealed record AiSystemUse(string SystemId, string Version, string Purpose, string? RunId, ModelKind? ModelKind);

/// <summary>Kind of model.</summary>
public enum ModelKind { Rules = 1, Predictive, Optimisation, Generative, OtherModel }

/// <summary>How far automated (level 0 to 4), who decided in the end, and the human review.</summary>
public sealed record Automation(int Level, string? FinalDecisionMakerRole, HumanReview? Review);

/// <summary>What a human did; who it was stands in <see cref="DecisionRecorded.Reviewer"/>.</summary>
public sealed record HumanReview(DateTimeOffset? OpenedAt, DateTimeOffset DecidedAt, bool Changed);

/// <summary>When things happened, UTC, with the work site's IANA time zone.</summary>
public sealed record DecisionTimes(
    DateTimeOffset? ObservedAt,
    DateTimeOffset DecidedAt,
    DateTimeOffset? EffectiveAt,
    DateTimeOffset? CommunicatedAt,
    DateTimeOffset? ShiftStart,
    DateTimeOffset? ShiftEnd,
    string TimeZone);

/// <summary>How the worker was told.</summary>
public sealed record Notice(DateTimeOffset GivenAt, NoticeChannel Channel, string? Language);

/// <summary>Channel of a notice.</summary>
public enum NoticeChannel { Paper = 1, Email, Application, TextMessage, Telephone, InPerson, Posted }

/// <summary>On what ground.</summary>
public sealed record Ground(string? LegalBasis, string? AgreementClause, string? AssessmentReference, string? RetentionClass);

/// <summary>From what.</summary>
public sealed record Lineage(IReadOnlyList<Guid>? InputDecisionIds, IReadOnlyList<Evidence>? Evidence);

/// <summary>Evidence kept elsewhere; the hash is SHA-256 in hexadecimal.</summary>
public sealed record Evidence(string Reference, string? Sha256);

/// <summary>What a decision says about the person.</summary>
public sealed record PersonalContent(
    Outcome Outcome,
    Outcome? Recommendation,
    Quantity? Score,
    double? Confidence,
    IReadOnlyList<Factor>? Factors,
    IReadOnlyList<Parameter>? Parameters,
    IReadOnlyList<LocalizedText>? Reasons,
    IReadOnlyList<DataUse>? DataUsed,
    IReadOnlyList<WorkMeasure>? Measures,
    string? ReviewReason);

/// <summary>A structured outcome.</summary>
public sealed record Outcome(string Code, Value? Amount, Value? Before, Value? After);

/// <summary>A value: exactly one member is set.</summary>
public sealed record Value(Quantity? Quantity, Money? Money, string? Text, DateTimeOffset? Instant, bool? Flag);

/// <summary>A number with its UCUM unit.</summary>
public sealed record Quantity(double Number, string Unit);

/// <summary>Money in minor units of an ISO 4217 currency.</summary>
public sealed record Money(string CurrencyCode, long MinorUnits);

/// <summary>A principal factor; weight from 0 to 1.</summary>
public sealed record Factor(string Name, Value? Value, FactorDirection? Direction, double? Weight, Quantity? Threshold);

/// <summary>Which way a factor pushed.</summary>
public enum FactorDirection { Towards = 1, Against }

/// <summary>A parameter the system ran with.</summary>
public sealed record Parameter(string Name, Value Value);

/// <summary>Words in one language (BCP 47).</summary>
public sealed record LocalizedText(string Language, string Text);

/// <summary>Personal data of one category used for a decision.</summary>
public sealed record DataUse(
    DataCategory Category, string Source, DateTimeOffset? CollectedFrom, DateTimeOffset? CollectedTo, ShiftRelation? Shift, string? Purpose);

/// <summary>Categories of personal data that can be recorded; the prohibited ones exist only in the contract.</summary>
public enum DataCategory { Location = 1, Keystrokes, Screen, Audio, Video, Biometric, Health, Productivity, Communications, CustomerRating, Schedule, HrFile, SocialMedia, ApplicationFile, Demographic, OtherData }

/// <summary>On or off shift.</summary>
public enum ShiftRelation { OnShift = 1, OffShift, OnAndOffShift }

/// <summary>Pace, targets, breaks and rest. Seconds are decimal: a binary fraction would not give a long duration back as it came.</summary>
public sealed record WorkMeasure(
    string? TaskType,
    Quantity? Quantity,
    decimal? DurationSeconds,
    Quantity? TargetBefore,
    Quantity? TargetAfter,
    decimal? BreakEntitledSeconds,
    decimal? BreakTakenSeconds,
    DateTimeOffset? SchedulePublishedAt,
    decimal? RestSeconds);

/// <summary>The stored JSON form of events: camel case, enums in snake case, nothing written that is not set.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters =
    [
        typeof(SnakeCaseEnum<Category>), typeof(SnakeCaseEnum<ModelKind>), typeof(SnakeCaseEnum<NoticeChannel>),
        typeof(SnakeCaseEnum<FactorDirection>), typeof(SnakeCaseEnum<DataCategory>), typeof(SnakeCaseEnum<ShiftRelation>),
    ])]
[JsonSerializable(typeof(DecisionRecorded))]
[JsonSerializable(typeof(RecordedAct))]
[JsonSerializable(typeof(DecisionAct))]
[JsonSerializable(typeof(PersonalContent))]
public sealed partial class DecisionJson : JsonSerializerContext
{
    // Letters of all languages as they are, no escapes meant for HTML.
    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Writer)? scratch;

    /// <summary>The bytes of an event whose personal part is in the clear.</summary>
    public static byte[] Bytes(DecisionRecorded recorded) => Bytes(recorded, Default.DecisionRecorded);

    /// <summary>The stored bytes of an event's part about the act.</summary>
    public static byte[] Bytes(DecisionAct act) => Bytes(act, Default.DecisionAct);

    /// <summary>The stored bytes of an event's part about the person.</summary>
    public static byte[] Bytes(PersonalContent personal) => Bytes(personal, Default.PersonalContent);

    // The serializer takes the generated code only for options without an encoder, and is three times as slow without it.
    private static byte[] Bytes<T>(T value, JsonTypeInfo<T> form)
    {
        (ArrayBufferWriter<byte> buffer, Utf8JsonWriter writer) = scratch ??= NewScratch();
        buffer.ResetWrittenCount();
        writer.Reset();
        form.SerializeHandler!(writer, value);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static (ArrayBufferWriter<byte>, Utf8JsonWriter) NewScratch()
    {
        ArrayBufferWriter<byte> buffer = new(4096);
        return (buffer, new Utf8JsonWriter(buffer, WriterOptions));
    }
}

/// <summary>Enums are stored by name in snake case; a name that is not known is an error, never a default.</summary>
internal sealed class SnakeCaseEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
