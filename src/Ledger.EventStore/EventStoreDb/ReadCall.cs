using Grpc.Core;
using Ledger.EventStore.EventStoreDb.Protocol;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>One Read call, each step of which may take as long as the settings allow.</summary>
internal sealed class ReadCall : IDisposable
{
    private readonly Cluster _cluster;
    private readonly NodeConnection _connection;
    private readonly CancellationTokenSource _patience;
    private readonly CancellationToken _caller;
    private readonly CancellationTokenRegistration _callerCancels;
    private readonly AsyncServerStreamingCall<ReadResp> _call;

    private ReadCall(Cluster cluster, NodeConnection connection, ReadReq request, TimeProvider time, CancellationToken caller)
    {
        _cluster = cluster;
        _connection = connection;
        _caller = caller;
        _patience = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _callerCancels = caller.UnsafeRegister(static patience => ((CancellationTokenSource)patience!).Cancel(), _patience);
        _call = connection.Streams.Read(request, new CallOptions(connection.Headers, cancellationToken: _patience.Token));
    }

    public ReadResp Current => _call.ResponseStream.Current;

    /// <summary>Opens the call and waits for its first answer, following the way to the leader.</summary>
    /// <returns>The call, and whether it has a first answer.</returns>
    public static async Task<(ReadCall Call, bool HasCurrent)> OpenAsync(
        Cluster cluster, ReadReq request, TimeProvider time, CancellationToken cancellationToken)
    {
        for (int redirects = 0; ; redirects++)
        {
            NodeConnection connection = await ConnectAsync(cluster, time, cancellationToken);
            ReadCall call;
            try
            {
                call = new ReadCall(cluster, connection, request, time, cancellationToken);
            }
            catch (ObjectDisposedException) when (redirects < EventStoreDbLimits.Redirects)
            {
                // Another caller's report closed the connection since we took it.
                continue;
            }

            try
            {
                return (call, await call.MoveNextAsync());
            }
            catch (NotLeaderException exception) when (exception.Leader is not null && redirects < EventStoreDbLimits.Redirects)
            {
                call.Dispose();
            }
            catch
            {
                call.Dispose();
                throw;
            }
        }
    }

    /// <summary>Waits for the next answer; false at the end.</summary>
    public async ValueTask<bool> MoveNextAsync()
    {
        _patience.CancelAfter(_cluster.Settings.DefaultDeadline);
        bool hasNext = await WaitForNextAsync();
        // The clock stands still while the reader is busy with the event.
        _patience.CancelAfter(Timeout.InfiniteTimeSpan);
        return hasNext;
    }

    /// <summary>Waits for the next answer as long as it takes: a subscription. Pings notice a lost connection.</summary>
    public async ValueTask<bool> WaitForNextAsync()
    {
        try
        {
            return await _call.ResponseStream.MoveNext(CancellationToken.None);
        }
        catch (Exception) when (_caller.IsCancellationRequested)
        {
            throw new OperationCanceledException(_caller);
        }
        catch (Exception exception) when (_patience.IsCancellationRequested)
        {
            throw new EventStoreUnavailableException(
                $"The event store did not answer a read within {_cluster.Settings.DefaultDeadline}.",
                EventStoreDbLimits.FirstBackoff, exception);
        }
        catch (Exception exception)
        {
            Exception fault = Failures.Map(exception, EventStoreDbLimits.FirstBackoff);
            if (Failures.IsOfTheConnection(exception))
            {
                _cluster.Report(_connection, fault);
            }

            throw fault;
        }
    }

    public void Dispose()
    {
        _callerCancels.Dispose();
        _call.Dispose();
        _patience.Dispose();
    }

    private static async Task<NodeConnection> ConnectAsync(Cluster cluster, TimeProvider time, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(cluster.Settings.DefaultDeadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            return await cluster.ConnectionAsync(either.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new EventStoreUnavailableException(
                "The event store did not say in time which node leads.", EventStoreDbLimits.FirstBackoff, exception);
        }
    }
}
