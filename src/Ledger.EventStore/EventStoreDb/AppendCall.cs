using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Protocol;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>
/// One BatchAppend call: appends go out as they come, answers come back in the server's order. Ends with the connection.
/// </summary>
internal sealed class AppendCall : IDisposable
{
    private static readonly WriteOptions Buffered = new(WriteFlags.BufferHint);
    private static readonly WriteOptions Flushed = new();

    private readonly ConcurrentDictionary<long, PendingAppend> _unanswered = new();
    private readonly CancellationTokenSource _ended = new();
    private readonly AsyncDuplexStreamingCall<BatchAppendReq, BatchAppendResp> _call;
    private readonly Task _answers;
    private long _lastCorrelationId;
    private volatile bool _overdue;

    public AppendCall(NodeConnection connection, CancellationToken cancellationToken)
    {
        Connection = connection;
        _call = connection.Streams.BatchAppend(new CallOptions(connection.Headers, cancellationToken: cancellationToken));
        _answers = ReadAnswersAsync();
    }

    public NodeConnection Connection { get; }

    /// <summary>The server dealt with at least one append: the connection works.</summary>
    public bool Answered { get; private set; }

    /// <summary>Sends what comes through the queue until the call ends, which it always does with a fault.</summary>
    public async Task RunAsync(ChannelReader<PendingAppend> queue)
    {
        try
        {
            while (await queue.WaitToReadAsync(_ended.Token))
            {
                await SendWaitingAsync(queue);
            }
        }
        catch (Exception) when (_ended.IsCancellationRequested)
        {
            // The answers' fault says why the call ended; a failed write only says that it did.
            await _answers;
        }
    }

    /// <summary>Takes away all that were sent and not answered, in the order they were sent.</summary>
    public IReadOnlyList<PendingAppend> TakeUnanswered()
    {
        var taken = new List<PendingAppend>();
        foreach (long id in _unanswered.Keys.Order())
        {
            if (_unanswered.TryRemove(id, out PendingAppend? append))
            {
                taken.Add(append);
            }
        }

        return taken;
    }

    /// <summary>
    /// Ends the call if an answer is overdue. The server answers by the deadline that each append carries, if only "timeout";
    /// one that does not is not going to answer the others either.
    /// </summary>
    public void EndIfOverdue(long now)
    {
        if (_unanswered.Values.Any(append => append.ExpiresAt <= now))
        {
            _overdue = true;
            _call.Dispose();
        }
    }

    public void Dispose()
    {
        _call.Dispose();
        _ended.Dispose();
    }

    private async Task SendWaitingAsync(ChannelReader<PendingAppend> queue)
    {
        while (queue.TryRead(out PendingAppend? append))
        {
            // A correlation id means something within this call only, so a counter is enough.
            long id = ++_lastCorrelationId;
            _unanswered[id] = append;
            var correlationId = new UUID { Structured = new UUID.Types.Structured { LeastSignificantBits = id } };
            foreach (BatchAppendReq request in append.Requests(correlationId))
            {
                // Flushed once for all that wait: a system call and a packet less per append.
                _call.RequestStream.WriteOptions = request.IsFinal && queue.Count == 0 ? Flushed : Buffered;
                await _call.RequestStream.WriteAsync(request);
            }
        }
    }

    private async Task ReadAnswersAsync()
    {
        try
        {
            while (await _call.ResponseStream.MoveNext(CancellationToken.None))
            {
                Take(_call.ResponseStream.Current);
            }

            throw new RpcException(new Status(StatusCode.Unavailable, "The server ended the call."));
        }
        catch (RpcException exception) when (_overdue)
        {
            throw new RpcException(new Status(StatusCode.DeadlineExceeded, "An append stayed without an answer past its deadline.", exception));
        }
        finally
        {
            await _ended.CancelAsync();
        }
    }

    private void Take(BatchAppendResp response)
    {
        if (response.ResultCase == BatchAppendResp.ResultOneofCase.Error && Failures.IsNotReady(response.Error.Message))
        {
            throw new RpcException(new Status(StatusCode.Unavailable, response.Error.Message));
        }

        Answered = true;
        if (_unanswered.TryRemove(response.CorrelationId.Structured.LeastSignificantBits, out PendingAppend? append))
        {
            append.Complete(response);
        }
    }
}
