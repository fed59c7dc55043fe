using System.Globalization;
using System.Text.Json;
using Google.Rpc;
using Grpc.Core;

namespace Ledger.Scenarios.Requests;

/// <summary>How a request was answered, and whether that was a clear refusal.</summary>
internal sealed record Answer(string Outcome, string? Complaint)
{
    public static async Task<Answer> OfAsync(HttpRequestMessage request, HttpResponseMessage response)
    {
        byte[] body = await response.Content.ReadAsByteArrayAsync();
        int http = (int)response.StatusCode;
        return Header(response, "grpc-status") is { } status
            ? OfGrpc(int.Parse(status, CultureInfo.InvariantCulture), response, request)
            : http >= 500 ? new Answer($"HTTP {http}", $"HTTP {http}")
            : IsJsonForm(request) && http >= 400 ? OfProblem(http, response, body)
            : request.Version.Major == 2 && http == 200 ? new Answer("no status", "an answer without grpc-status")
            : new Answer($"HTTP {http}", null);
    }

    private static Answer OfGrpc(int code, HttpResponseMessage response, HttpRequestMessage request)
    {
        string outcome = ((StatusCode)code).ToString();
        if ((StatusCode)code is StatusCode.OK or StatusCode.Unimplemented)
        {
            // UNIMPLEMENTED is the protocol's own answer to an unknown method or encoding.
            return new Answer(outcome, null);
        }

        if ((StatusCode)code is StatusCode.DeadlineExceeded && request.Headers.Contains("grpc-timeout"))
        {
            return new Answer(outcome, null);
        }

        if ((StatusCode)code is not (StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.AlreadyExists or StatusCode.ResourceExhausted
            or StatusCode.PermissionDenied or StatusCode.FailedPrecondition or StatusCode.Unauthenticated))
        {
            return new Answer(outcome, $"status {outcome}: {Header(response, "grpc-message")}");
        }

        string? details = Header(response, "grpc-status-details-bin");
        if (details is null)
        {
            return new Answer(outcome, $"{outcome} without details: {Header(response, "grpc-message")}");
        }

        Google.Rpc.Status status = Google.Rpc.Status.Parser.ParseFrom(Convert.FromBase64String(details.PadRight((details.Length + 3) / 4 * 4, '=')));
        ErrorInfo? info = status.GetDetail<ErrorInfo>();
        return new Answer(
            $"{outcome} {info?.Reason}",
            info is null || info.Reason.Length == 0 || status.Code != code || status.GetDetail<LocalizedMessage>() is null ? $"unclear details: {status}" : null);
    }

    private static Answer OfProblem(int http, HttpResponseMessage response, byte[] body)
    {
        string outcome = $"HTTP {http}";
        if (body.Length == 0 && response.Headers.ConnectionClose == true)
        {
            // The server could not make out a request at all: an address with a zero byte or of a hundred thousand characters.
            return new Answer($"{outcome}, hung up", null);
        }

        if (response.Content.Headers.ContentType?.MediaType is not "application/problem+json")
        {
            return new Answer(outcome, $"HTTP {http} is not problem+json");
        }

        using JsonDocument problem = JsonDocument.Parse(body);
        return problem.RootElement.TryGetProperty("code", out JsonElement code) && problem.RootElement.TryGetProperty("title", out _)
            ? new Answer($"{outcome} {code}", null)
            : new Answer(outcome, $"HTTP {http} without code");
    }

    private static bool IsJsonForm(HttpRequestMessage request) =>
        request.Version.Major == 1 && request.RequestUri!.AbsolutePath.StartsWith("/v1/", StringComparison.Ordinal);

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out IEnumerable<string>? values) || response.TrailingHeaders.TryGetValues(name, out values) ? values.First() : null;
}
