using Ledger.Contracts.Decisions;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations.Retention;
using Ledger.Silo.Tests.Decisions;
using Ledger.Silo.Tests.Hosting;
using Ledger.Silo.Tests.Workers;
using Ledger.Silo.Workers.Sealing;
using Microsoft.Extensions.Time.Testing;

namespace Ledger.Silo.Tests.Organisations.Retention;

/// <summary>
/// Two workers, recorded about in January and February 2025, and a file that has evaluations kept for twelve months. It is 15 February 2026: January's
/// evaluations may go, February's not yet, and nothing is said about rosters.
/// </summary>
internal sealed class RetainedLedger : IAsyncDisposable
{
    public const string Rule = "calendrier, règle 5";

    public static readonly RetentionPeriod January = new("evaluation", "2025-01");

    private static readonly DateTimeOffset Start = new(2025, 1, 10, 12, 0, 0, TimeSpan.Zero);

    private RetainedLedger()
    {
        One = new TestWorker(Store, new string('1', 32), Time);
        Two = new TestWorker(Store, new string('2', 32), Time);
        Rules($$"""{ "class": "evaluation", "months": 12, "from": "2025-01-01", "source": "{{Rule}}" }""");
    }

    /// <summary>The organisation's file.</summary>
    public string File { get; } = Path.GetTempFileName();

    public TestStore Store { get; } = new();

    public FakeTimeProvider Time { get; } = new(Start);

    public TestWorker One { get; }

    public TestWorker Two { get; }

    public static async Task<RetainedLedger> StartAsync()
    {
        RetainedLedger ledger = new();
        await ledger.One.RecordAsync(Evaluation(1), Command(2, Category.Scheduling));
        await ledger.Two.RecordAsync(Evaluation(3));
        ledger.Time.SetUtcNow(Start.AddMonths(1));
        await ledger.One.RecordAsync(Evaluation(4));
        ledger.Time.SetUtcNow(new DateTimeOffset(2026, 2, 15, 12, 0, 0, TimeSpan.Zero));
        return ledger;
    }

    public static PseudonymousDecision Evaluation(int number) => Command(number, Category.Evaluation);

    public static PseudonymousDecision Command(int number, Category category) =>
        StoredDecision.Command(StoredDecision.Of(StoredDecision.Id(number), category: category));

    /// <summary>Writes the organisation's file.</summary>
    public void Rules(params string[] rules) =>
        System.IO.File.WriteAllText(File, $$"""{ "schema": "ledger.retention/1", "rules": [{{string.Join(", ", rules)}}] }""");

    /// <summary>A run of the command, in a process of its own.</summary>
    /// <param name="steps">Stops it, where a test says.</param>
    /// <param name="directory">Another directory of keys.</param>
    public async Task<RetentionFindings> RunAsync(bool apply, Steps? steps = null, string? directory = null)
    {
        string keysDirectory = directory ?? TestKeys.DirectoryOf(Store);
        StoppingKeyStore keyStore = new(EmbeddedKeyStore.Open(keysDirectory), steps ?? new Steps());
        await using WorkerKeys keys = new(keyStore, keysDirectory, new Entropy());
        Store.BeforeAppend = append =>
        {
            Step(append, steps);
            return Task.FromResult<AppendResult?>(null);
        };
        Store.AfterAppend = append => Step(append, steps);
        try
        {
            List<string> failures = [];
            RetentionSchedule schedule = RetentionSchedule.Load(new RetentionOptions { File = File }, failures) ?? throw new InvalidOperationException(string.Join('\n', failures));
            RetentionRun run = new(Store, keys, schedule, StoredDecision.Organisation, Time, new Entropy());
            return apply ? await run.ApplyAsync(CancellationToken.None) : await run.LookAsync(CancellationToken.None);
        }
        finally
        {
            Store.BeforeAppend = null;
            Store.AfterAppend = null;
        }
    }

    public static async Task<Guid> HoldAsync(TestWorker worker, int number = 1)
    {
        Guid id = StoredDecision.Id(9000 + number);
        ProtectionAnswer answer = await worker.Grain.ProtectAsync(new ProtectionCommand(ProtectionStep.PlaceHold, id, "hr", "dispute", null), TestWorker.Call);
        return answer.Refusal is null ? id : throw new InvalidOperationException(answer.Refusal.ToString());
    }

    public static Task LiftAsync(TestWorker worker, Guid hold) =>
        worker.Grain.ProtectAsync(new ProtectionCommand(ProtectionStep.LiftHold, hold, "hr", "", null), TestWorker.Call);

    /// <summary>What a worker's trail shows: the number of each decision, with what is gone.</summary>
    public static async Task<string[]> TrailAsync(TestWorker worker, bool afresh = true)
    {
        TrailAnswer answer = await (afresh ? worker.Activate() : worker.Grain).ReadAsync(new TrailQuery(long.MaxValue, 50));
        return answer.Refusal is not null
            ? [answer.Refusal.Code.ToString()]
            : [.. answer.Entries.Select(e => Convert.ToInt32(e.Receipt.DecisionId.ToString()[^4..], 16) + (e.Erased ? " erased" : e.RetentionEnded ? " ended" : ""))];
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        System.IO.File.Delete(File);
    }

    private static void Step(StreamAppend append, Steps? steps)
    {
        if (append.Stream.StartsWith("organisation-", StringComparison.Ordinal))
        {
            steps?.Next();
        }
    }
}

/// <summary>Counts what a run changes, before and after each change, and stops it at one of these.</summary>
internal sealed class Steps(int stopAt = int.MaxValue)
{
    public int Taken { get; private set; }

    public void Next()
    {
        if (Taken++ == stopAt)
        {
            throw new InvalidOperationException("stopped");
        }
    }
}

/// <summary>A store of keys that stops where a test says.</summary>
internal sealed class StoppingKeyStore(IWorkerKeyStore inner, Steps steps) : IWorkerKeyStore
{
    public ValueTask<IReadOnlyList<StoredKey?>> FindAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken) => inner.FindAsync(ids, cancellationToken);

    public async ValueTask<IReadOnlyList<StoredKey?>> FindOrCreateAsync(IReadOnlyList<StoredKey> proposed, CancellationToken cancellationToken)
    {
        steps.Next();
        IReadOnlyList<StoredKey?> answer = await inner.FindOrCreateAsync(proposed, cancellationToken);
        steps.Next();
        return answer;
    }

    public async ValueTask DestroyAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken)
    {
        steps.Next();
        await inner.DestroyAsync(ids, cancellationToken);
        steps.Next();
    }

    public ValueTask<IReadOnlyList<StoredKey>> OlderThanAsync(string organisation, int version, StoredKey? after, int count, CancellationToken cancellationToken) =>
        inner.OlderThanAsync(organisation, version, after, count, cancellationToken);

    public ValueTask<int> ReplaceAsync(IReadOnlyList<(StoredKey Old, StoredKey New)> wraps, CancellationToken cancellationToken) => inner.ReplaceAsync(wraps, cancellationToken);

    public ValueTask<ReadOnlyMemory<byte>> RegisterAsync(string organisation, int version, ReadOnlyMemory<byte> fingerprint, CancellationToken cancellationToken) =>
        inner.RegisterAsync(organisation, version, fingerprint, cancellationToken);

    public ValueTask RetireAsync(string organisation, int version, CancellationToken cancellationToken) => inner.RetireAsync(organisation, version, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
