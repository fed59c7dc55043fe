using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Ledger.Cli.Transparency;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Transparency;
using Ledger.EventStore;
using Ledger.EventStore.Embedded;
using Ledger.Scenarios.Hosting;
using Ledger.Silo.Hosting;
using Ledger.Silo.Transparency;
using Ledger.Verification;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Transparency;

/// <summary>Every single bit of a store of 1,000 events, and bits anywhere in its file.</summary>
public sealed class EveryBitScenarios(ITestOutputHelper output) : IDisposable
{
    private const int Events = 1_000, Streams = 20, Samples = 400, FileSamples = 120;

    private static readonly string[] Columns = ["data", "metadata", "type", "id", "revision", "stream", "position"];

    private readonly TemporaryDirectory directory = new();

    private string Data => directory.Of("data");

    private string Log => Path.Combine(Data, "log", "main");

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task AnyBit_OfAnyEvent_IsFoundAndNamedForWhatItIs()
    {
        await MakeAsync();
        (RecordedEvent[] events, EntryBundle[] bundles) = await ReadAsync();
        ConcurrentBag<string> unseen = [];
        long flips = 0;
        long started = TimeProvider.System.GetTimestamp();
        Parallel.For(0, events.Length, i =>
        {
            long own = 0;
            foreach ((EventChange expected, string what, RecordedEvent flipped) in Flips(events[i]))
            {
                own++;
                EventChange seen = StoreComparison.Change(flipped, bundles[i / TileId.FullWidth][i % TileId.FullWidth]);
                if (seen != expected)
                {
                    unseen.Add($"event {i}, {what}: {seen}");
                }
            }

            Interlocked.Add(ref flips, own);
        });
        output.WriteLine($"{flips:N0} bits flipped in {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s.");
        flips.Should().BeGreaterThan(Events * 1_000);
        unseen.Should().BeEmpty();
    }

    [Fact]
    public async Task SomeBits_OfARealStore_AreFoundByTheComparisonThatNamesTheEvent()
    {
        Random random = new Seed(output).Next();
        string key = await MakeAsync();
        VerifierKey.TryParse(key, out VerifierKey? logKey).Should().BeTrue();
        using LogClient log = new(LogFiles.Open(CommandLine.Session(TextWriter.Null, TextWriter.Null), Log, tries: 1));
        TreeHead head = Head();
        await using EmbeddedEventStore store = Open();
        using StoreFile file = new(Data);
        StoredRow[] rows = [.. file.Rows().Where(r => LogLeaves.Holds("main", r.Stream))];
        rows.Should().HaveCount(Events);
        (await CompareAsync()).Finding.Should().BeNull("nothing was touched yet");
        Dictionary<StoreFault, int> faults = [];
        for (int i = 0; i < Samples; i++)
        {
            StoredRow row = rows[random.Next(rows.Length)];
            string column = Columns[i % Columns.Length];
            if (Undo(file, row, column, random) is not { } undo)
            {
                continue;
            }

            StoreFinding? finding = (await CompareAsync()).Finding;
            undo();
            finding.Should().NotBeNull("{0} of {1} was flipped", column, row.Event);
            finding!.EventId.Should().Be(new Guid(row.Id), "{0} was flipped", column);
            faults[finding.Fault] = faults.GetValueOrDefault(finding.Fault) + 1;
        }

        output.WriteLine(string.Join(", ", faults.Select(f => $"{f.Key} {f.Value}")));
        (await CompareAsync()).Finding.Should().BeNull("everything was put back");

        Task<StoreVerdict> CompareAsync() =>
            new StoreComparison(store, "main", head, [logKey!], log.ReadEntriesAsync).RunAsync(_ => { }, CancellationToken.None);
    }

    [Fact]
    public async Task AnyByte_OfTheStoresFile_IsFoundOrCannotBeReadOrIsNotOfAnyEvent()
    {
        Random random = new Seed(output).Next();
        string key = await MakeAsync();
        byte[] sound = await File.ReadAllBytesAsync(Path.Combine(Data, "events.db"));
        string[] claimed = Claimed(Data, out StoredRow[] rows);
        string copy = directory.Of("copy");
        Directory.CreateDirectory(copy);
        SortedDictionary<string, int> fates = new(StringComparer.Ordinal);
        for (int i = 0; i < FileSamples; i++)
        {
            int at = random.Next(sound.Length), bit = random.Next(8);
            byte[] flipped = [.. sound];
            flipped[at] ^= (byte)(1 << bit);
            await File.WriteAllBytesAsync(Path.Combine(copy, "events.db"), flipped);
            Said said = await CommandLine.RunAsync("verify", "--data", copy, "--organisation", "main", "--log", Log, "--log-key", key, "--json");
            string fate = said.Code switch
            {
                0 => Untouched(copy, claimed, rows),
                1 => Named(copy, said, rows),
                2 => "cannot be read, and said so",
                _ => throw new InvalidOperationException($"byte {at}, bit {bit}: {said}"),
            };
            fates[fate] = fates.GetValueOrDefault(fate) + 1;
            Array.ForEach(Directory.GetFiles(copy), File.Delete);
        }

        output.WriteLine(string.Join("\n", fates.Select(f => $"{f.Value} {f.Key}")));
        fates.Keys.Should().Contain(f => f.StartsWith("found", StringComparison.Ordinal));
    }

    /// <summary>What was flipped, if the command found nothing: all that is claimed must be as it was.</summary>
    private static string Untouched(string copy, string[] claimed, StoredRow[] rows)
    {
        Claimed(copy, out StoredRow[] now).Should().Equal(claimed, "nothing that is claimed may change unseen");
        using StoreFile file = new(copy);
        return !now.Select(r => r.Created).SequenceEqual(rows.Select(r => r.Created)) ? "not of any event: when the store took one"
            : !now.Select(r => r.Position).SequenceEqual(rows.Select(r => r.Position)) ? "not of any event: a number of the order, the order the same"
            : !now.Select(r => r.Claimed).SequenceEqual(rows.Select(r => r.Claimed), StringComparer.Ordinal) ? "not of any event: what stands around a signed checkpoint"
            : file.Integrity() != "ok" ? throw new InvalidOperationException("a damaged file was found sound")
            : "not of any event: empty space";
    }

    /// <summary>The event that was named must be one that is now another.</summary>
    private static string Named(string copy, Said said, StoredRow[] rows)
    {
        using StoreFile file = new(copy);
        if (said.Json.GetProperty("fault").ValueEquals("damaged"))
        {
            file.Integrity().Should().NotBe("ok");
            return "found: the file's index or pages, and no event";
        }

        StoredRow[] now = [.. file.ReadableRows()];
        string?[] first = [.. First(r => LogLeaves.Holds("main", r.Stream)), .. First(r => r.Stream == "checkpoint-main")];
        first.Should().Contain(Sight.OfVerify(said).Where, "{0}", said);
        return "found, and the event named";

        // The first that is another, as it was or as it is.
        IEnumerable<string?> First(Func<StoredRow, bool> wanted)
        {
            StoredRow[] before = [.. rows.Where(wanted)], after = [.. now.Where(wanted)];
            int at = before.Zip(after).TakeWhile(p => p.First.Claimed == p.Second.Claimed).Count();
            return [before.ElementAtOrDefault(at)?.Event, after.ElementAtOrDefault(at)?.Event];
        }
    }

    /// <summary>All that the log holds the store to, in order: of events everything, of signed checkpoints what they sign.</summary>
    private static string[] Claimed(string data, out StoredRow[] rows)
    {
        using StoreFile file = new(data);
        rows = [.. file.Rows()];
        return
        [
            .. rows.Where(r => LogLeaves.Holds("main", r.Stream)).Select(r => r.Claimed),
            .. rows.Where(r => r.Stream == "checkpoint-main").Select(r => Encoding.UTF8.GetString(r.Type) + Signed(r)),
        ];

        static string Signed(StoredRow row) =>
            (System.Text.Json.JsonSerializer.Deserialize(row.Data, LogJson.Default.CheckpointSigned)! with { Organisation = "", Commit = 0, Prepare = 0 }).ToString();
    }

    /// <summary>Flips one bit of a column; gives what puts it back, or nothing where the store's own rules forbid it.</summary>
    private static Action? Undo(StoreFile file, StoredRow row, string column, Random random)
    {
        if (column is not ("revision" or "stream" or "position"))
        {
            int bit = random.Next(file.Blob(row.Position, column).Length * 8);
            file.Flip(row.Position, column, bit);
            return () => file.Flip(row.Position, column, bit);
        }

        // Numbers: a small one, so that a stream with that number may be there, and a place with that number taken.
        long number = file.Number(row.Position, column);
        long other = number ^ (1L << random.Next(column == "stream" ? 4 : 12));
        if (!file.TryWrite(row.Position, column, other))
        {
            return null;
        }

        return () => file.Write(column == "position" ? other : row.Position, column, number);
    }

    private static IEnumerable<(EventChange Expected, string What, RecordedEvent Flipped)> Flips(RecordedEvent stored)
    {
        byte[] revision = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(revision, stored.Revision);
        return Of("stream", EventChange.Place, Encoding.UTF8.GetBytes(stored.Stream), b => stored with { Stream = Encoding.UTF8.GetString(b) })
            .Concat(Of("revision", EventChange.Place, revision, b => stored with { Revision = BinaryPrimitives.ReadInt64BigEndian(b) }))
            .Concat(Of("id", EventChange.Id, stored.Id.ToByteArray(), b => stored with { Id = new Guid(b) }))
            .Concat(Of("type", EventChange.Type, Encoding.UTF8.GetBytes(stored.Type), b => stored with { Type = Encoding.UTF8.GetString(b) }))
            .Concat(Of("metadata", EventChange.Metadata, stored.Metadata.ToArray(), b => stored with { Metadata = b }))
            .Concat(Of("data", EventChange.Data, stored.Data.ToArray(), b => stored with { Data = b }));
    }

    private static IEnumerable<(EventChange Expected, string What, RecordedEvent Flipped)> Of(
        string what, EventChange expected, byte[] bytes, Func<byte[], RecordedEvent> with)
    {
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            yield return (expected, $"{what}, bit {bit}", with(bytes));
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    private async Task<(RecordedEvent[] Events, EntryBundle[] Bundles)> ReadAsync()
    {
        await using EmbeddedEventStore store = Open();
        List<RecordedEvent> events = [];
        await foreach (RecordedEvent stored in store.ReadAllAsync(ReadDirection.Forwards, StorePosition.Start, int.MaxValue, CancellationToken.None))
        {
            if (LogLeaves.Holds("main", stored.Stream))
            {
                events.Add(stored);
            }
        }

        events.Should().HaveCount(Events);
        using LogClient log = new(LogFiles.Open(CommandLine.Session(TextWriter.Null, TextWriter.Null), Log, tries: 1));
        EntryBundle[] bundles = new EntryBundle[(Events / TileId.FullWidth) + 1];
        for (ulong i = 0; i < (ulong)bundles.Length; i++)
        {
            bundles[i] = await log.ReadEntriesAsync(TileId.At(TileId.EntriesLevel, i, Events)!.Value, CancellationToken.None);
        }

        return ([.. events], bundles);
    }

    /// <summary>Writes the events as a silo does, and lets the real log sign them.</summary>
    /// <returns>The log's key.</returns>
    private async Task<string> MakeAsync()
    {
        Entropy entropy = new();
        Directory.CreateDirectory(Path.Combine(Data, "keys"));
        await using (EmbeddedEventStore store = Open())
        {
            byte[][] salts = [.. Enumerable.Repeat(ChainedEvent.FirstSalt, Streams)];

            // The last of the leaves names the log's key: the log writes it itself.
            for (int i = 0; i < Events - 1; i++)
            {
                string stream = $"worker-main-{i % Streams:x32}";
                long revision = i / Streams;
                ChainedEvent chained = ChainedEvent.Compose(
                    new EventDraft(entropy.NewId(), "decision-recorded.v1", Encoding.UTF8.GetBytes($$"""{"n":{{i}},"quart":"samedi"}""")),
                    stream, revision, revision, salts[i % Streams], DateTimeOffset.UnixEpoch, new CallContext("p", "1", null), entropy);
                salts[i % Streams] = chained.NextSalt;
                (await store.AppendAsync(new StreamAppend(stream, revision - 1, [chained.Event]), CancellationToken.None)).Appended.Should().BeTrue();
            }
        }

        (await RunningLog.RunAsync(Data, Events)).Should().BeNull();
        SignerKey.TryParse((await File.ReadAllTextAsync(Path.Combine(Data, "keys", "log-main.key"))).Trim(), out SignerKey? key).Should().BeTrue();
        using (key)
        {
            return key!.Verifier.ToString();
        }
    }

    private TreeHead Head()
    {
        Note.TryParse(File.ReadAllBytes(Path.Combine(Log, "checkpoint")), out Note? note).Should().BeTrue();
        Checkpoint.TryParse(note!.Text.Span, out Checkpoint? checkpoint).Should().BeTrue();
        return checkpoint!.Head;
    }

    private EmbeddedEventStore Open() =>
        EmbeddedEventStore.Open(new EmbeddedEventStoreOptions { Directory = Data }, TimeProvider.System, NullLogger.Instance);
}
