using Google.Protobuf;
using Grpc.Core;
using Ledger.Cli.Decisions;
using Ledger.Cli.Hosting;
using Ledger.V1;

namespace Ledger.Cli.Demo;

/// <summary>What the demo did.</summary>
/// <param name="Recorded">Decisions of the demo in the ledger, recorded now or by an earlier run.</param>
/// <param name="New">Those recorded now.</param>
/// <param name="Worker">The worker whose trail is shown.</param>
/// <param name="TrailLength">Decisions in that trail.</param>
/// <param name="OtherEmployeeNumber">Somebody else's number.</param>
/// <param name="Checkpoint">A published checkpoint that covers all of them.</param>
internal sealed record DemoResult(long Recorded, long New, Worker Worker, long TrailLength, string OtherEmployeeNumber, Checkpoint Checkpoint);

/// <summary>
/// « Ville de Bellerive (simulée) »: nobody in it exists. Its decisions have fixed ids and times, so that a second run on the same directory
/// finds them there. They go in by the same public call as anybody's.
/// </summary>
/// <param name="session">Where.</param>
/// <param name="producer">The ledger, as its producer.</param>
/// <param name="worker">The ledger, as the worker whose trail is shown.</param>
internal sealed class BellerivePlay(Session session, LedgerConnection producer, LedgerConnection worker)
{
    public const string Organisation = "bellerive-simulee";
    public const string OrganisationName = "Ville de Bellerive (simulée)";
    public const string EmployeeNumber = "BEL-1042";
    private const string Story = "Ledger.Cli.Demo.bellerive.jsonl";
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default);

    public static string Parent => $"organisations/{Organisation}";

    public async Task<DemoResult> RunAsync(CancellationToken cancellationToken)
    {
        RecordResult[] results = await RecordAsync(cancellationToken);
        long already = results.LongCount(r => r.AlreadyRecorded);
        Caller caller = await worker.Access.GetCallerAsync(new GetCallerRequest(), worker.Call(cancellationToken));
        Worker about = new() { Name = caller.Worker, Worker_ = caller.Worker[(caller.Worker.LastIndexOf('/') + 1)..] };
        long length = 0;
        await foreach (RecordedDecision _ in TrailOf(about).ReadAsync(long.MaxValue, cancellationToken))
        {
            length++;
        }

        StorePosition last = results.Select(r => r.Receipt.Position).MaxBy(p => (p.Commit, p.Prepare))!;
        Checkpoint checkpoint = await worker.Transparency.GetCheckpointAsync(
            new GetCheckpointRequest { Parent = Parent, Covering = last }, worker.Call(cancellationToken));
        string other = Decisions().Select(d => d.Subject.EmployeeNumber).First(n => !string.Equals(n, EmployeeNumber, StringComparison.Ordinal));
        return new DemoResult(results.Length, results.Length - already, about, length, other, checkpoint);
    }

    public Trail TrailOf(Worker about) => new(worker, new ListDecisionsRequest { Parent = about.Name });

    /// <summary>The decisions of the play, in the order they were taken.</summary>
    public static IEnumerable<Decision> Decisions()
    {
        using StreamReader reader = new(typeof(BellerivePlay).Assembly.GetManifestResourceStream(Story)
            ?? throw new InvalidOperationException($"The resource {Story} is missing."));
        while (reader.ReadLine() is { } line)
        {
            yield return Parser.Parse<Decision>(line);
        }
    }

    private async Task<RecordResult[]> RecordAsync(CancellationToken cancellationToken)
    {
        RecordDecisionsRequest request = new() { Parent = Parent, BatchId = 1 };
        request.Decisions.AddRange(Decisions());
        using AsyncDuplexStreamingCall<RecordDecisionsRequest, RecordDecisionsResponse> call = producer.Decisions.RecordDecisions(LedgerConnection.Stream(cancellationToken));
        await call.RequestStream.WriteAsync(request, cancellationToken);
        await call.RequestStream.CompleteAsync();
        if (!await call.ResponseStream.MoveNext(cancellationToken))
        {
            throw new CommandFailure(ExitCode.Unavailable, session.Texts["failure.unreachable"]);
        }

        Google.Protobuf.Collections.RepeatedField<RecordResult> results = call.ResponseStream.Current.Results;
        if (results.FirstOrDefault(r => r.ResultCase == RecordResult.ResultOneofCase.Error) is { } failed)
        {
            throw ServerRefusal.From(failed.Error).ToFailure(session.Texts);
        }

        return [.. results];
    }
}
