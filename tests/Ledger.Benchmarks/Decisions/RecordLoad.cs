using System.Diagnostics;
using Grpc.Core;
using Ledger.V1;

namespace Ledger.Benchmarks.Decisions;

/// <summary>Producers: closed loops that send the next decision, or batch, when one is acknowledged.</summary>
internal sealed class RecordLoad
{
    public const int BatchSize = 100;
    private const int TemplatesPerCaller = 16;
    private static int _callersSoFar;
    private readonly LedgerServer _server;
    private readonly Caller[] _callers;

    public RecordLoad(LedgerServer server, Bench bench, int callers, int workers, int channels)
    {
        _server = server;
        // Two loads of one run must not draw the same ids.
        var seed = bench.Seed + Interlocked.Add(ref _callersSoFar, callers) - callers;
        var clients = Enumerable.Range(0, channels).Select(_ => server.NewClient()).ToArray();
        _callers = [.. Enumerable.Range(0, callers).Select(i => new Caller(
            clients[i % channels], new SampleDecisions(seed + i, workers, bench.Clock.GetUtcNow())))];
    }

    /// <summary>Processor time the server spent on a decision of the last window; unlike a rate it does not suffer from neighbours.</summary>
    public double ServerCpuUs { get; private set; }

    /// <summary>Processor time this process spent on sending one.</summary>
    public double ClientCpuUs { get; private set; }

    /// <summary>One decision a call, one call at a time for each caller. Decisions a second.</summary>
    public Task<double> SinglesAsync(TimeSpan window) => RunAsync(window, static async (caller, until) =>
    {
        long recorded = 0;
        while (Stopwatch.GetTimestamp() < until)
        {
            await caller.Client.RecordDecisionAsync(caller.NextSingle());
            recorded++;
        }

        return recorded;
    });

    /// <summary>A stream for each caller, with so many batches of 100 unanswered. Decisions a second.</summary>
    public Task<double> BatchesAsync(TimeSpan window, int unanswered) => RunAsync(window, async (caller, until) =>
    {
        using var call = caller.Client.RecordDecisions();
        long sent = 0, recorded = 0;
        while (sent < unanswered)
        {
            await call.RequestStream.WriteAsync(caller.NextBatch(sent++));
        }

        while (recorded < sent * BatchSize && await call.ResponseStream.MoveNext(CancellationToken.None))
        {
            foreach (var result in call.ResponseStream.Current.Results)
            {
                if (result.Receipt is null)
                {
                    throw new InvalidOperationException($"A decision of a batch was refused: {result.Error?.Message}");
                }
            }

            recorded += call.ResponseStream.Current.Results.Count;
            if (Stopwatch.GetTimestamp() < until)
            {
                await call.RequestStream.WriteAsync(caller.NextBatch(sent++));
            }
        }

        await call.RequestStream.CompleteAsync();
        while (await call.ResponseStream.MoveNext(CancellationToken.None))
        {
        }

        return recorded;
    });

    /// <summary>Decisions at a steady rate, of all callers together.</summary>
    public Task<double> PacedAsync(TimeSpan window, double ratePerSecond) => RunAsync(window, async (caller, until) =>
    {
        long recorded = 0;
        var start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetTimestamp() < until)
        {
            var due = TimeSpan.FromSeconds(++recorded * _callers.Length / ratePerSecond) - Stopwatch.GetElapsedTime(start);
            if (due > TimeSpan.Zero)
            {
                await Task.Delay(due);
            }

            await caller.Client.RecordDecisionAsync(caller.NextSingle());
        }

        return recorded;
    });

    /// <summary>One decision after the other that waits for its checkpoint, so many callers; the times in ms.</summary>
    public async Task<List<double>> AwaitedAsync(TimeSpan window)
    {
        var until = Until(window);
        var times = await Task.WhenAll(_callers.Select(caller => Task.Run(async () =>
        {
            var taken = new List<double>();
            while (Stopwatch.GetTimestamp() < until)
            {
                var request = caller.NextSingle();
                request.WaitForCheckpoint = true;
                var sent = Stopwatch.GetTimestamp();
                await caller.Client.RecordDecisionAsync(request);
                taken.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            }

            return taken;
        })));
        return [.. times.SelectMany(t => t)];
    }

    /// <summary>Batches from all callers for as long as it lasts, more than the server can take: refusals are counted, not repeated.</summary>
    public async Task<(long Recorded, long Refused)> OverloadAsync(TimeSpan window, int unanswered)
    {
        long refused = 0;
        var recorded = await RunAsync(window, async (caller, until) =>
        {
            using var call = caller.Client.RecordDecisions();
            long sent = 0, answered = 0, taken = 0;
            for (; sent < unanswered; sent++)
            {
                await call.RequestStream.WriteAsync(caller.NextBatch(sent));
            }

            while (answered < sent && await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                answered++;
                var receipts = call.ResponseStream.Current.Results.Count(result => result.Receipt is not null);
                taken += receipts;
                Interlocked.Add(ref refused, call.ResponseStream.Current.Results.Count - receipts);
                if (Stopwatch.GetTimestamp() < until)
                {
                    await call.RequestStream.WriteAsync(caller.NextBatch(sent++));
                }
            }

            await call.RequestStream.CompleteAsync();
            return taken;
        });
        return ((long)(recorded * window.TotalSeconds), Interlocked.Read(ref refused));
    }

    /// <summary>One caller, one decision at a time: the median in milliseconds.</summary>
    public async Task<double> MedianSingleMsAsync(TimeSpan window)
    {
        var caller = _callers[0];
        var until = Until(window);
        var taken = new List<double>();
        while (Stopwatch.GetTimestamp() < until)
        {
            var request = caller.NextSingle();
            var sent = Stopwatch.GetTimestamp();
            await caller.Client.RecordDecisionAsync(request);
            taken.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
        }

        return Bench.Median(taken);
    }

    /// <summary>Records exactly these many decisions about each worker of a range, in batches; what a store is filled with.</summary>
    public async Task FillAsync(IEnumerable<string> employeeNumbers, CancellationToken cancellationToken)
    {
        const int Unanswered = 8;
        var caller = _callers[0];
        using var call = caller.Client.RecordDecisions(cancellationToken: cancellationToken);
        long sent = 0, answered = 0;
        foreach (var numbers in employeeNumbers.Chunk(BatchSize))
        {
            if (sent - answered >= Unanswered)
            {
                await AnswerAsync(call.ResponseStream, cancellationToken);
                answered++;
            }

            var batch = new RecordDecisionsRequest { Parent = SampleDecisions.Organisation, BatchId = sent++ };
            batch.Decisions.AddRange(numbers.Select(caller.Renewed));
            await call.RequestStream.WriteAsync(batch, cancellationToken);
        }

        await call.RequestStream.CompleteAsync();
        for (; answered < sent; answered++)
        {
            await AnswerAsync(call.ResponseStream, cancellationToken);
        }
    }

    private static async Task AnswerAsync(IAsyncStreamReader<RecordDecisionsResponse> answers, CancellationToken cancellationToken)
    {
        if (!await answers.MoveNext(cancellationToken) || answers.Current.Results.Any(result => result.Receipt is null))
        {
            throw new InvalidOperationException("A decision was refused.");
        }
    }

    private static long Until(TimeSpan window) => Stopwatch.GetTimestamp() + (long)(window.TotalSeconds * Stopwatch.Frequency);

    private async Task<double> RunAsync(TimeSpan window, Func<Caller, long, Task<long>> loop)
    {
        using var self = Process.GetCurrentProcess();
        var (serverCpu, clientCpu) = (_server.CpuTime, self.TotalProcessorTime);
        var started = Stopwatch.GetTimestamp();
        var until = Until(window);
        var recorded = await Task.WhenAll(_callers.Select(caller => Task.Run(() => loop(caller, until))));
        var elapsed = Stopwatch.GetElapsedTime(started);
        self.Refresh();
        ServerCpuUs = (_server.CpuTime - serverCpu).TotalMicroseconds / recorded.Sum();
        ClientCpuUs = (self.TotalProcessorTime - clientCpu).TotalMicroseconds / recorded.Sum();
        Bench.Say(string.Create(CultureInfo.InvariantCulture, $"    processor time a decision: server {ServerCpuUs:N1} µs, client {ClientCpuUs:N1} µs"));
        return recorded.Sum() / elapsed.TotalSeconds;
    }

    /// <summary>Keeps templates and renews ids and numbers: a client that builds no text costs the two cores least.</summary>
    private sealed class Caller(DecisionService.DecisionServiceClient client, SampleDecisions decisions)
    {
        private readonly Decision[] _templates = [.. Enumerable.Range(0, TemplatesPerCaller).Select(_ => decisions.Next())];
        private readonly RecordDecisionRequest _single = new() { Parent = SampleDecisions.Organisation };
        private int _next;

        public DecisionService.DecisionServiceClient Client { get; } = client;

        public RecordDecisionRequest NextSingle()
        {
            var template = _templates[_next++ % TemplatesPerCaller];
            template.DecisionId = decisions.NextId();
            template.Subject.EmployeeNumber = decisions.NextWorker();
            _single.Decision = template;
            return _single;
        }

        public RecordDecisionsRequest NextBatch(long id)
        {
            var batch = new RecordDecisionsRequest { Parent = SampleDecisions.Organisation, BatchId = id };
            for (var i = 0; i < BatchSize; i++)
            {
                batch.Decisions.Add(Renewed(decisions.NextWorker()));
            }

            return batch;
        }

        /// <summary>A template about this worker under a new id; what does not change is shared with the template.</summary>
        public Decision Renewed(string employeeNumber)
        {
            var template = _templates[_next++ % TemplatesPerCaller];
            return new Decision
            {
                DecisionId = decisions.NextId(),
                Subject = new Subject
                {
                    EmployeeNumber = employeeNumber,
                    BargainingUnit = template.Subject.BargainingUnit,
                    WorkSite = template.Subject.WorkSite,
                    JobClass = template.Subject.JobClass,
                },
                Category = template.Category,
                Kind = template.Kind,
                Adverse = template.Adverse,
                System = template.System,
                Automation = template.Automation,
                Times = template.Times,
                Notice = template.Notice,
                Ground = template.Ground,
                Personal = template.Personal,
            };
        }
    }
}
