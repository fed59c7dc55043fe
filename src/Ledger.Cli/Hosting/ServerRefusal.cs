using Google.Rpc;
using Grpc.Core;
using Ledger.Cli.Languages;

namespace Ledger.Cli.Hosting;

/// <summary>What a server answered instead of what was asked: its sentence, code, field and delay, from the details of <c>google.rpc</c>.</summary>
internal sealed record ServerRefusal(StatusCode Status, string? Code, string? Field, string Message, TimeSpan? RetryAfter)
{
    public static ServerRefusal From(RpcException exception, Texts texts) =>
        exception.GetRpcStatus() is { } status
            ? From(status)
            : new ServerRefusal(exception.StatusCode, null, null, WithoutDetails(exception, texts), null);

    public static ServerRefusal From(Google.Rpc.Status status)
    {
        string? code = null, field = null, sentence = null;
        TimeSpan? delay = null;
        foreach (Google.Protobuf.WellKnownTypes.Any detail in status.Details)
        {
            if (detail.TryUnpack(out ErrorInfo info))
            {
                code = info.Reason;
            }
            else if (detail.TryUnpack(out BadRequest bad) && bad.FieldViolations.Count > 0)
            {
                field = bad.FieldViolations[0].Field;
                sentence ??= bad.FieldViolations[0].Description;
            }
            else if (detail.TryUnpack(out LocalizedMessage message))
            {
                sentence = message.Message;
            }
            else if (detail.TryUnpack(out RetryInfo retry))
            {
                delay = retry.RetryDelay?.ToTimeSpan();
            }
        }

        return new ServerRefusal((StatusCode)status.Code, code, Empty(field), Empty(sentence) ?? status.Message, delay);
    }

    /// <summary>Whether the same call may succeed later.</summary>
    public bool IsTemporary => Status is StatusCode.Unavailable or StatusCode.ResourceExhausted or StatusCode.DeadlineExceeded or StatusCode.Aborted;

    public ExitCode Exit => IsTemporary ? ExitCode.Unavailable
        : Status is StatusCode.Internal or StatusCode.Unknown or StatusCode.Unimplemented or StatusCode.DataLoss ? ExitCode.Failed
        : ExitCode.Refused;

    /// <summary>The sentence with the field, the code and the delay.</summary>
    public string InWords(Texts texts)
    {
        string place = Field is null ? "" : texts.Format("refusal.field", Field);
        string code = Code is null ? "" : texts.Format("refusal.code", Code);
        string delay = RetryAfter is { } after ? texts.Format("refusal.retry", Math.Max(1, Math.Ceiling(after.TotalSeconds))) : "";
        return Message + place + code + delay;
    }

    public CommandFailure ToFailure(Texts texts) =>
        new(Exit, InWords(texts)) { Code = Code, Field = Field, RetryAfter = RetryAfter };

    private static string WithoutDetails(RpcException exception, Texts texts) => exception.StatusCode switch
    {
        StatusCode.Unavailable => texts["failure.unreachable"],
        StatusCode.DeadlineExceeded => texts["failure.deadline"],
        StatusCode.Internal when exception.InnerException is HttpRequestException => texts["failure.unreachable"],
        _ => texts.Format("failure.server", exception.StatusCode, exception.Status.Detail),
    };

    private static string? Empty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
