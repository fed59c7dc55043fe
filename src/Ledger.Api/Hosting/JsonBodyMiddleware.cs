using System.Buffers;
using Google.Protobuf.Reflection;
using Ledger.Contracts;
using Microsoft.AspNetCore.Grpc.JsonTranscoding;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Ledger.Api.Hosting;

/// <summary>Checks the parameters and the body of a call's JSON form with <see cref="JsonBody"/>; the body is read once and handed on.</summary>
internal sealed class JsonBodyMiddleware(RequestDelegate next)
{
    public async Task InvokeAsync(HttpContext context)
    {
        GrpcJsonTranscodingMetadata? method = context.GetEndpoint()?.Metadata.GetMetadata<GrpcJsonTranscodingMetadata>();
        if (method is not null && JsonBody.CheckParameters(context.Request.Query.Keys, method.MethodDescriptor.InputType) is { Count: > 0 } unknown)
        {
            Refuse(context, unknown);
            return;
        }

        if (method is null || method.HttpRule.Body.Length == 0 || !IsJson(context.Request))
        {
            await next(context);
            return;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(InitialLength(context.Request.ContentLength));
        try
        {
            int length = 0;
            for (int read; (read = await context.Request.Body.ReadAsync(buffer.AsMemory(length), context.RequestAborted)) > 0;)
            {
                length += read;
                if (length > Limits.MessageBytes)
                {
                    await DrainAsync(context, buffer);
                    context.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
                    return;
                }

                buffer = length == buffer.Length ? Grow(buffer) : buffer;
            }

            (MessageDescriptor message, string path) = MessageOf(method);
            if (JsonBody.Check(buffer.AsSpan(0, length), message, path) is { Count: > 0 } refusals)
            {
                Refuse(context, refusals);
                return;
            }

            context.Request.Body = new MemoryStream(buffer, 0, length, writable: false);
            await next(context);
        }
        catch (BadHttpRequestException e)
        {
            // Too long for the server, or cut off: it says with which status.
            context.Response.StatusCode = e.StatusCode;
        }
        finally
        {
            // Personal data was in it.
            buffer.AsSpan().Clear();
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static void Refuse(HttpContext context, IReadOnlyList<Refusal> refusals)
    {
        context.Items[RefusalInterceptor.RefusalsKey] = refusals;
        context.Response.StatusCode = RefusalStatus.HttpStatusOf(refusals[0].Code);
    }

    // A connection closed on a client that still sends takes the answer with it. The server itself ends this at Limits.DrainedBytes.
    private static async Task DrainAsync(HttpContext context, byte[] buffer)
    {
        while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) > 0)
        {
        }
    }

    // What says it is something else is refused by the framework. What says it is JSON in another charset than UTF-8 is no JSON here.
    private static bool IsJson(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out MediaTypeHeaderValue? type)
        && (type.MatchesMediaType("application/json") || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase));

    private static (MessageDescriptor Message, string Path) MessageOf(GrpcJsonTranscodingMetadata method)
    {
        MessageDescriptor input = method.MethodDescriptor.InputType;
        return string.Equals(method.HttpRule.Body, "*", StringComparison.Ordinal)
            ? (input, "")
            : (input.FindFieldByName(method.HttpRule.Body).MessageType, method.HttpRule.Body);
    }

    private static int InitialLength(long? announced) => (int)Math.Clamp((announced ?? 0) + 1, 4096, Limits.MessageBytes + 1);

    private static byte[] Grow(byte[] buffer)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 2, Limits.MessageBytes + 1));
        buffer.CopyTo(larger, 0);
        buffer.AsSpan().Clear();
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
