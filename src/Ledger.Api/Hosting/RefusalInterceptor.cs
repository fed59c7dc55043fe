using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Ledger.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ledger.Api.Hosting;

/// <summary>Turns how a call ended into a status that says what to do: refusals, unreachable grains, deadlines, and faults of ours.</summary>
internal sealed class RefusalInterceptor(ILogger<RefusalInterceptor> logger) : Interceptor
{
    /// <summary>Key under which a request's refusals are kept for whoever writes the answer in another form.</summary>
    public static readonly object RefusalsKey = new();

    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw Translate(e, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception e) when (e is not RpcException)
        {
            throw Translate(e, context);
        }
    }

    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(requestStream, responseStream, context);
        }
        catch (Exception e)
        {
            throw Translate(e, context);
        }
    }

    private RpcException Translate(Exception exception, ServerCallContext context)
    {
        HttpContext http = context.GetHttpContext();
        CultureInfo language = CallerLanguage.Of(http);
        if (context.CancellationToken.IsCancellationRequested && context.Deadline == DateTime.MaxValue)
        {
            return new RpcException(new Status(StatusCode.Cancelled, ""));
        }

        IReadOnlyList<Refusal> refusals = exception switch
        {
            RefusedException refused => refused.Refusals,
            _ when context.CancellationToken.IsCancellationRequested => [new Refusal(RefusalCode.DeadlineExceeded, "")],
            RpcException { StatusCode: StatusCode.ResourceExhausted } => [TooLong],
            RpcException or InvalidProtocolBufferException => [Unreadable("protobuf")],
            TimeoutException or OrleansException or SiloUnavailableException or OrleansMessageRejectionException =>
                [new Refusal(RefusalCode.ServiceUnavailable, "", RetryAfter: Limits.RetryAfter)],
            _ => [Fault(exception, http)],
        };
        http.Items[RefusalsKey] = refusals;
        return RefusalStatus.ToStatus(refusals, language).ToRpcException();
    }

    /// <summary>The request is longer than a message may be.</summary>
    public static Refusal TooLong { get; } = new(RefusalCode.OverLimit, "", [$"{Limits.MessageBytes} B"]);

    public static Refusal Unreadable(string why) => new(RefusalCode.Unreadable, "", [why]);

    private Refusal Fault(Exception exception, HttpContext http)
    {
        string trace = Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier;
        logger.LogError(exception, "A call failed. Trace {Trace}.", trace);
        return new Refusal(RefusalCode.Internal, "", [trace]);
    }
}
