using System.Globalization;
using Google.Protobuf;
using Ledger.Cli.Hosting;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.V1;
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
    /// <summary>Leaves of the log: the first names its key, the others are decisions.</summary>
    public const ulong Size = 10_000;

    /// <summary>Leaves when the backup was made, and when witness, auditor and worker looked.</summary>
    public const ulong SizeAtBackup = 2_500, SizeAtLook = 5_000;

    private const int Workers = 100, Batch = 250;
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
    public Receipt Early => Of(Worker).First(r => r.Revision == 10);

    /// <summary>The receipts of a worker, oldest first.</summary>
    public IEnumerable<Receipt> Of(string worker) => receipts.Where(r => r.Name.Contains($"/workers/{worker}/", StringComparison.Ordinal));

    /// <summary>The decision at this place in the log; at 0 is none.</summary>
    public Receipt At(ulong index) => receipts[(int)index - 1];

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

    public string Of(params string[] parts) => Path.Combine([directory.Path, .. parts]);

    public void Dispose() => directory.Dispose();

    public static async Task<RecordedHistory> MakeAsync(Random random)
    {
        RecordedHistory history = new(random);
        try
        {
            await history.MakeAsync();
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
        Worker = receipts[0].Name.Split('/')[3];
        await SucceedsAsync("witness", "--log", server.Log, "--log-key", LogKey, "--state", directory.Of("witness"), "--once");
        Copy(directory.Of("witness"), "witness-then");
        await SucceedsAsync("verify", "--log", server.Log, "--log-key", LogKey, "--state", AuditorState);
        await SucceedsAsync("export", "--server", server.Ledger.Address.ToString(), "--worker", Worker, "--evidence", Evidence);
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

    private static async Task SucceedsAsync(params string[] arguments)
    {
        Said said = await CommandLine.RunAsync(arguments);
        said.Code.Should().Be(0, "{0}", said);
    }

    /// <summary>The whole ledger in this process.</summary>
    private sealed class RunningServer : IAsyncDisposable
    {
        private readonly HttpClient http = new();
        private readonly LedgerHost host;

        private RunningServer(LedgerHost host, Session session)
        {
            this.host = host;
            Ledger = LedgerConnection.To(session, host);
        }

        public LedgerConnection Ledger { get; }

        public string Log => new Uri(host.Http, "log/main").ToString();

        public static async Task<RunningServer> StartAsync(string data, string witnessKey)
        {
            Session session = CommandLine.Session(TextWriter.Null, TextWriter.Null);
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
            LedgerHost started = await LedgerHost.StartAsync(session, configuration, Parts.All, LogLevel.Error, CancellationToken.None);
            RunningServer server = new(started, session);
            await started.WaitUntilReadyAsync(session, CancellationToken.None);
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
