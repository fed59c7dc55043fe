using Grpc.Core;
using Ledger.EventStore;
using Ledger.ProtocolHosting.Protocol;
using Expected = Ledger.ProtocolHosting.Protocol.AppendReq.Types.Options.ExpectedStreamRevisionOneofCase;

namespace Ledger.ProtocolHosting;

/// <summary>The service <c>event_store.client.streams.Streams</c>.</summary>
internal sealed class StreamsService(Node node) : Streams.StreamsBase
{
    public override Task Read(ReadReq request, IServerStreamWriter<ReadResp> responseStream, ServerCallContext context)
    {
        node.Admit(context);
        return ServeAsync(context, token => new Reads(node, request.Options, responseStream, token).RunAsync());
    }

    public override Task BatchAppend(
        IAsyncStreamReader<BatchAppendReq> requestStream, IServerStreamWriter<BatchAppendResp> responseStream, ServerCallContext context)
    {
        node.Admit(context);
        return ServeAsync(context, token => new BatchAppends(node, responseStream, token).RunAsync(requestStream));
    }

    public override async Task<AppendResp> Append(IAsyncStreamReader<AppendReq> requestStream, ServerCallContext context)
    {
        node.Admit(context);
        AppendReq.Types.Options? options = null;
        var events = new List<NewEvent>();
        await foreach (AppendReq request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            if (request.ContentCase == AppendReq.ContentOneofCase.Options)
            {
                options = request.Options;
            }
            else
            {
                events.Add(Wire.Event(request.ProposedMessage));
            }
        }

        Expectation expectation = options!.ExpectedStreamRevisionCase switch
        {
            Expected.Any => Expectation.Any,
            Expected.StreamExists => Expectation.StreamExists,
            _ => Expectation.Revision,
        };
        long expected = options.ExpectedStreamRevisionCase == Expected.Revision ? (long)options.Revision : Revisions.NoStream;
        var append = new StreamAppend(Wire.Name(options.StreamIdentifier), expected, events);
        AppendResult result = await Appends.AppendAsync(node, append, expectation, context.CancellationToken);
        return result.Appended ? Success(result) : Elsewhere(options, result);
    }

    // A store that is not there is a server that is not ready; a client that left is no fault.
    private static async Task ServeAsync(ServerCallContext context, Func<CancellationToken, Task> serve)
    {
        try
        {
            await serve(context.CancellationToken);
        }
        catch (EventStoreUnavailableException exception)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, exception.Message));
        }
        catch (Exception) when (context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(Status.DefaultCancelled);
        }
    }

    private static AppendResp Success(AppendResult result) => new()
    {
        Success = new AppendResp.Types.Success
        {
            CurrentRevision = (ulong)result.LastRevision,
            Position = new AppendResp.Types.Position { CommitPosition = result.Position.Commit, PreparePosition = result.Position.Prepare },
        },
    };

    private static AppendResp Elsewhere(AppendReq.Types.Options options, AppendResult result)
    {
        var elsewhere = new AppendResp.Types.WrongExpectedVersion();
        if (result.LastRevision == Revisions.NoStream)
        {
            elsewhere.CurrentNoStream = Wire.Empty;
        }
        else
        {
            elsewhere.CurrentRevision = (ulong)result.LastRevision;
        }

        switch (options.ExpectedStreamRevisionCase)
        {
            case Expected.Revision:
                elsewhere.ExpectedRevision = options.Revision;
                break;
            case Expected.StreamExists:
                elsewhere.ExpectedStreamExists = Wire.Empty;
                break;
            default:
                elsewhere.ExpectedNoStream = Wire.Empty;
                break;
        }

        return new AppendResp { WrongExpectedVersion = elsewhere };
    }
}
