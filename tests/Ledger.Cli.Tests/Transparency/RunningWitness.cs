using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Ledger.Cli.Hosting;
using Ledger.Verification;

namespace Ledger.Cli.Tests.Transparency;

/// <summary>A witness that runs until it is stopped or stops by itself.</summary>
internal sealed class RunningWitness : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource stop = new();
    private readonly LineWriter output = new();
    private readonly StringWriter error = new();
    private readonly Task<int> running;
    private readonly HttpClient client = new();

    private RunningWitness(string[] args, TimeProvider? time)
    {
        Surroundings around = Cli.Around(output, error, []);
        running = Task.Run(() => LedgerCommand.RunAsync(["witness", "--json", .. args], time is null ? around : around with { Time = time }, stop.Token));
    }

    /// <summary>What it said first.</summary>
    public JsonElement Started { get; private set; }

    public VerifierKey Key => VerifierKey.TryParse(Started.GetProperty("witness").GetString(), out VerifierKey? key) ? key : throw new FormatException();

    public Uri Address => new(Started.GetProperty("listens").GetString() + "/");

    /// <summary>Ends with the exit code.</summary>
    public Task<int> Ended => running.WaitAsync(Patience);

    public static async Task<RunningWitness> StartAsync(string[] args, TimeProvider? time = null)
    {
        RunningWitness witness = new(args, time);
        witness.Started = await witness.SaysAsync("started");
        return witness;
    }

    /// <summary>The next thing it says of this kind.</summary>
    public async Task<JsonElement> SaysAsync(string @event)
    {
        using CancellationTokenSource limit = new(Patience);
        while (true)
        {
            Task<string> line = output.TakeAsync(limit.Token);
            if (await Task.WhenAny(line, running) == running && !line.IsCompleted)
            {
                throw new InvalidOperationException($"The witness ended with {await running} before it said “{@event}”: {error}");
            }

            JsonElement said = JsonDocument.Parse(await line).RootElement;
            if (said.GetProperty("event").GetString() == @event)
            {
                return said;
            }
        }
    }

    public Task<WitnessReply> AddAsync(AddCheckpointRequest request) => AddAsync(request.ToArray());

    public async Task<WitnessReply> AddAsync(byte[] body)
    {
        using ByteArrayContent content = new(body);
        using HttpResponseMessage answer = await client.PostAsync(new Uri(Address, "add-checkpoint"), content);
        return await WitnessReply.ReadAsync(answer);
    }

    public async Task<WitnessReply> GetAsync(string path)
    {
        using HttpResponseMessage answer = await client.GetAsync(new Uri(Address, path));
        return await WitnessReply.ReadAsync(answer);
    }

    public Task<int> StopAsync()
    {
        stop.Cancel();
        return Ended;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        stop.Dispose();
        client.Dispose();
    }

    private sealed class LineWriter : StringWriter
    {
        private readonly ConcurrentQueue<string> lines = [];
        private readonly SemaphoreSlim there = new(0);

        public async Task<string> TakeAsync(CancellationToken cancellationToken)
        {
            await there.WaitAsync(cancellationToken);
            return lines.TryDequeue(out string? line) ? line : throw new InvalidOperationException();
        }

        public override Task WriteLineAsync(string? value)
        {
            lines.Enqueue(value ?? "");
            there.Release();
            return Task.CompletedTask;
        }

        protected override void Dispose(bool disposing)
        {
            there.Dispose();
            base.Dispose(disposing);
        }
    }
}

/// <summary>An answer of a witness over HTTP.</summary>
internal sealed record WitnessReply(HttpStatusCode Status, string? Type, byte[] Body)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Body);

    public static async Task<WitnessReply> ReadAsync(HttpResponseMessage answer) =>
        new(answer.StatusCode, answer.Content.Headers.ContentType?.ToString(), await answer.Content.ReadAsByteArrayAsync());
}
