using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ledger.Contracts;
using Microsoft.AspNetCore.Http;

namespace Ledger.Api.Hosting;

/// <summary>
/// Answers of the JSON form that are not a success become problem+json (RFC 9457), and a gRPC message that could not be read becomes
/// INVALID_ARGUMENT: the framework would say UNKNOWN or INTERNAL, as if it were our fault.
/// </summary>
internal sealed class ProblemMiddleware(RequestDelegate next)
{
    // People read these in a terminal; no browser takes problem+json for a page.
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal))
        {
            await AnswerJsonAsync(context);
        }
        else
        {
            await next(context);
            MendGrpc(context);
        }
    }

    // Our handlers' own ends are marked; an end without a mark comes from the framework, which could not read the message.
    private static void MendGrpc(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        Refusal? refusal = (string?)headers["grpc-status"] switch
        {
            "2" or "13" => RefusalInterceptor.Unreadable("protobuf"),
            "8" => RefusalInterceptor.TooLong,
            _ => null,
        };
        if (refusal is not null && !context.Response.HasStarted && !context.Items.ContainsKey(RefusalInterceptor.RefusalsKey))
        {
            Google.Rpc.Status status = RefusalStatus.ToStatus([refusal], CallerLanguage.Of(context));
            headers["grpc-status"] = "3";
            headers["grpc-message"] = Uri.EscapeDataString(status.Message);
            headers["grpc-status-details-bin"] = Convert.ToBase64String(Google.Protobuf.MessageExtensions.ToByteArray(status)).TrimEnd('=');
        }
    }

    private async Task AnswerJsonAsync(HttpContext context)
    {
        Stream body = context.Response.Body;
        ErrorDroppingStream filtered = new(context.Response, body);
        context.Response.Body = filtered;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = body;
        }

        if (context.Response.StatusCode < 400 || context.Response.HasStarted)
        {
            return;
        }

        IReadOnlyList<Refusal> refusals = context.Items[RefusalInterceptor.RefusalsKey] as IReadOnlyList<Refusal> ?? [context.Response.StatusCode switch
        {
            404 or 405 => new Refusal(RefusalCode.NotFound, ""),
            413 => RefusalInterceptor.TooLong,
            _ => RefusalInterceptor.Unreadable(filtered.Message ?? "JSON"),
        }];
        await WriteAsync(context, refusals, context.Response.StatusCode is 405 or 413 or 415 ? context.Response.StatusCode : null);
    }

    public static async Task WriteAsync(HttpContext context, IReadOnlyList<Refusal> refusals, int? status = null)
    {
        JsonObject problem = RefusalStatus.ToProblem(refusals, CallerLanguage.Of(context));
        if (status is { } kept)
        {
            problem["status"] = kept;
        }

        context.Response.StatusCode = problem["status"]!.GetValue<int>();
        context.Response.ContentType = "application/problem+json";
        context.Response.ContentLength = null;
        context.Response.Headers.ContentLanguage = CallerLanguage.Of(context).Name;
        if (refusals[0].Code == RefusalCode.Unauthenticated)
        {
            // RFC 6750 §3.
            context.Response.Headers.WWWAuthenticate = "Bearer";
        }

        if (refusals[0].RetryAfter is { } delay)
        {
            context.Response.Headers.RetryAfter = Math.Ceiling(delay.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        await context.Response.WriteAsync(problem.ToJsonString(Readable), context.RequestAborted);
    }
}
