using System.Text;
using Microsoft.Data.Sqlite;

namespace Ledger.Benchmarks.Decisions;

/// <summary>Events as the ledger really stored them: the bytes that baselines write, so that they write neither more nor less.</summary>
internal sealed class StoredSample(IReadOnlyList<StoredEvent> events)
{
    private readonly StoredEvent _typical = events.OrderBy(each => each.Data.Length).ElementAt(events.Count / 2);

    public IReadOnlyList<StoredEvent> Events { get; } = events;

    public string TypicalData => Encoding.UTF8.GetString(_typical.Data);

    public string TypicalMetadata => Encoding.UTF8.GetString(_typical.Metadata);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Events.Average(each => each.Data.Length):N0} bytes of data and {Events.Average(each => each.Metadata.Length):N0} of metadata a decision");

    /// <summary>Records some decisions on a running server and reads what it stored.</summary>
    public static async Task<StoredSample> TakeAsync(LedgerServer server, string dataDirectory, Bench bench, CancellationToken cancellationToken)
    {
        var decisions = new SampleDecisions(bench.Seed, workers: 500, bench.Clock.GetUtcNow());
        var load = new RecordLoad(server, bench, callers: 1, workers: 500, channels: 1);
        await load.FillAsync(Enumerable.Range(0, 1_000).Select(_ => decisions.NextWorker()), cancellationToken);
        var sample = await ReadAsync(dataDirectory, cancellationToken);
        Bench.Say($"  {sample}");
        return sample;
    }

    // Read beside the server: in WAL mode a reader disturbs nobody, and the store's own door lets in one process only.
    private static async Task<StoredSample> ReadAsync(string dataDirectory, CancellationToken cancellationToken)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(dataDirectory, "events.db")};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT metadata, data FROM events WHERE type = 'decision-recorded.v2' LIMIT 1000";
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var events = new List<StoredEvent>();
        while (await reader.ReadAsync(cancellationToken))
        {
            events.Add(new StoredEvent(reader.GetFieldValue<byte[]>(0), reader.GetFieldValue<byte[]>(1)));
        }

        return new StoredSample(events);
    }
}

/// <summary>Metadata and data of one stored event.</summary>
internal sealed record StoredEvent(byte[] Metadata, byte[] Data);
