using System.Globalization;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Transparency;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Tests.Decisions;
using Ledger.Silo.Tests.Hosting;
using Ledger.Silo.Tests.Workers;
using Ledger.Silo.Transparency;
using Ledger.Verification;
using Microsoft.Extensions.Time.Testing;

namespace Ledger.Silo.Tests.Transparency;

/// <summary>The log of one organisation by hand: a store and a folder of its own, runs that start and stop as the test says.</summary>
internal sealed class TestLog : IAsyncDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("ledger-log-").FullName;
    private readonly List<RunningLog> runs = [];
    private readonly Dictionary<int, TestWorker> workers = [];
    private readonly HttpClient http = new() { Timeout = Limits.WitnessPatience, MaxResponseContentBufferSize = Limits.NoteBytes };
    private TestStore store = new();
    private int decisions;

    public TestLog(string organisation = StoredDecision.Organisation)
    {
        Organisation = organisation;
        Options = new SiloOptions { DataDirectory = directory, Log = { IntervalSeconds = 0.05 } };
    }

    public string Organisation { get; }

    public SiloOptions Options { get; }

    public LogPlaces Places => new(Options, Organisation);

    public string KeysDirectory => Options.EffectiveKeysDirectory;

    /// <summary>What every producer was given, oldest first.</summary>
    public List<Receipt> Receipts { get; } = [];

    /// <summary>The store; another one takes its place as after a backup was restored.</summary>
    public TestStore Store
    {
        get => store;
        set
        {
            store = value;
            workers.Clear();
        }
    }

    public string KeyPath(string name = "") => Path.Combine(KeysDirectory, $"log-{Organisation}{name}.key");

    public string RequestPath => Path.Combine(KeysDirectory, $"log-{Organisation}.rotate");

    /// <summary>Path of a published file.</summary>
    public string PathOf(string name) => Path.Combine([Places.Tiles.Directory, .. name.Split('/')]);

    /// <summary>The public key of a key file.</summary>
    public VerifierKey KeyOf(string name = "") => SignerKey.TryParse(File.ReadAllText(KeyPath(name)).Trim(), out SignerKey? key)
        ? key.Verifier
        : throw new InvalidDataException(KeyPath(name));

    /// <summary>Records so many decisions about one worker, in one append. Returns the last one's receipt.</summary>
    public async Task<Receipt> RecordAsync(int count = 1, int worker = 0)
    {
        if (!workers.TryGetValue(worker, out TestWorker? recording))
        {
            workers.Add(worker, recording = new TestWorker(Store, worker.ToString("x32", CultureInfo.InvariantCulture)));
        }

        RecordResult[] results = await recording.RecordAsync([.. Enumerable.Range(0, count).Select(_ => StoredDecision.Command(++decisions))]);
        Receipts.AddRange(results.Select(r => r.Receipt!));
        return Receipts[^1];
    }

    /// <summary>The newest checkpoint published, or nothing.</summary>
    public Checkpoint? Published()
    {
        byte[]? bytes = Places.Tiles.ReadCheckpoint();
        return bytes is null ? null
            : Note.TryParse(bytes, out Note? note) && Checkpoint.TryParse(note.Text.Span, out Checkpoint? checkpoint) ? checkpoint
            : throw new InvalidDataException(System.Text.Encoding.UTF8.GetString(bytes));
    }

    public Note PublishedNote() => Note.TryParse(Places.Tiles.ReadCheckpoint(), out Note? note) ? note : throw new InvalidDataException("Nothing is published.");

    public static RecordedLeaf LeafOf(Receipt receipt) => new(receipt.Commit, receipt.Prepare, receipt.LeafHash);

    /// <summary>Starts a run, as another activation of the log would.</summary>
    public RunningLog Start(TimeProvider? time = null)
    {
        RunningLog run = new(this, http, time ?? TimeProvider.System);
        runs.Add(run);
        return run;
    }

    /// <summary>
    /// Starts, records, publishes and stops: a log with a history, whose first leaf is its key. Each number is that of the decisions between two
    /// checkpoints.
    /// </summary>
    public async Task GrowAsync(params int[] checkpoints)
    {
        await using RunningLog run = Start();
        await run.EventuallyAsync(() => run.Progress.Signed is not null, "it has signed");
        foreach (int count in checkpoints)
        {
            await run.PublishesAsync(await RecordAsync(count));
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RunningLog run in runs)
        {
            await run.DisposeAsync();
        }

        http.Dispose();
        await Store.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }
}

/// <summary>A run of a log, until it is disposed of.</summary>
internal sealed class RunningLog : IAsyncDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly LogRun run;
    private readonly Task running;

    public RunningLog(TestLog log, HttpClient http, TimeProvider time)
    {
        run = new LogRun(log.Organisation, log.Store, log.Options, http, time, new Entropy(), Lines);
        running = Task.Run(() => run.RunAsync(stopping.Token));
    }

    /// <summary>What it said to the operator.</summary>
    public LogLines Lines { get; } = new();

    public LogProgress Progress => run.Progress;

    public Publisher? Publisher => run.Publisher;

    public bool Covers(Receipt receipt) => CoversAsync(receipt).Result;

    /// <summary>Waits until what the receipt is for is published.</summary>
    public Task PublishesAsync(Receipt receipt) => EventuallyAsync(() => CoversAsync(receipt), "it is published");

    /// <summary>Waits until one of two runs has published it.</summary>
    public Task PublishesOrAsync(RunningLog other, Receipt receipt) => EventuallyAsync(
        async () => await CoversAsync(receipt) || await other.CoversAsync(receipt), $"one of them publishes it; the other said\n{other.Lines}");

    /// <summary>Waits until the log refuses to sign. Returns the reason.</summary>
    public async Task<string> RefusesAsync()
    {
        await EventuallyAsync(() => Task.FromResult(Progress.Status().Stopped is not null), "the log refuses to sign");
        return Progress.Status().Stopped!;
    }

    /// <summary>Lets time pass until the condition holds.</summary>
    public Task AdvanceUntilAsync(FakeTimeProvider time, TimeSpan step, Func<bool> condition, string what) => EventuallyAsync(
        () =>
        {
            time.Advance(step);
            return condition();
        },
        what);

    public Task EventuallyAsync(Func<Task<bool>> condition, string what) => Eventually.HoldsAsync(condition, () => $"{what}\n{Lines}");

    public Task EventuallyAsync(Func<bool> condition, string what) => Eventually.HoldsAsync(condition, () => $"{what}\n{Lines}");

    private Task<bool> CoversAsync(Receipt receipt) =>
        Progress.AwaitPublishedAsync(new StorePosition(receipt.Commit, receipt.Prepare), TimeSpan.Zero, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await running;
    }
}
