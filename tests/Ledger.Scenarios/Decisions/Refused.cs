using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace Ledger.Scenarios.Decisions;

/// <summary>What a refused call said: its status, code, fields, sentence and delay.</summary>
internal sealed record Refused(StatusCode Status, string? Reason, string[] Fields, string? Sentence, string? Locale, TimeSpan? RetryAfter)
{
    /// <summary>Runs a call that must be refused.</summary>
    public static async Task<Refused> ByAsync(Func<Task> call)
    {
        RpcException refusal = (await FluentActions.Awaiting(call).Should().ThrowAsync<RpcException>()).Which;
        return Of(refusal);
    }

    public static Refused Of(RpcException refusal) => refusal.GetRpcStatus() is { } status
        ? Of(status)
        : new Refused(refusal.StatusCode, null, [], refusal.Status.Detail, null, null);

    public static Refused Of(Google.Rpc.Status status)
    {
        ErrorInfo? info = null;
        LocalizedMessage? message = null;
        RetryInfo? retry = null;
        BadRequest? bad = null;
        foreach (Any detail in status.Details)
        {
            info ??= detail.TryUnpack(out ErrorInfo i) ? i : null;
            message ??= detail.TryUnpack(out LocalizedMessage m) ? m : null;
            retry ??= detail.TryUnpack(out RetryInfo r) ? r : null;
            bad ??= detail.TryUnpack(out BadRequest b) ? b : null;
        }

        return new Refused(
            (StatusCode)status.Code, info?.Reason, [.. bad?.FieldViolations.Select(v => v.Field) ?? []], message?.Message, message?.Locale,
            retry?.RetryDelay.ToTimeSpan());
    }
}
