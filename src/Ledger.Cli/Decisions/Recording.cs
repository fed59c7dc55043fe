using Grpc.Core;
using Ledger.Cli.Hosting;
using Ledger.V1;

namespace Ledger.Cli.Decisions;

/// <summary>Sends decisions in batches, one batch at a time, and says what became of each.</summary>
internal sealed class Recording(Session session, LedgerConnection ledger, string organisation, bool json)
{
    // Small enough that a person sees movement, large enough that the call costs nothing beside the decisions.
    private const int Batch = 100;

    private long recorded;
    private long repeated;
    private long refused;
    private long delayed;

    public async Task<ExitCode> RunAsync(IAsyncEnumerable<ReadDecision> decisions, bool summarise, CancellationToken cancellationToken)
    {
        await using Progress progress = Progress.Start(session, "record.progress");
        using AsyncDuplexStreamingCall<RecordDecisionsRequest, RecordDecisionsResponse> call = ledger.Decisions.RecordDecisions(ledger.Stream(cancellationToken));
        try
        {
            List<ReadDecision> batch = new(Batch);
            await foreach (ReadDecision decision in decisions)
            {
                batch.Add(decision);
                if (batch.Count == Batch)
                {
                    await SendAsync(call, batch, cancellationToken);
                    progress.Report(recorded + repeated + refused + delayed);
                    batch.Clear();
                }
            }

            if (batch.Count > 0)
            {
                await SendAsync(call, batch, cancellationToken);
            }

            await call.RequestStream.CompleteAsync();
        }
        finally
        {
            if (summarise)
            {
                await SummariseAsync();
            }
        }

        return refused > 0 ? ExitCode.Refused : delayed > 0 ? ExitCode.Unavailable : ExitCode.Ok;
    }

    private async Task SendAsync(
        AsyncDuplexStreamingCall<RecordDecisionsRequest, RecordDecisionsResponse> call, List<ReadDecision> batch, CancellationToken cancellationToken)
    {
        RecordDecisionsRequest request = new() { Parent = $"organisations/{organisation}", BatchId = batch[0].Number };
        request.Decisions.AddRange(batch.Select(d => d.Decision));
        await WriteAsync(call, request, cancellationToken);
        if (!await call.ResponseStream.MoveNext(cancellationToken))
        {
            throw new CommandFailure(ExitCode.Unavailable, session.Texts["failure.unreachable"]);
        }

        foreach ((ReadDecision sent, RecordResult result) in batch.Zip(call.ResponseStream.Current.Results))
        {
            await ShowAsync(sent, result);
        }
    }

    private static async Task WriteAsync(
        AsyncDuplexStreamingCall<RecordDecisionsRequest, RecordDecisionsResponse> call, RecordDecisionsRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await call.RequestStream.WriteAsync(request, cancellationToken);
        }
        catch (Exception e) when (e is InvalidOperationException or RpcException { StatusCode: StatusCode.OK })
        {
            // The server ended the call; its reason comes out of the answers.
            await call.ResponseStream.MoveNext(cancellationToken);
            throw;
        }
    }

    private async Task ShowAsync(ReadDecision sent, RecordResult result)
    {
        if (result.ResultCase == RecordResult.ResultOneofCase.Receipt)
        {
            _ = result.AlreadyRecorded ? repeated++ : recorded++;
            await session.SayAsync(json ? ReceiptJson(sent, result) : ReceiptWords(result));
            return;
        }

        ServerRefusal refusal = ServerRefusal.From(result.Error);
        _ = refusal.IsTemporary ? delayed++ : refused++;
        string words = session.Texts.Format(
            refusal.IsTemporary ? "record.delayed" : "record.refused", sent.Number, sent.Decision.DecisionId, refusal.InWords(session.Texts));
        await session.RemarkAsync(words);
        if (json)
        {
            await session.SayAsync(ErrorJson(sent, refusal));
        }
    }

    private string ReceiptWords(RecordResult result)
    {
        Receipt receipt = result.Receipt;
        string at = session.Texts.Instant(receipt.RecordedAt?.ToDateTimeOffset() ?? default, TimeZoneInfo.Local.Id);
        return session.Texts.Format(
            result.AlreadyRecorded ? "record.before" : "record.now", receipt.DecisionId, receipt.Revision, at, receipt.Name, Convert.ToHexStringLower(receipt.LeafHash.Span));
    }

    private static string ReceiptJson(ReadDecision sent, RecordResult result) => JsonLine.Write(writer =>
    {
        writer.WriteString("schema", RecordCommand.Schema);
        writer.WriteNumber("number", sent.Number);
        writer.WriteString("decisionId", sent.Decision.DecisionId);
        writer.WriteBoolean("alreadyRecorded", result.AlreadyRecorded);
        writer.WriteMessage("receipt", result.Receipt);
    });

    private static string ErrorJson(ReadDecision sent, ServerRefusal refusal) => JsonLine.Write(writer =>
    {
        writer.WriteString("schema", RecordCommand.Schema);
        writer.WriteNumber("number", sent.Number);
        writer.WriteString("decisionId", sent.Decision.DecisionId);
        writer.WriteStartObject("error");
        writer.WriteString("status", refusal.Status.ToString());
        writer.WriteString("code", refusal.Code);
        writer.WriteString("field", refusal.Field);
        writer.WriteString("message", refusal.Message);
        if (refusal.RetryAfter is { } delay)
        {
            writer.WriteNumber("retryAfterSeconds", delay.TotalSeconds);
        }

        writer.WriteEndObject();
    });

    private async Task SummariseAsync() => await session.SayAsync(json
        ? JsonLine.Write(writer =>
        {
            writer.WriteString("schema", RecordCommand.SummarySchema);
            writer.WriteNumber("recorded", recorded);
            writer.WriteNumber("alreadyRecorded", repeated);
            writer.WriteNumber("refused", refused);
            writer.WriteNumber("toTryAgain", delayed);
        })
        : session.Texts.Format("record.summary", recorded, repeated, refused, delayed));
}
