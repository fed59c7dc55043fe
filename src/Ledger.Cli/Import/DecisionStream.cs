using System.Threading.Channels;
using Google.Rpc;
using Grpc.Core;
using Ledger.V1;
using Status = Google.Rpc.Status;

namespace Ledger.Cli.Import;

/// <summary>Limits of sending.</summary>
internal static class StreamLimits
{
    /// <summary>The contract lets a sender have at most 16 batches unanswered.</summary>
    public const int BatchesInFlight = 16;

    public static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);
}

/// <summary>
/// Sends batches over one <c>RecordDecisions</c> stream and sees each through to final answers: items that come back
/// "later" are sent again after the delay asked for, and a stream that breaks is opened again with everything unanswered.
/// Sending again is safe because ids are derived from the rows.
/// One loop owns all state; reading, waiting and the source only put news into its channel.
/// </summary>
internal sealed class DecisionStream(DecisionService.DecisionServiceClient client, string parent, TimeProvider time, Random jitter, TimeSpan giveUpAfter)
{
    private readonly Channel<News> news = Channel.CreateBounded<News>(new BoundedChannelOptions(8 * StreamLimits.BatchesInFlight) { SingleReader = true });
    private readonly Dictionary<long, (Batch Batch, List<int> Sent)> sent = [];
    private readonly Queue<Batch> waiting = [];
    private readonly List<Task> again = [];
    private AsyncDuplexStreamingCall<RecordDecisionsRequest, RecordDecisionsResponse>? call;
    private Task reading = Task.CompletedTask;
    private long wireId;
    private int generation;
    private int streamFailures;
    private int inFlight;
    private bool sourceEnded;
    private long lastProgress;

    private enum What
    {
        Arrived,
        SourceEnded,
        Answered,
        Broken,
        Again,
    }

    /// <summary>How often the stream was opened again; for the summary.</summary>
    public int Reconnects { get; private set; }

    /// <summary>Sends until the source is empty; <paramref name="done"/> gets every batch whose decisions all have a final answer.</summary>
    public async Task SendAsync(ChannelReader<Batch> source, Action<Batch> done, CancellationToken cancellation)
    {
        using SemaphoreSlim slots = new(StreamLimits.BatchesInFlight);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        lastProgress = time.GetTimestamp();
        Task pump = PumpAsync(source, slots, stop.Token);
        try
        {
            while (!sourceEnded || inFlight > 0)
            {
                await SendWaitingAsync(stop.Token);
                News next = await news.Reader.ReadAsync(stop.Token);
                switch (next.What)
                {
                    case What.Arrived:
                        inFlight++;
                        Take(next.Batch!, done, slots);
                        break;
                    case What.SourceEnded:
                        sourceEnded = true;
                        break;
                    case What.Again:
                        waiting.Enqueue(next.Batch!);
                        break;
                    case What.Answered when next.Generation == generation:
                        Answer(next.Response!, done, slots, stop.Token);
                        break;
                    case What.Broken when next.Generation == generation:
                        await ReopenAsync(next.Error!, stop.Token);
                        break;
                }
            }

            await pump;
            await CloseAsync();
        }
        finally
        {
            await stop.CancelAsync();
            call?.Dispose();
            await Quietly(pump);
            await Quietly(reading);
            await Quietly(Task.WhenAll(again));
        }
    }

    private async Task PumpAsync(ChannelReader<Batch> source, SemaphoreSlim slots, CancellationToken cancellation)
    {
        try
        {
            await foreach (Batch batch in source.ReadAllAsync(cancellation))
            {
                await slots.WaitAsync(cancellation);
                await news.Writer.WriteAsync(new News(What.Arrived) { Batch = batch }, cancellation);
            }
        }
        finally
        {
            // Also when the source broke: what was read before is still seen through, then the break is thrown.
            await news.Writer.WriteAsync(new News(What.SourceEnded), cancellation);
        }
    }

    private void Take(Batch batch, Action<Batch> done, SemaphoreSlim slots)
    {
        batch.Open = [.. Enumerable.Range(0, batch.Decisions.Count)];
        if (batch.Open.Count > 0)
        {
            waiting.Enqueue(batch);
            return;
        }

        Finish(batch, done, slots);
    }

    private void Finish(Batch batch, Action<Batch> done, SemaphoreSlim slots)
    {
        inFlight--;
        done(batch);
        slots.Release();
    }

    private async Task SendWaitingAsync(CancellationToken cancellation)
    {
        while (waiting.TryPeek(out Batch? batch))
        {
            if (call is null)
            {
                generation++;
                call = client.RecordDecisions(cancellationToken: cancellation);
                reading = ReadAsync(call, generation, cancellation);
            }

            RecordDecisionsRequest request = new() { Parent = parent, BatchId = ++wireId };
            foreach (int place in batch.Open)
            {
                request.Decisions.Add(batch.Decisions[place]);
            }

            sent[wireId] = (batch, [.. batch.Open]);
            waiting.Dequeue();
            try
            {
                await call.RequestStream.WriteAsync(request, cancellation);
            }
            catch (Exception error) when (error is RpcException or InvalidOperationException && !cancellation.IsCancellationRequested)
            {
                // The reader learns why the stream broke; until it says so there is no use in writing.
                return;
            }
        }
    }

    private async Task ReadAsync(AsyncDuplexStreamingCall<RecordDecisionsRequest, RecordDecisionsResponse> stream, int of, CancellationToken cancellation)
    {
        RpcException? broken = null;
        try
        {
            await foreach (RecordDecisionsResponse response in stream.ResponseStream.ReadAllAsync(cancellation))
            {
                await news.Writer.WriteAsync(new News(What.Answered) { Response = response, Generation = of }, cancellation);
            }
        }
        catch (RpcException error)
        {
            broken = error;
        }

        broken ??= new RpcException(new Grpc.Core.Status(StatusCode.Unavailable, ImportText.Say("StreamEnded")));
        await news.Writer.WriteAsync(new News(What.Broken) { Error = broken, Generation = of }, cancellation);
    }

    private void Answer(RecordDecisionsResponse response, Action<Batch> done, SemaphoreSlim slots, CancellationToken cancellation)
    {
        if (!sent.Remove(response.BatchId, out (Batch Batch, List<int> Sent) known) || response.Results.Count != known.Sent.Count)
        {
            throw new ImportException(ImportText.Say("AnswerDoesNotFit"));
        }

        streamFailures = 0;
        Batch batch = known.Batch;
        TimeSpan delay = TimeSpan.Zero;
        List<int> later = [];
        for (int i = 0; i < known.Sent.Count; i++)
        {
            int place = known.Sent[i];
            if (response.Results[i] is { Error: { } error } && IsLater((StatusCode)error.Code))
            {
                later.Add(place);
                delay = TimeSpan.FromTicks(Math.Max(delay.Ticks, error.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan().Ticks ?? 0));
            }
            else
            {
                Settle(batch, place, response.Results[i]);
            }
        }

        bool moved = later.Count < known.Sent.Count;
        batch.Open = later;
        if (moved)
        {
            lastProgress = time.GetTimestamp();
        }

        if (later.Count == 0)
        {
            Finish(batch, done, slots);
            return;
        }

        batch.Attempts = moved ? 0 : batch.Attempts + 1;
        ThrowIfTooLong(response.Results.First(result => result.Error is { } error && IsLater((StatusCode)error.Code)).Error.Message);
        again.RemoveAll(task => task.IsCompleted);
        again.Add(AgainAsync(batch, Delay(batch.Attempts, delay), cancellation));
    }

    private async Task AgainAsync(Batch batch, TimeSpan delay, CancellationToken cancellation)
    {
        await Task.Delay(delay, time, cancellation);
        await news.Writer.WriteAsync(new News(What.Again) { Batch = batch }, cancellation);
    }

    private async Task ReopenAsync(RpcException error, CancellationToken cancellation)
    {
        call?.Dispose();
        call = null;
        cancellation.ThrowIfCancellationRequested();
        if (!IsLater(error.StatusCode) && error.StatusCode is not (StatusCode.Cancelled or StatusCode.Internal or StatusCode.Unknown))
        {
            throw new ImportException(ImportText.Say("ServerRefusesStream", error.StatusCode, error.Status.Detail), error);
        }

        foreach ((Batch batch, _) in sent.Values.OrderBy(entry => entry.Batch.Number))
        {
            waiting.Enqueue(batch);
        }

        sent.Clear();
        ThrowIfTooLong(error.Status.Detail);
        TimeSpan asked = error.GetRpcStatus()?.GetDetail<RetryInfo>()?.RetryDelay?.ToTimeSpan() ?? TimeSpan.Zero;
        await Task.Delay(Delay(streamFailures++, asked), time, cancellation);
        Reconnects++;
    }

    private static void Settle(Batch batch, int place, RecordResult result)
    {
        if (result.Receipt is not null)
        {
            if (result.AlreadyRecorded)
            {
                batch.Counts.Already++;
            }
            else
            {
                batch.Counts.Recorded++;
            }

            return;
        }

        Status error = result.Error ?? new Status { Code = (int)StatusCode.Unknown };
        string code = error.GetDetail<ErrorInfo>()?.Reason is { Length: > 0 } reason ? reason : ((StatusCode)error.Code).ToString();
        string field = error.GetDetail<BadRequest>()?.FieldViolations.FirstOrDefault()?.Field ?? "";
        string message = error.GetDetail<LocalizedMessage>()?.Message is { Length: > 0 } words ? words : error.Message;
        batch.Counts.Refused++;
        ImportCounts.Count(batch.Counts.RefusedBy, code);
        (long row, long line) = batch.Origins[place];
        batch.Report.Add(new ReportLine(line, row, field, code, message, "server", batch.Decisions[place].DecisionId));
    }

    private static bool IsLater(StatusCode code) =>
        code is StatusCode.Unavailable or StatusCode.ResourceExhausted or StatusCode.Aborted or StatusCode.DeadlineExceeded;

    private TimeSpan Delay(int attempts, TimeSpan asked)
    {
        double backoff = Math.Min(StreamLimits.LongestDelay.TotalMilliseconds, StreamLimits.FirstDelay.TotalMilliseconds * Math.Pow(2, Math.Min(attempts, 10)));
        TimeSpan own = TimeSpan.FromMilliseconds(backoff * (0.5 + (jitter.NextDouble() / 2)));
        return own > asked ? own : asked;
    }

    private void ThrowIfTooLong(string why)
    {
        if (time.GetElapsedTime(lastProgress) > giveUpAfter)
        {
            throw new ImportException(ImportText.Say("GaveUp", giveUpAfter.TotalSeconds, why)) { Later = true };
        }
    }

    private async Task CloseAsync()
    {
        if (call is not null)
        {
            await Quietly(call.RequestStream.CompleteAsync());
            await Quietly(reading);
        }
    }

    private static async Task Quietly(Task task)
    {
        try
        {
            await task;
        }
        catch (Exception error) when (error is OperationCanceledException or RpcException or ChannelClosedException)
        {
            // Its owner is already leaving for another reason.
        }
    }

    private sealed record News(What What)
    {
        public Batch? Batch { get; init; }

        public RecordDecisionsResponse? Response { get; init; }

        public RpcException? Error { get; init; }

        public int Generation { get; init; }
    }
}
