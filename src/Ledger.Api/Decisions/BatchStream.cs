using System.Threading.Channels;
using Grpc.Core;
using Ledger.Api.Hosting;

namespace Ledger.Api.Decisions;

/// <summary>
/// One stream of batches: reads on while earlier batches are in work, answers in the order they came. Beyond <see cref="Limits.BatchesInFlight"/>
/// nothing is read and HTTP/2 flow control holds the sender back.
/// </summary>
internal sealed class BatchStream(DecisionService service, ServerCallContext context)
{
    // Two more are in work than it holds: the one whose answer is awaited, and the one that waits to get in.
    private readonly Channel<Task<V1.RecordDecisionsResponse>> inWork =
        Channel.CreateBounded<Task<V1.RecordDecisionsResponse>>(new BoundedChannelOptions(Limits.BatchesInFlight - 2) { SingleReader = true, SingleWriter = true });

    public async Task RunAsync(IAsyncStreamReader<V1.RecordDecisionsRequest> requests, IServerStreamWriter<V1.RecordDecisionsResponse> responses)
    {
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        Task reading = ReadAsync(requests, ended.Token);
        try
        {
            await foreach (Task<V1.RecordDecisionsResponse> batch in inWork.Reader.ReadAllAsync(ended.Token))
            {
                await responses.WriteAsync(await batch, ended.Token);
            }
        }
        finally
        {
            // The server gives this stream to another call: a read that went on would take that call's bytes.
            await ended.CancelAsync();
            await reading;
        }
    }

    private async Task ReadAsync(IAsyncStreamReader<V1.RecordDecisionsRequest> requests, CancellationToken cancellationToken)
    {
        try
        {
            while (await requests.MoveNext(cancellationToken))
            {
                V1.RecordDecisionsRequest request = requests.Current;
                await inWork.Writer.WriteAsync(service.RecordBatchAsync(request, context), cancellationToken);
            }

            inWork.Writer.Complete();
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            // What gRPC says of a frame that is none, or longer than a message may ever be.
            inWork.Writer.Complete(new RefusedException([RefusalInterceptor.Unreadable("protobuf")]));
        }
        catch (Exception e)
        {
            // The writer of answers sends what is in work, then ends the call with this.
            inWork.Writer.Complete(e);
        }
    }
}
