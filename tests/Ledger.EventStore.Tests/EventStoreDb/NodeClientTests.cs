using System.Diagnostics;
using System.Text.Json;
using FluentAssertions;
using Ledger.ProtocolHosting;
using Xunit;

namespace Ledger.EventStore.Tests.EventStoreDb;

/// <summary>
/// The protocol host is judged by EventStoreDB's own Node client, so that our client and our host cannot agree on a
/// protocol of their own. See <c>NodeClient/interop.js</c>.
/// </summary>
public sealed class NodeClientTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(5));
    private readonly Hosted _hosted = new();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _hosted.DisposeAsync();
        _deadline.Dispose();
    }

    [SkippableFact]
    public async Task NodeClient_AppendsReadsFollowsAndMeetsAConflict()
    {
        Skip.IfNot(IsOnPath("node") && IsOnPath("npm"), "Needs node and npm on the PATH.");
        string directory = ClientDirectory();
        if (!Directory.Exists(Path.Combine(directory, "node_modules")))
        {
            await RunAsync(directory, "npm", "ci", "--no-audit", "--no-fund");
        }

        ProtocolHost node = await _hosted.NodeAsync();
        using JsonDocument output = JsonDocument.Parse(await RunAsync(directory, "node", "interop.js", node.ConnectionString));
        JsonElement result = output.RootElement;

        List<RecordedEvent> stored = await _hosted.Store
            .ReadAllAsync(ReadDirection.Forwards, StorePosition.Start, int.MaxValue, _deadline.Token).ToListAsync();
        Revisions(result, "appends").Should().Equal(2, 2, 3, 0);
        Commits(result, "appends").Should().Equal(
            stored.Where(e => e is { Stream: "worker-1", Revision: 2 }).Concat(stored.Where(e => e is { Stream: "worker-1", Revision: 2 }))
                .Concat(stored.Where(e => e is { Stream: "worker-1", Revision: 3 })).Concat(stored.Where(e => e.Stream == "worker-2"))
                .Select(e => (long)e.Position.Commit));
        result.GetProperty("conflicts").EnumerateArray().Should().HaveCount(2).And.OnlyContain(
            conflict => conflict.GetProperty("isWrongExpectedVersion").GetBoolean() && conflict.GetProperty("actual").GetInt64() == 3);

        Revisions(result, "forwards").Should().Equal(0, 1, 2, 3);
        Revisions(result, "backwards").Should().Equal(3, 2);
        result.GetProperty("missing").GetBoolean().Should().BeTrue();
        JsonElement first = result.GetProperty("forwards")[0];
        first.GetProperty("id").GetGuid().Should().Be(stored[0].Id);
        first.GetProperty("type").GetString().Should().Be("decision-recorded.v1");
        first.GetProperty("data").GetProperty("n").GetInt32().Should().Be(0);
        first.GetProperty("metadata").GetProperty("actor").GetString().Should().Be("node");
        first.GetProperty("created").GetBoolean().Should().BeTrue();

        // Forwards from the position itself, backwards and in a subscription from beyond it.
        Names(result, "allForwards").Should().Equal("worker-1@1", "worker-1@2");
        Names(result, "allBackwards").Should().Equal("worker-1@0");
        Names(result, "subscription").Should().Equal("worker-1@2", "worker-1@3", "worker-2@0");
        Names(result, "live").Should().Equal("worker-3@0");
    }

    private static IEnumerable<long> Revisions(JsonElement result, string name) =>
        result.GetProperty(name).EnumerateArray().Select(item => item.GetProperty("revision").GetInt64());

    private static IEnumerable<long> Commits(JsonElement result, string name) =>
        result.GetProperty(name).EnumerateArray().Select(item => item.GetProperty("commit").GetInt64());

    private static IEnumerable<string> Names(JsonElement result, string name) =>
        result.GetProperty(name).EnumerateArray().Select(item => $"{item.GetProperty("stream").GetString()}@{item.GetProperty("revision").GetInt64()}");

    private async Task<string> RunAsync(string directory, string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            Task<string> errors = process.StandardError.ReadToEndAsync(_deadline.Token);
            string output = await process.StandardOutput.ReadToEndAsync(_deadline.Token);
            await process.WaitForExitAsync(_deadline.Token);
            process.ExitCode.Should().Be(0, await errors);
            return output;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(directory => File.Exists(Path.Combine(directory, program)));

    private static string ClientDirectory()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "Ledger.sln")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return Path.Combine(directory!, "tests", "Ledger.EventStore.Tests", "NodeClient");
    }
}
