using System.CommandLine;
using Ledger.Benchmarks;
using Ledger.Benchmarks.Decisions;
using Ledger.Benchmarks.EventStoreDb;
using Ledger.Benchmarks.Import;
using Ledger.Benchmarks.Transparency;
using Ledger.Benchmarks.Workers;

Benchmark[] benchmarks =
[
    new RecordSingle(), new RecordBatch(), new RecordBatchManyWorkers(), new RecordOne(), new RecordOnEventStoreDb(),
    new TrailLast50(), new WorkerFirstCall(), new SealEvent(), new ImportMillion(),
    new IntakeWithLog(), new PublishedDelay(), new LogUnderOverload(), new VerifyLog(), new VerifyStore(), new LogTree(), new LogProof(),
];

var quick = new Option<string?>("--quick") { Description = "Measure one row only, within 40 s.", HelpName = "NAME" };
var only = new Option<string?>("--only") { Description = "Measure only rows whose name begins so.", HelpName = "PREFIX" };
var json = new Option<bool>("--json") { Description = "With --quick: end with one JSON line." };
var list = new Option<bool>("--list") { Description = "List the rows and stop." };
var @out = new Option<string>("--out") { Description = "Where the JSON of a whole run goes.", DefaultValueFactory = _ => "artifacts/bench.json" };
var store = new Option<string?>("--store")
{
    Description = "A real EventStoreDB for its rows, esdb://…; also LEDGER_TEST_ESDB.",
    DefaultValueFactory = _ => Environment.GetEnvironmentVariable("LEDGER_TEST_ESDB"),
};
var seed = new Option<int?>("--seed") { Description = "Seed of the workload; printed." };
var window = new Option<double?>("--window") { Description = "Seconds of each measured window; more on a machine with neighbours. Warm-up is twice as long.", HelpName = "SECONDS" };
var root = new RootCommand("Ledger's figures, each against a baseline that runs in the same minute.") { quick, only, json, list, @out, store, seed, window };
root.SetAction((parsed, cancellationToken) => RunAsync(parsed, cancellationToken));
return await root.Parse(args).InvokeAsync();

async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
{
    if (parsed.GetValue(list))
    {
        foreach (var row in benchmarks.SelectMany(benchmark => benchmark.Rows))
        {
            Console.WriteLine($"{row.Name,-28} {row.Meaning}");
        }

        return 0;
    }

    var name = parsed.GetValue(quick);
    var prefix = parsed.GetValue(only);
    var wanted = benchmarks
        .Select(benchmark => (benchmark, rows: benchmark.Rows.Where(row => name is not null
            ? string.Equals(row.Name, name, StringComparison.Ordinal)
            : prefix is null || row.Name.StartsWith(prefix, StringComparison.Ordinal)).ToList()))
        .Where(each => each.rows.Count > 0)
        .ToList();
    if (wanted.Count == 0)
    {
        await Console.Error.WriteLineAsync($"No row is called {name ?? prefix}; --list shows them all.");
        return 2;
    }

    // A real store keeps what earlier runs wrote, so ids must differ from run to run.
    using var bench = new Bench(name is not null, parsed.GetValue(store), parsed.GetValue(seed) ?? (int)(TimeProvider.System.GetTimestamp() & int.MaxValue), parsed.GetValue(window));
    Bench.Say($"seed {bench.Seed}");
    var rows = new List<Row>();
    foreach (var (benchmark, definitions) in wanted)
    {
        Bench.Say(string.Join(", ", definitions.Select(row => row.Name)));
        rows.AddRange(await benchmark.RunAsync(bench, definitions, cancellationToken));
    }

    var machine = Machine.Describe(bench.Root);
    if (name is not null && parsed.GetValue(json))
    {
        Console.WriteLine(Report.Line(rows[0]));
        return rows[0].Value is null ? 1 : 0;
    }

    Report.Print(Console.Out, machine, rows);
    if (name is null)
    {
        await Report.WriteAsync(parsed.GetValue(@out)!, machine, bench.Clock.GetUtcNow(), bench.Seed, rows, cancellationToken);
    }

    return 0;
}
