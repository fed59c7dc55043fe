using System.Diagnostics;

namespace Ledger.Benchmarks.Import;

/// <summary>A million decisions in one go through the batch stream, then all of them again.</summary>
internal sealed class ImportMillion : Benchmark
{
    private const int Decisions = 1_000_000;
    private const int QuickDecisions = 100_000;
    private const int Workers = 20_000;
    private const double MostMiB = 1024;

    private static readonly RowDefinition Rate = new("import.rate", "import of 1,000,000 decisions, 20,000 workers", "decisions/s", Target.None);

    private static readonly RowDefinition ServerMemory = new(
        "import.memory.server", "resident memory of the server at its highest", "MiB", Target.ValueBelow(MostMiB, "MiB"))
    { Baseline = "when half was in" };

    private static readonly RowDefinition ImporterMemory = new(
        "import.memory.importer", "resident memory of the importer at its highest", "MiB", Target.ValueBelow(MostMiB, "MiB"))
    { Baseline = "when half was in" };

    private static readonly RowDefinition Again = new("import.again", "decisions recorded by a second import of the same", "decisions", Target.ValueIs(0));

    public override IReadOnlyList<RowDefinition> Rows => [Rate, ServerMemory, ImporterMemory, Again];

    public override async Task<IReadOnlyList<Row>> RunAsync(Bench bench, IReadOnlyList<RowDefinition> wanted, CancellationToken cancellationToken)
    {
        var count = bench.Quick ? QuickDecisions : Decisions;
        await using var server = await LedgerServer.StartAsync(bench.NewDirectory("import"), store: null, cancellationToken);
        var source = new ImportSource(bench.Seed, Workers, bench.Clock.GetUtcNow(), count);
        double serverAtHalf = 0, importerAtHalf = 0;
        var started = Stopwatch.GetTimestamp();
        var recorded = await source.SendAsync(
            server, () => (serverAtHalf, importerAtHalf) = (server.Memory().Now, LedgerServer.MemoryOf(Environment.ProcessId).Now), cancellationToken);
        var rate = count / Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (recorded != count)
        {
            throw new InvalidOperationException($"{recorded} of {count} decisions were recorded.");
        }

        var again = await source.SendAsync(server, () => { }, cancellationToken);
        var (_, serverPeak) = server.Memory();
        var (_, importerPeak) = LedgerServer.MemoryOf(Environment.ProcessId);
        Row[] rows =
        [
            Rate.Of(rate, note: string.Create(CultureInfo.InvariantCulture, $"{count:N0} decisions")),
            ServerMemory.Of(serverPeak, serverAtHalf), ImporterMemory.Of(importerPeak, importerAtHalf), Again.Of(again),
        ];
        return [.. rows.Where(row => wanted.Contains(row.Definition))];
    }
}
