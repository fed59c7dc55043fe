using System.Threading.Channels;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Ledger.EventStore;
using Ledger.ProtocolHosting.Protocol;
using Expected = Ledger.ProtocolHosting.Protocol.BatchAppendReq.Types.Options.ExpectedStreamPositionOneofCase;
using RpcStatus = Google.Rpc.Status;

namespace Ledger.ProtocolHosting;

/// <summary>One BatchAppend call: requests are gathered by correlation id, answers go out in the order of the appends.</summary>
internal sealed class BatchAppends(Node node, IServerStreamWriter<BatchAppendResp> responses, CancellationToken cancellationToken)
{
    private readonly Dictionary<UUID, (BatchAppendReq.Types.Options Options, List<NewEvent> Events)> _gathered = [];

    private readonly Channel<Task<BatchAppendResp>> _answers = Channel.CreateBounded<Task<BatchAppendResp>>(4096);

    public async Task RunAsync(IAsyncStreamReader<BatchAppendReq> requests)
    {
        Task sending = SendAnswersAsync();
        await foreach (BatchAppendReq request in requests.ReadAllAsync(cancellationToken))
        {
            if (request.Options is not null)
            {
                _gathered[request.CorrelationId] = (request.Options, []);
            }

            (BatchAppendReq.Types.Options options, List<NewEvent> events) = _gathered[request.CorrelationId];
            events.AddRange(request.ProposedMessages.Select(Wire.Event));
            if (request.IsFinal)
            {
                _gathered.Remove(request.CorrelationId);
                await _answers.Writer.WriteAsync(AppendAsync(request.CorrelationId, options, events), cancellationToken);
            }
        }

        _answers.Writer.Complete();
        await sending;
    }

    private async Task SendAnswersAsync()
    {
        await foreach (Task<BatchAppendResp> answer in _answers.Reader.ReadAllAsync(cancellationToken))
        {
            await responses.WriteAsync(await answer, cancellationToken);
        }
    }

    private async Task<BatchAppendResp> AppendAsync(UUID correlationId, BatchAppendReq.Types.Options options, List<NewEvent> events)
    {
        var response = new BatchAppendResp { CorrelationId = correlationId, StreamIdentifier = options.StreamIdentifier };
        try
        {
            if (events.Sum(@event => @event.Data.Length + @event.Metadata.Length) > node.Options.MaxAppendSize)
            {
                response.Error = Error("MaximumAppendSizeExceeded", new MaximumAppendSizeExceeded { MaxAppendSize = (uint)node.Options.MaxAppendSize });
                return response;
            }

            Expectation expectation = options.ExpectedStreamPositionCase switch
            {
                Expected.Any => Expectation.Any,
                Expected.StreamExists => Expectation.StreamExists,
                _ => Expectation.Revision,
            };
            long expected = options.ExpectedStreamPositionCase == Expected.StreamPosition ? (long)options.StreamPosition : Revisions.NoStream;
            var append = new StreamAppend(Wire.Name(options.StreamIdentifier), expected, events);
            AppendResult result = await Appends.AppendAsync(node, append, expectation, cancellationToken);
            if (result.Appended)
            {
                response.Success = Success(result);
            }
            else
            {
                response.Error = Error("WrongExpectedVersion", Elsewhere(options, result));
            }
        }
        catch (EventStoreUnavailableException exception)
        {
            response.Error = Error(exception.Message, new Unknown());
        }
        catch (ArgumentException exception)
        {
            response.Error = Error("BadRequest", new BadRequest { Message = exception.Message });
        }

        return response;
    }

    private BatchAppendResp.Types.Success Success(AppendResult result)
    {
        var success = new BatchAppendResp.Types.Success { CurrentRevision = (ulong)result.LastRevision };
        if (node.Options.WithoutPositions)
        {
            success.NoPosition = Wire.GoogleEmpty;
        }
        else
        {
            success.Position = new AllStreamPosition { CommitPosition = result.Position.Commit, PreparePosition = result.Position.Prepare };
        }

        return success;
    }

    private static WrongExpectedVersion Elsewhere(BatchAppendReq.Types.Options options, AppendResult result)
    {
        var elsewhere = new WrongExpectedVersion();
        if (result.LastRevision == Revisions.NoStream)
        {
            elsewhere.CurrentNoStream = Wire.GoogleEmpty;
        }
        else
        {
            elsewhere.CurrentStreamRevision = (ulong)result.LastRevision;
        }

        switch (options.ExpectedStreamPositionCase)
        {
            case Expected.StreamPosition:
                elsewhere.ExpectedStreamPosition = options.StreamPosition;
                break;
            case Expected.StreamExists:
                elsewhere.ExpectedStreamExists = Wire.GoogleEmpty;
                break;
            default:
                elsewhere.ExpectedNoStream = Wire.GoogleEmpty;
                break;
        }

        return elsewhere;
    }

    private static RpcStatus Error(string message, Google.Protobuf.IMessage details) =>
        new() { Code = (int)StatusCode.Unknown, Message = message, Details = { Any.Pack(details) } };
}
