using System.Threading.Channels;
using Ledger.Cli.Import.Mapping;
using Ledger.Cli.Import.Sources;
using Ledger.V1;

namespace Ledger.Cli.Import;

/// <summary>What to import, and where what is said about it goes.</summary>
internal sealed record ImportRequest(string File, ImportMapping Mapping, string Organisation)
{
    public const int MaxBatchDecisions = 1000;

    /// <summary>Where the state is kept; null: the import cannot be resumed.</summary>
    public string? StatePath { get; init; }

    /// <summary>Where bad rows are reported; null: they are only counted.</summary>
    public string? ReportPath { get; init; }

    public int BatchDecisions { get; init; } = 500;

    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromMinutes(2);
}

internal enum StartedOver
{
    No,
    FileChanged,
    MappingChanged,
    OtherOrganisation,
}

/// <summary>What an import did. <paramref name="Counts"/> include what earlier, interrupted runs did.</summary>
internal sealed record ImportResult(ImportCounts Counts, long ResumedFromRow, StartedOver StartedOver, int Reconnects, TimeSpan Elapsed, long DecisionsThisRun);

/// <summary>How far an import is.</summary>
internal readonly record struct ImportProgress(long Rows, long Decisions, double Fraction);

/// <summary>Reads a file row by row, maps, sends, and keeps account. Nothing grows with the length of the file.</summary>
internal sealed class Importer(DecisionService.DecisionServiceClient client, TimeProvider time, Random jitter)
{
    // Rows without decisions fill no batch; cut it all the same, so that progress and state move on.
    private const int MaxBatchRows = 5_000;
    private const long MaxBatchBytes = 1 << 20;
    private static readonly TimeSpan StateEvery = TimeSpan.FromSeconds(1);

    public async Task<ImportResult> RunAsync(ImportRequest request, Action<ImportProgress>? progress, CancellationToken cancellation)
    {
        using SourceFile source = Open(request);
        string identity = SourceFile.IdentityOf(request.File);
        (ImportState? state, StartedOver startedOver) = Resumable(request, identity);
        ImportCounts total = state?.Counts ?? new ImportCounts();
        long resumedFrom = total.Rows;
        long decisionsBefore = total.Decisions;
        using ImportReport? report = request.ReportPath is { } path ? new ImportReport(path, state?.ReportBytes ?? 0) : null;

        long started = time.GetTimestamp();
        long saved = started;
        long next = 0;
        Dictionary<long, Batch> ahead = [];

        void Save(bool finished)
        {
            report?.Flush();
            if (request.StatePath is { } statePath)
            {
                new ImportState(ImportState.CurrentSchema, identity, request.Mapping.Hash, request.Organisation, total.Rows, report?.Bytes ?? 0, finished, total).Write(statePath);
            }

            saved = time.GetTimestamp();
        }

        // Batches are answered in any order, but only what has no gap before it counts as done.
        void Done(Batch batch)
        {
            ahead.Add(batch.Number, batch);
            while (ahead.Remove(next, out Batch? first))
            {
                next++;
                total.Add(first.Counts);
                foreach (ReportLine line in first.Report.OrderBy(line => line.Row))
                {
                    report?.Write(line);
                }

                progress?.Invoke(new ImportProgress(total.Rows, total.Decisions, Fraction(first.Position, source.Length)));
            }

            if (time.GetElapsedTime(saved) > StateEvery)
            {
                Save(finished: false);
            }
        }

        Channel<Batch> batches = Channel.CreateBounded<Batch>(2);
        DecisionStream stream = new(client, $"organisations/{request.Organisation}", time, jitter, request.GiveUpAfter);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task reading = Task.Run(() => ReadAsync(request, source, resumedFrom, batches.Writer, stop.Token), CancellationToken.None);
        bool finished = false;
        try
        {
            await stream.SendAsync(batches.Reader, Done, cancellation);
            finished = true;
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
            Save(finished);
        }

        return new ImportResult(total, resumedFrom, startedOver, stream.Reconnects, time.GetElapsedTime(started), total.Decisions - decisionsBefore);
    }

    /// <summary>Reads, maps and checks as far as one can without a server; nothing is sent and no state is kept.</summary>
    public static DryRun Try(ImportRequest request, TimeProvider time, int examples, Action<ImportProgress>? progress, CancellationToken cancellation)
    {
        using SourceFile source = Open(request);
        using ImportReport? report = request.ReportPath is { } path ? new ImportReport(path, 0) : null;
        ImportCounts total = new();
        List<Decision> first = [];
        List<ReportLine> problems = [];
        DateTimeOffset now = time.GetUtcNow();
        long started = time.GetTimestamp();
        foreach (Batch batch in Batches(request, source, 0))
        {
            cancellation.ThrowIfCancellationRequested();
            for (int i = 0; i < batch.Decisions.Count; i++)
            {
                Decision decision = batch.Decisions[i];
                if (DecisionCheck.FirstRefusal(decision, now) is { } refusal)
                {
                    (long row, long line) = batch.Origins[i];
                    batch.Counts.Refused++;
                    ImportCounts.Count(batch.Counts.RefusedBy, refusal.Code);
                    batch.Report.Add(new ReportLine(line, row, refusal.Field, refusal.Code, ImportText.Say("WouldBeRefused", refusal.Field, refusal.Code), "import", decision.DecisionId));
                }
                else if (first.Count < examples)
                {
                    first.Add(decision);
                }
            }

            foreach (ReportLine line in batch.Report.OrderBy(line => line.Row))
            {
                report?.Write(line);
                if (problems.Count < examples)
                {
                    problems.Add(line);
                }
            }

            total.Add(batch.Counts);
            progress?.Invoke(new ImportProgress(total.Rows, total.Decisions, Fraction(batch.Position, source.Length)));
        }

        return new DryRun(total, first, problems, time.GetElapsedTime(started));
    }

    private static double Fraction(long position, long length) => length == 0 ? 1 : Math.Min(1, (double)position / length);

    private static SourceFile Open(ImportRequest request) =>
        SourceFile.Open(request.File, request.Mapping.Source) ?? throw new ImportException(ImportText.Say("UnknownFormat", request.File));

    private static (ImportState? State, StartedOver StartedOver) Resumable(ImportRequest request, string identity)
    {
        if (request.StatePath is not { } path || ImportState.Read(path) is not { Finished: false } state)
        {
            return (null, StartedOver.No);
        }

        return state.File != identity ? (null, StartedOver.FileChanged)
            : state.Mapping != request.Mapping.Hash ? (null, StartedOver.MappingChanged)
            : state.Organisation != request.Organisation ? (null, StartedOver.OtherOrganisation)
            : (state, StartedOver.No);
    }

    private static async Task ReadAsync(ImportRequest request, SourceFile source, long skipRows, ChannelWriter<Batch> writer, CancellationToken cancellation)
    {
        try
        {
            foreach (Batch batch in Batches(request, source, skipRows))
            {
                await writer.WriteAsync(batch, cancellation);
            }

            writer.TryComplete();
        }
        catch (Exception error) when (error is IOException or InvalidDataException or ImportException)
        {
            writer.TryComplete(error as ImportException ?? new ImportException(ImportText.Say("FileUnreadable", error.Message), error));
        }
        catch (OperationCanceledException)
        {
            writer.TryComplete();
        }
    }

    private static IEnumerable<Batch> Batches(ImportRequest request, SourceFile source, long skipRows)
    {
        Batch batch = new(0);
        foreach (Row row in source.Rows())
        {
            if (row.Number <= skipRows)
            {
                continue;
            }

            Mapped mapped = request.Mapping.Map(row);
            if (batch.Decisions.Count > 0 && batch.Decisions.Count + mapped.Decisions.Count > request.BatchDecisions)
            {
                yield return batch;
                batch = new Batch(batch.Number + 1);
            }

            Take(batch, row, mapped);
            batch.Position = source.Position;
            if (batch.Counts.Rows >= MaxBatchRows || batch.Bytes >= MaxBatchBytes)
            {
                yield return batch;
                batch = new Batch(batch.Number + 1);
            }
        }

        if (batch.Counts.Rows > 0)
        {
            yield return batch;
        }
    }

    private static void Take(Batch batch, Row row, Mapped mapped)
    {
        ImportCounts counts = batch.Counts;
        counts.Rows++;
        if (mapped.Problem is { } problem)
        {
            counts.BadRows++;
            ImportCounts.Count(counts.Bad, problem.Code);
            batch.Report.Add(new ReportLine(row.Line, row.Number, problem.Field, problem.Code, problem.Message, "import", null));
            return;
        }

        Rule rule = mapped.Rule!;
        if (!rule.Records)
        {
            counts.RowsPartOf += rule.PartOf ? 1 : 0;
            counts.RowsSkipped += rule.PartOf ? 0 : 1;
            ImportCounts.Count(rule.PartOf ? counts.PartOf : counts.Skipped, rule.Name);
            return;
        }

        counts.RowsWithDecisions++;
        counts.Decisions += mapped.Decisions.Count;
        foreach ((string name, Decision decision) in mapped.Decisions)
        {
            ImportCounts.Count(counts.ByRule, name);
            batch.Decisions.Add(decision);
            batch.Origins.Add((row.Number, row.Line));
            batch.Bytes += decision.CalculateSize();
        }
    }
}

/// <summary>What a dry run found: <c>Refused</c> counts what the server would refuse by the rules known here.</summary>
internal sealed record DryRun(ImportCounts Counts, IReadOnlyList<Decision> Examples, IReadOnlyList<ReportLine> Problems, TimeSpan Elapsed);
