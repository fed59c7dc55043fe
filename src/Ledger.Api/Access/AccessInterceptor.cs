using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Ledger.Api.Access;

/// <summary>Holds every call against the access table before its service sees it: each message of a stream that comes in too.</summary>
internal sealed class AccessInterceptor(Gatekeeper gatekeeper) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        await gatekeeper.AdmitAsync((IMessage)request, context);
        return await continuation(request, context);
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        await gatekeeper.AdmitAsync((IMessage)request, context);
        await continuation(request, responseStream, context);
    }

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation) =>
        continuation(new Checked<TRequest>(requestStream, gatekeeper, context), responseStream, context);

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
        continuation(new Checked<TRequest>(requestStream, gatekeeper, context), context);

    private sealed class Checked<T>(IAsyncStreamReader<T> messages, Gatekeeper gatekeeper, ServerCallContext context) : IAsyncStreamReader<T>
    {
        public T Current => messages.Current;

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (!await messages.MoveNext(cancellationToken))
            {
                return false;
            }

            await gatekeeper.AdmitAsync((IMessage)messages.Current!, context);
            return true;
        }
    }
}
