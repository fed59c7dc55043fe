using System.Globalization;
using System.Resources;
using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using Ledger.Contracts;
using Status = Google.Rpc.Status;

namespace Ledger.Api.Hosting;

/// <summary>The one place where refusals become what a caller sees: a gRPC status with details, or problem+json (RFC 9457).</summary>
internal static class RefusalStatus
{
    /// <summary>Domain of the error codes (google.rpc.ErrorInfo).</summary>
    public const string Domain = "ledger";

    private static readonly ResourceManager Sentences = new("Ledger.Api.Hosting.Refusals", typeof(RefusalStatus).Assembly);

    public static Status ToStatus(IReadOnlyList<Refusal> refusals, CultureInfo language)
    {
        Refusal first = refusals[0];
        string sentence = Sentence(first, language);
        Status status = new() { Code = (int)StatusOf(first.Code), Message = sentence };
        ErrorInfo info = new() { Domain = Domain, Reason = ReasonOf(first.Code) };
        if (first.Field.Length > 0)
        {
            info.Metadata["field"] = first.Field;
        }

        status.Details.Add(Any.Pack(info));
        if (refusals.Any(r => r.Field.Length > 0))
        {
            BadRequest bad = new();
            bad.FieldViolations.AddRange(refusals.Where(r => r.Field.Length > 0).Select(r => new BadRequest.Types.FieldViolation
            {
                Field = r.Field,
                Description = Sentence(r, language),
                Reason = ReasonOf(r.Code),
                LocalizedMessage = new LocalizedMessage { Locale = language.Name, Message = Sentence(r, language) },
            }));
            status.Details.Add(Any.Pack(bad));
        }

        status.Details.Add(Any.Pack(new LocalizedMessage { Locale = language.Name, Message = sentence }));
        if (first.RetryAfter is { } delay)
        {
            status.Details.Add(Any.Pack(new RetryInfo { RetryDelay = Duration.FromTimeSpan(delay) }));
        }

        return status;
    }

    public static JsonObject ToProblem(IReadOnlyList<Refusal> refusals, CultureInfo language)
    {
        Refusal first = refusals[0];
        JsonObject problem = new()
        {
            ["type"] = $"urn:ledger:refusal:{ReasonOf(first.Code).ToLowerInvariant().Replace('_', '-')}",
            ["title"] = Sentence(first, language),
            ["status"] = HttpStatusOf(first.Code),
            ["code"] = ReasonOf(first.Code),
            ["violations"] = new JsonArray([.. refusals.Where(r => r.Field.Length > 0).Select(r => new JsonObject
            {
                ["field"] = r.Field, ["code"] = ReasonOf(r.Code), ["message"] = Sentence(r, language),
            })]),
        };
        if (first.RetryAfter is { } delay)
        {
            problem["retryAfterSeconds"] = Math.Ceiling(delay.TotalSeconds);
        }

        return problem;
    }

    /// <summary>Whether the same request would be refused again, however often it is sent.</summary>
    public static bool IsForGood(RefusalCode code) => StatusOf(code) is StatusCode.InvalidArgument or StatusCode.AlreadyExists or StatusCode.FailedPrecondition;

    public static int HttpStatusOf(RefusalCode code) => StatusOf(code) switch
    {
        StatusCode.InvalidArgument => 400,
        StatusCode.Unauthenticated => 401,
        StatusCode.PermissionDenied => 403,
        StatusCode.NotFound => 404,
        StatusCode.AlreadyExists or StatusCode.FailedPrecondition => 409,
        StatusCode.ResourceExhausted => 429,
        StatusCode.DeadlineExceeded => 504,
        StatusCode.Unavailable => 503,
        _ => 500,
    };

    private static StatusCode StatusOf(RefusalCode code) => code switch
    {
        RefusalCode.AlreadyRecordedDifferently or RefusalCode.MandateIdTaken or RefusalCode.FormEntered => StatusCode.AlreadyExists,
        RefusalCode.Unauthenticated => StatusCode.Unauthenticated,
        RefusalCode.NotPermitted => StatusCode.PermissionDenied,
        RefusalCode.NotFound or RefusalCode.UnknownOrganisation => StatusCode.NotFound,
        RefusalCode.Overloaded or RefusalCode.StoreFull or RefusalCode.TooManyCalls => StatusCode.ResourceExhausted,
        RefusalCode.StoreUnavailable or RefusalCode.ServiceUnavailable or RefusalCode.LogBehind or RefusalCode.NotPublishedYet => StatusCode.Unavailable,
        RefusalCode.DeadlineExceeded => StatusCode.DeadlineExceeded,
        RefusalCode.Internal => StatusCode.Internal,
        RefusalCode.NotInLog or RefusalCode.SealBroken => StatusCode.DataLoss,
        RefusalCode.Erased or RefusalCode.OnHold or RefusalCode.SamePerson or RefusalCode.AnotherStands
            or RefusalCode.EntersForSelf => StatusCode.FailedPrecondition,
        _ => StatusCode.InvalidArgument,
    };

    /// <summary>The code in the form of google.rpc.ErrorInfo: <c>IN_THE_FUTURE</c>.</summary>
    public static string ReasonOf(RefusalCode code) =>
        string.Concat(code.ToString().Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : char.ToUpperInvariant(c).ToString()));

    private static string Sentence(Refusal refusal, CultureInfo language)
    {
        string template = Sentences.GetString(refusal.Code.ToString(), language)
            ?? throw new InvalidOperationException($"Refusals.resx has no sentence for {refusal.Code}.");
        string subject = refusal.Field.Length > 0 ? refusal.Field : Sentences.GetString("WholeRequest", language)!;
        // Why a token does not hold is a code of a closed set, and has words of its own.
        IEnumerable<string> said = refusal.Code == RefusalCode.Unauthenticated
            ? (refusal.Arguments ?? []).Select(fault => Sentences.GetString($"Token{fault}", language) ?? fault)
            : refusal.Arguments ?? [];
        object?[] arguments = [subject, .. said, "", ""];
        return string.Format(language, template, arguments);
    }
}
