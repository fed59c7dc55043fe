using System.Threading.Channels;
using Ledger.EventStore.EventStoreDb.Protocol;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>
/// Sends the appends of all callers over one BatchAppend call, many in flight, and opens the next call when one breaks.
/// </summary>
/// <remarks>
/// When a call breaks, what it had sent is faulted: whether it was written is unknown, and only the caller knows whether to
/// send it again. The exception is a node that says it is not the leader: it has written nothing, and since an append
/// names its ids and expected revision, sending it to the leader is right even if another node wrote it meanwhile.
/// After a failed attempt to connect, appends fail at once until the pause is over, rather than queue up behind an outage.
/// </remarks>
internal sealed class AppendPipeline : IAsyncDisposable
{
    private static readonly TimeSpan OverdueCheck = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _room = new(EventStoreDbLimits.AppendsInFlight);

    // Never full: whatever is queued holds a place in the room.
    private readonly Channel<PendingAppend> _queue = Channel.CreateBounded<PendingAppend>(EventStoreDbLimits.AppendsInFlight);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Backoff _backoff = new();
    private readonly Cluster _cluster;
    private readonly TimeProvider _time;
    private readonly ITimer _overdue;
    private readonly Task _running;
    private volatile AppendCall? _call;
    private volatile Pause? _pause;

    public AppendPipeline(Cluster cluster, TimeProvider time)
    {
        _cluster = cluster;
        _time = time;
        _overdue = time.CreateTimer(_ => _call?.EndIfOverdue(_time.GetTimestamp()), null, OverdueCheck, OverdueCheck);
        _running = Task.Run(RunAsync);
    }

    /// <summary>The server's answer; a fault of <see cref="Failures"/> if there is none.</summary>
    public async Task<BatchAppendResp> AppendAsync(StreamAppend append, CancellationToken cancellationToken)
    {
        ThrowIfPaused();
        await _room.WaitAsync(cancellationToken);
        var pending = new PendingAppend(append, _cluster.Settings.DefaultDeadline, ExpiresAt(), _room);
        if (!_queue.Writer.TryWrite(pending))
        {
            pending.Fail(Stopped());
        }

        return await pending.Answer.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_queue.Writer.TryComplete())
        {
            return;
        }

        await _overdue.DisposeAsync();
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        while (await _queue.Reader.WaitToReadAsync())
        {
            AppendCall? call = null;
            try
            {
                NodeConnection connection = await ConnectAsync();
                _call = call = new AppendCall(connection, _stopping.Token);
                await call.RunAsync(_queue.Reader);
            }
            catch (ObjectDisposedException) when (call is null && !_stopping.IsCancellationRequested)
            {
                // A read found the connection broken since we took it; nothing was sent, and the next one is tried at once.
            }
            catch (Exception exception)
            {
                Break(call, exception);
            }
            finally
            {
                _call = null;
                call?.Dispose();
            }
        }
    }

    private async Task<NodeConnection> ConnectAsync()
    {
        // No longer than an append may take: those that wait for the connection want to know.
        using var patience = new CancellationTokenSource(_cluster.Settings.DefaultDeadline, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _stopping.Token);
        return await _cluster.ConnectionAsync(either.Token);
    }

    private void Break(AppendCall? call, Exception exception)
    {
        IReadOnlyList<PendingAppend> sent = call?.TakeUnanswered() ?? [];
        bool worked = call is { Answered: true };
        if (worked)
        {
            _backoff.Reset();
        }

        bool notReady = exception is Grpc.Core.RpcException rpc && Failures.IsNotReady(rpc.Status.Detail);
        TimeSpan pause = worked && !notReady ? TimeSpan.Zero : _backoff.Next();
        Exception fault = _stopping.IsCancellationRequested
            ? Stopped()
            : Failures.Map(exception, pause > TimeSpan.Zero ? pause : EventStoreDbLimits.FirstBackoff);

        // The call is the connection's longest; where it breaks, the connection is not to be trusted.
        if (call is not null && fault is EventStoreUnavailableException)
        {
            _cluster.Report(call.Connection, fault);
        }

        if (fault is NotLeaderException { Leader: not null })
        {
            SendToLeader(sent, fault);
            return;
        }

        FailAll(sent, fault);
        if (pause > TimeSpan.Zero || _stopping.IsCancellationRequested)
        {
            FailAll(TakeQueued(), fault);
            _pause = fault is EventStoreUnavailableException ? new Pause(_time.GetTimestamp(), pause, fault) : null;
        }
    }

    private void SendToLeader(IReadOnlyList<PendingAppend> sent, Exception fault)
    {
        // In the order they came, those never sent after those sent once.
        foreach (PendingAppend append in sent.Concat(TakeQueued()).ToArray())
        {
            if (append.Redirects++ == EventStoreDbLimits.Redirects || !_queue.Writer.TryWrite(append))
            {
                append.Fail(new EventStoreUnavailableException(fault.Message, EventStoreDbLimits.FirstBackoff, fault));
            }
        }
    }

    private List<PendingAppend> TakeQueued()
    {
        var taken = new List<PendingAppend>();
        while (_queue.Reader.TryRead(out PendingAppend? append))
        {
            taken.Add(append);
        }

        return taken;
    }

    private static void FailAll(IReadOnlyList<PendingAppend> appends, Exception fault)
    {
        foreach (PendingAppend append in appends)
        {
            append.Fail(fault);
        }
    }

    private void ThrowIfPaused()
    {
        if (_pause is { } pause)
        {
            TimeSpan left = pause.Length - _time.GetElapsedTime(pause.Since);
            if (left > TimeSpan.Zero)
            {
                throw new EventStoreUnavailableException(pause.Why.Message, left, pause.Why);
            }

            _pause = null;
        }
    }

    private long ExpiresAt()
    {
        TimeSpan allowed = _cluster.Settings.DefaultDeadline + EventStoreDbLimits.AnswerGrace;
        return _time.GetTimestamp() + (long)(allowed.TotalSeconds * _time.TimestampFrequency);
    }

    private static ObjectDisposedException Stopped() => new(nameof(EventStoreDbEventStore));

    private sealed record Pause(long Since, TimeSpan Length, Exception Why);
}
