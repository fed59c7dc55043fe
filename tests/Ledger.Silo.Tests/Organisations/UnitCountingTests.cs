using System.Globalization;
using System.Text;
using FluentAssertions;
using Ledger.Contracts.Decisions;
using Ledger.Contracts.Organisations;
using Ledger.Contracts.Workers;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations;
using Ledger.Silo.Tests.Decisions;
using Ledger.Silo.Tests.Hosting;
using Ledger.Tests;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Ledger.Silo.Tests.Organisations;

public sealed class UnitCountingTests : IAsyncLifetime
{
    private readonly string directory = Directory.CreateTempSubdirectory("ledger-units-").FullName;
    private readonly TestStore store = new();
    private readonly Dictionary<string, long> revisions = new(StringComparer.Ordinal);
    private readonly List<(string Unit, int Month, string Worker)> truth = [];
    private int number;

    private string FilePath => Path.Combine(directory, "read", "units-main.db");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await store.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Counts_OfAHistory_AreThoseOfAnIndependentCount_AndNothingElseIsInTheFile()
    {
        await RecordAsync(300);
        await using (Run run = new(this))
        {
            await run.CaughtUpAsync();
            Totals(run.Counts).Should().BeEquivalentTo(Truth());
        }

        Dictionary<string, string> file = Dump();
        file.Should().NotBeEmpty();
        string everything = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(FilePath));
        everything.Should().NotContain("plan shifts").And.NotContain("shift_moved");
    }

    [Fact]
    public async Task Counts_ReadInPieces_InterruptedAndMadeAgain_AreTheSame()
    {
        for (int i = 0; i < 4; i++)
        {
            await RecordAsync(60);
            await using Run run = new(this);
            await run.CaughtUpAsync();
        }

        Dictionary<string, string> pieces = Dump();
        UnitFile.Delete(FilePath);
        await using (Run run = new(this))
        {
            await run.CaughtUpAsync();
        }

        Dump().Should().BeEquivalentTo(pieces);
    }

    [Fact]
    public async Task Writer_StoppedBeforeItsCommit_OrBesideAnother_CountsNothingTwice()
    {
        await RecordAsync(100);
        using UnitFile one = UnitFile.Open(FilePath), other = UnitFile.Open(FilePath);
        UnitBatch batch = new("main");
        foreach (RecordedEvent stored in await store.AllEventsAsync())
        {
            batch.Add(stored);
        }

        one.TryApply(batch).Should().BeTrue();
        other.TryApply(batch).Should().BeFalse("somebody has read on meanwhile");
        Totals(other).Should().BeEquivalentTo(Truth());
        other.Position.Should().Be(batch.Last!.Position);
    }

    [Theory]
    [InlineData("not a database")]
    [InlineData("")]
    public async Task File_ThatIsNone_IsMadeAgain(string content)
    {
        await RecordAsync(20);
        Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        await File.WriteAllTextAsync(FilePath, content);
        await using Run run = new(this);
        await run.CaughtUpAsync();
        Totals(run.Counts).Should().BeEquivalentTo(Truth());
    }

    [Fact]
    public async Task Store_RestoredFromAnOlderBackup_IsCountedAnew()
    {
        await RecordAsync(40);
        await using (Run run = new(this))
        {
            await run.CaughtUpAsync();
        }

        await using TestStore restored = await store.RestoreAsync(10);
        await using Run again = new(this, restored);
        await again.CaughtUpAsync();
        again.Counts.Cells(null, 1, int.MaxValue).Where(c => c.Key.Kind == UnitBatch.Total).Sum(c => c.Figures.Decisions).Should().Be(10);
    }

    [Fact]
    public async Task Mandates_AreListedUntilTheyEndOrAreTakenBack()
    {
        DateTimeOffset now = StoredDecision.Decided;
        Guid kept = StoredDecision.Id(1), withdrawn = StoredDecision.Id(2), over = StoredDecision.Id(3);
        string representative = Worker(99);
        DeskEntry desk = new(Worker(97), "hr", "F-1A2B-3C4D");
        await AppendAsync(Worker(1), MandateGiven.Type, new MandateGiven(kept, "main", Worker(1), representative, now.AddDays(2), desk));
        await AppendAsync(Worker(2), MandateGiven.Type, new MandateGiven(withdrawn, "main", Worker(2), representative, now.AddDays(2)));
        await AppendAsync(Worker(3), MandateGiven.Type, new MandateGiven(over, "main", Worker(3), representative, now.AddDays(-2)));
        await AppendAsync(Worker(2), MandateWithdrawn.Type, new MandateWithdrawn(withdrawn, "main", Worker(2), desk));
        await using Run run = new(this);
        await run.CaughtUpAsync();
        run.Counts.MandatesTo(representative, now).Should().Equal(new MandateInForce(Worker(1), now.AddDays(2)));
        run.Counts.MandatesTo(Worker(98), now).Should().BeEmpty();
    }

    private static string Worker(int worker) => worker.ToString("x32", CultureInfo.InvariantCulture);

    private async Task RecordAsync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            int n = number++;
            string worker = Worker(n * 7 % 23);
            // The last day of a month in the evening: the month is that of the work site, not of UTC.
            DateTimeOffset decided = new(2026, 1 + (n % 5), 1, 3, 30, 0, TimeSpan.Zero);
            DecisionRecorded decision = StoredDecision.Of(
                StoredDecision.Id(n), category: n % 3 == 0 ? Category.Pay : Category.TaskAllocation, adverse: n % 4 == 0, system: n % 2 == 0 ? "roster" : "pick rate", decided: decided);
            string? unit = (n % 3) switch { 0 => null, 1 => "local 1", _ => "local 2" };
            await AppendAsync(worker, DecisionRecorded.TypeInTheClear, decision with { Worker = worker, Act = decision.Act with { BargainingUnit = unit } });
            truth.Add((unit ?? "", (2026 * 12) + (n % 5) - 1, worker));
        }
    }

    private async Task AppendAsync(string worker, string type, object content)
    {
        byte[] data = content is DecisionRecorded decision ? DecisionJson.Bytes(decision)
            : System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(content, content.GetType(), WorkerJson.Default);
        string stream = $"worker-main-{worker}";
        long revision = revisions.GetValueOrDefault(stream, Revisions.NoStream);
        byte[] id = new byte[16];
        BitConverter.TryWriteBytes(id, ++appended);
        await store.AppendElsewhereAsync(new StreamAppend(stream, revision, [new NewEvent(new Guid(id), type, data, "{}"u8.ToArray())]));
        revisions[stream] = revision + 1;
    }

    private int appended;

    private IEnumerable<(string Unit, int Month, long Decisions, int Workers, long Largest)> Truth() => truth
        .GroupBy(t => (t.Unit, t.Month))
        .Select(g => (g.Key.Unit, g.Key.Month, (long)g.Count(), g.Select(t => t.Worker).Distinct(StringComparer.Ordinal).Count(), (long)g.GroupBy(t => t.Worker, StringComparer.Ordinal).Max(w => w.Count())));

    private static IEnumerable<(string Unit, int Month, long Decisions, int Workers, long Largest)> Totals(UnitFile counts)
    {
        List<(CellKey Key, CellFigures Figures)> cells = counts.Cells(null, 1, int.MaxValue);
        foreach (DimensionKind kind in Enum.GetValues<DimensionKind>())
        {
            cells.Where(c => c.Key.Kind == (int)kind).Sum(c => c.Figures.Decisions).Should().Be(cells.Where(c => c.Key.Kind == 0).Sum(c => c.Figures.Decisions), "{0} tells all decisions apart", kind);
        }

        return cells.Where(c => c.Key.Kind == UnitBatch.Total).Select(c => (c.Key.Unit, c.Key.Month, c.Figures.Decisions, c.Figures.Workers, c.Figures.Largest));
    }

    /// <summary>All that the file says, without the numbers that rows happened to get.</summary>
    private Dictionary<string, string> Dump()
    {
        using SqliteConnection connection = new($"Data Source={FilePath};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT unit || month || '/' || kind || value || hex(worker), c.decisions || ' ' || workers || ' ' || largest || ' ' || p.decisions FROM cells c JOIN parts p ON p.cell = c.cell";
        using SqliteDataReader rows = command.ExecuteReader();
        Dictionary<string, string> all = new(StringComparer.Ordinal);
        while (rows.Read())
        {
            all.Add(rows.GetString(0), rows.GetString(1));
        }

        return all;
    }

    /// <summary>A counting that runs until it is disposed of.</summary>
    private sealed class Run : IAsyncDisposable
    {
        private readonly CancellationTokenSource stopping = new();
        private readonly UnitCounting counting;
        private readonly Task running;
        private readonly TestStore followed;

        public Run(UnitCountingTests test, TestStore? store = null)
        {
            followed = store ?? test.store;
            counting = new UnitCounting("main", followed, new SiloOptions { DataDirectory = test.directory }, TimeProvider.System, NullLogger.Instance);
            running = Task.Run(() => counting.RunAsync(stopping.Token));
        }

        public UnitFile Counts => counting.File!;

        public async Task CaughtUpAsync()
        {
            StorePosition last = (await followed.AllEventsAsync())[^1].Position;
            await Eventually.HoldsAsync(() => Task.FromResult(counting.File?.Position == last), "all is counted");
        }

        public async ValueTask DisposeAsync()
        {
            await stopping.CancelAsync();
            await running;
            stopping.Dispose();
        }
    }
}
