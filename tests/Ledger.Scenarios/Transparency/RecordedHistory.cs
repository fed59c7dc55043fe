using System.Globalization;
using Google.Protobuf;
using Ledger.Cli.Hosting;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.Tests;
using Ledger.V1;
using Ledger.Verification;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using WitnessDirectory = Ledger.Cli.Transparency.WitnessDirectory;

namespace Ledger.Scenarios.Transparency;

/// <summary>
/// A real ledger that recorded 10,000 events and was stopped, and all that people outside kept of it: a backup, what a witness and an auditor
/// saw when half was in, a worker's evidence file from then, and a receipt of every decision.
/// </summary>
internal sealed class RecordedHistory : IDisposable
{
    /// <summary>Leaves of the log: a few are about the organisation itself, the others are decisions.</summary>
    public const ulong Size = 10_000;

    /// <summary>Leaves when the backup was made, and when witness, auditor and worker looked.</summary>
    public const ulong SizeAtBackup = 2_500, SizeAtLook = 5_000;

    private const int Workers = 100, Batch = 500;
    private const string Union = "union.example/witness";

    private readonly TemporaryDirectory directory = new();
    private readonly List<Receipt> receipts = [];
    private readonly Random random;

    private RecordedHistory(Random random) => this.random = random;

    /// <summary>Data directory of the stopped server.</summary>
    public string Data => directory.Of("data");

    /// <summary>A copy of the whole data directory from before the look.</summary>
    public string Backup => directory.Of("backup");

    /// <summary>What the witness kept when half was in.</summary>
    public string WitnessState => directory.Of("witness-then");

    /// <summary>The same of the auditor.</summary>
    public string AuditorState => directory.Of("auditor");

    /// <summary>The worker's evidence file from then.</summary>
    public string Evidence => directory.Of("evidence");

    /// <summary>Receipts of all decisions.</summary>
    public string ReceiptsFile => directory.Of("receipts.jsonl");

    /// <summary>Pseudonym of the worker that the evidence is about.</summary>
    public string Worker { get; private set; } = "";

    public string LogKey { get; private set; } = "";

    public string WitnessKey { get; private set; } = "";

    /// <summary>An event of the worker from before the backup.</summary>
    public StoredRow Early => Leaves.First(r => r.Stream == $"worker-main-{Worker}" && r.Revision == 10);

    /// <summary>An event of another worker, a little later.</summary>
    public StoredRow Stranger => Leaves.First(r => r.Stream != Early.Stream && r.Position > Early.Position + 10);

    /// <summary>The leaves of the log, as the store had them.</summary>
    public IReadOnlyList<StoredRow> Leaves { get; private set; } = [];

    /// <summary>A new copy of a directory.</summary>
    public string Copy(string from, string name)
    {
        string to = directory.Of(name);
        foreach (string sub in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories).Prepend(from))
        {
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, sub)));
        }

        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
        }

        return to;
    }

    /// <summary>Where a copy is.</summary>
    public string PathOf(string name) => directory.Of(name);

    public void Dispose() => directory.Dispose();

    public static async Task<RecordedHistory> MakeAsync(Random random)
    {
        RecordedHistory history = new(random);
        try
        {
            await history.MakeAsync();
            using StoreFile store = new(history.Data);
            history.Leaves = [.. store.Rows().Where(r => LogLeaves.Holds("main", r.Stream))];
            history.Leaves.Should().HaveCount((int)Size);
            history.Leaves.Where(r => r.Stream.StartsWith("worker-", StringComparison.Ordinal)).Select(r => r.EventId).Should().Equal(history.receipts.Select(r => r.EventId));
            return history;
        }
        catch
        {
            history.Dispose();
            throw;
        }
    }

    /// <summary>Opens a data directory with a real server, records so that its log has a size, and stops.</summary>
    /// <returns>Receipts of what was recorded.</returns>
    public async Task<IReadOnlyList<Receipt>> WriteOnAsync(string data, ulong from, ulong to)
    {
        await using RunningServer server = await RunningServer.StartAsync(data, WitnessKey);
        List<Receipt> written = [];
        await RecordAsync(server.Ledger, written, from, to);
        return written;
    }

    // The first of the workers; nobody else may look without being recorded.
    private const string WhoseEvidence = "E-0";

    private async Task MakeAsync()
    {
        using (StringWriter nowhere = new())
        using (WitnessDirectory witness = WitnessDirectory.Open(CommandLine.Session(nowhere, nowhere), directory.Of("witness"), Union))
        {
            WitnessKey = witness.Key.Verifier.ToString();
        }

        receipts.AddRange(await WriteOnAsync(Data, 1, SizeAtBackup));
        Copy(Data, "backup");
        await using RunningServer server = await RunningServer.StartAsync(Data, WitnessKey);
        await RecordAsync(server.Ledger, receipts, SizeAtBackup, SizeAtLook);
        LogKey = (await server.ReadAsync("keys")).TrimEnd('\n');
        Worker = (await server.Ledger.Access.GetCallerAsync(new GetCallerRequest())).Worker.Split('/')[3];
        await SucceedsAsync("witness", "--log", server.Log, "--log-key", LogKey, "--state", directory.Of("witness"), "--once");
        Copy(directory.Of("witness"), "witness-then");
        await SucceedsAsync("verify", "--log", server.Log, "--log-key", LogKey, "--state", AuditorState);
        await SucceedsWithAsync(server.Token, "export", "--server", server.Ledger.Address.ToString(), "--worker", Worker, "--evidence", Evidence);
        await RecordAsync(server.Ledger, receipts, SizeAtLook, Size);
        await SucceedsAsync("witness", "--log", server.Log, "--log-key", LogKey, "--state", directory.Of("witness"), "--once");
        await File.WriteAllLinesAsync(ReceiptsFile, receipts.Select(r => JsonFormatter.Default.Format(r)));
    }

    private async Task RecordAsync(LedgerConnection ledger, List<Receipt> into, ulong has, ulong size)
    {
        while (has < size)
        {
            RecordDecisionsRequest request = new() { Parent = DecisionBuilder.Organisation };
            for (ulong i = 0; i < Math.Min(Batch, size - has); i++)
            {
                string number = string.Create(CultureInfo.InvariantCulture, $"E-{(into.Count + (int)i) % Workers}");
                request.Decisions.Add(new DecisionBuilder(Seed.NewId(random), number).Build());
            }

            using var call = ledger.Decisions.RecordDecisions();
            await call.RequestStream.WriteAsync(request);
            await call.RequestStream.CompleteAsync();
            (await call.ResponseStream.MoveNext(CancellationToken.None)).Should().BeTrue();
            RecordDecisionsResponse answer = call.ResponseStream.Current;
            Receipt[] given = [.. answer.Results.Select(r => r.Receipt ?? throw new InvalidOperationException(r.Error.ToString()))];
            into.AddRange(given.OrderBy(r => r.Position.Commit).ThenBy(r => r.Revision));
            has = await SizeAsync(ledger, into[^1]);
        }

        has.Should().Be(size);
    }

    /// <summary>Size of the published log once it holds this event.</summary>
    private static async Task<ulong> SizeAsync(LedgerConnection ledger, Receipt receipt) => (await ledger.Transparency.GetCheckpointAsync(
        new GetCheckpointRequest { Parent = DecisionBuilder.Organisation, Covering = receipt.Position })).Size;

    private static Task SucceedsAsync(params string[] arguments) => SucceedsWithAsync("", arguments);

    private static async Task SucceedsWithAsync(string token, params string[] arguments)
    {
        Said said = await CommandLine.RunAsync(token, arguments);
        said.Code.Should().Be(0, "{0}", said);
    }

    /// <summary>The whole ledger in this process.</summary>
    private sealed class RunningServer : IAsyncDisposable
    {
        private readonly HttpClient http = new();
        private readonly LedgerHost host;
        private readonly Session session;

        private RunningServer(LedgerHost host, Session session)
        {
            this.host = host;
            this.session = session;
            Ledger = LedgerConnection.To(session, host, Tokens.Usual(WhoseEvidence));
        }

        public LedgerConnection Ledger { get; }

        /// <summary>The token of the worker whose evidence is kept.</summary>
        public string Token => host.Token(session, Tokens.Usual(WhoseEvidence));

        public string Log => new Uri(host.Http, "log/main").ToString();

        public static async Task<RunningServer> StartAsync(string data, string witnessKey)
        {
            Session nowhere = CommandLine.Session(TextWriter.Null, TextWriter.Null);
            Dictionary<string, string?> settings = new(StringComparer.Ordinal)
            {
                ["Ledger:DataDirectory"] = data,
                ["Ledger:Api:HttpPort"] = Port(),
                ["Ledger:Api:GrpcPort"] = Port(),
                ["Ledger:Silo:SiloPort"] = Port(),
                ["Ledger:Silo:GatewayPort"] = Port(),
                ["Ledger:Organisations:0"] = "main",
                ["Ledger:Log:IntervalSeconds"] = "0.05",
                ["Ledger:Log:Witnesses:0:Key"] = witnessKey,
            };
            IConfigurationRoot configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
            LedgerHost started = await LedgerHost.StartAsync(nowhere, configuration, Parts.All, LogLevel.Error, CancellationToken.None);
            RunningServer server = new(started, nowhere);
            await started.WaitUntilReadyAsync(nowhere, CancellationToken.None);
            return server;

            static string Port() => Ports.Take().ToString(CultureInfo.InvariantCulture);
        }

        public Task<string> ReadAsync(string path) => http.GetStringAsync(new Uri($"{Log}/{path}"));

        public async ValueTask DisposeAsync()
        {
            await Ledger.DisposeAsync();
            await host.DisposeAsync();
            http.Dispose();
        }
    }
}
