using System.Text.Json;
using Ledger.Cli.Hosting;
using Xunit;

namespace Ledger.Cli.Tests.Demo;

/// <summary>The demo as a person leaves it running: one for all tests of this collection.</summary>
public sealed class RunningDemo : IAsyncLifetime
{
    private readonly TemporaryDirectory directory = new();
    private readonly CancellationTokenSource stop = new();
    private readonly FirstLine output = new();
    private readonly StringWriter error = new();
    private Task<int> running = Task.FromResult(-1);

    /// <summary>The line it prints when it is ready.</summary>
    internal JsonElement Ready { get; private set; }

    internal string Server => Ready.GetProperty("grpc").GetString()!;

    internal string Worker => Ready.GetProperty("worker").GetString()!;

    internal string Data => directory.Path;

    public async Task InitializeAsync()
    {
        int port = FreePair();
        running = Task.Run(() => LedgerCommand.RunAsync(
            ["demo", "--json", "--data", directory.Path, "--port", port.ToString(System.Globalization.CultureInfo.InvariantCulture)],
            Cli.Around(output, error, []),
            stop.Token));
        Task first = await Task.WhenAny(output.Line, running).WaitAsync(TimeSpan.FromMinutes(2));
        Ready = first == running
            ? throw new InvalidOperationException($"The demo ended: {error}")
            : JsonDocument.Parse(await output.Line).RootElement;
    }

    public async Task DisposeAsync()
    {
        await stop.CancelAsync();
        int code = await running;
        stop.Dispose();
        directory.Dispose();
        if (code != 0)
        {
            throw new InvalidOperationException($"Stopping the demo ended with {code}: {error}");
        }
    }

    /// <summary>The token of somebody in the demo.</summary>
    internal string Token(string who) => Ready.GetProperty("tokens").GetProperty(who).GetString()!;

    /// <summary>A command by the worker whose trail the demo shows.</summary>
    internal Task<Answer> RunAsync(string command, params string[] args) => RunAsAsync("worker", command, args);

    internal Task<Answer> RunAsAsync(string who, string command, params string[] args) =>
        Cli.RunAsync(new(StringComparer.Ordinal) { ["LEDGER_TOKEN"] = Token(who), ["LEDGER_SERVER"] = Server }, [command, .. args]);

    private static int FreePair()
    {
        int port = FreePorts.Take(1)[0];
        return FreePorts.IsFree(System.Net.IPAddress.Loopback, port + 1) ? port : FreePair();
    }

    private sealed class FirstLine : StringWriter
    {
        private readonly TaskCompletionSource<string> line = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Line => line.Task;

        public override Task WriteLineAsync(string? value)
        {
            line.TrySetResult(value ?? "");
            return Task.CompletedTask;
        }
    }
}

[CollectionDefinition(nameof(RunningDemo))]
public sealed class RunningDemoCollection : ICollectionFixture<RunningDemo>;
