using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Ledger.Api.Access;
using Ledger.Scenarios.Decisions;
using Ledger.Scenarios.Hosting;
using Ledger.Tests;
using Xunit.Abstractions;

namespace Ledger.Scenarios.Requests;

/// <summary>Whatever comes in over the sockets: a clear refusal, or a success if it happens to be valid; nothing breaks, nothing grows.</summary>
public class HostileScenarios(ITestOutputHelper output)
{
    private const int Connections = 12, RawConnections = 200;
    private const long GrowthBytes = 64L * 1024 * 1024;

    // LEDGER_FUZZ=1000000 for the figure of the issue; what the suite has time for otherwise.
    private static readonly int Requests = Seed.Number("LEDGER_FUZZ", 20_000);

    private readonly ConcurrentDictionary<string, int> outcomes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (int Count, string Sample)> complaints = new(StringComparer.Ordinal);

    [Fact]
    public async Task HostileRequestsAndTokens_OnEverySocket_AreEachRefusedClearlyAndLeaveNoTrace()
    {
        Seed seed = new(output);
        using TemporaryDirectory data = new();
        LedgerSetup setup = new() { DataDirectory = data.Path };
        await using LedgerProcess server = await LedgerProcess.StartAsync(setup);
        string worker = await server.NameOfAsync("E-1");
        string token = server.Token(Tokens.Usual());
        string[] strangers =
        [
            server.Token(Tokens.Usual(organisation: "elsewhere")),
            server.Token(new LocalGrant("main", "representative", Role.Representative) { BargainingUnits = ["unit"] }),
            server.Token(new LocalGrant("main", "colleague", Role.Worker) { EmployeeNumber = "E-2" }),
            server.Token(new LocalGrant("main", "boss", Role.Operator)),
        ];
        using HttpClient grpc = Client(setup.GrpcPort, token);
        using HttpClient json = Client(setup.HttpPort, token);

        // The first half brings the server to its working size, the second may not add to it.
        long started = Stopwatch.GetTimestamp();
        await SendAsync(grpc, json, () => new Hostile(seed.Next(), worker, token, strangers));
        long half = server.Process.ResidentBytes;
        await SendAsync(grpc, json, () => new Hostile(seed.Next(), worker, token, strangers));
        long whole = server.Process.ResidentBytes;
        await SendNoiseAsync(seed, setup);

        output.WriteLine($"{Requests} requests in {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s; memory {half >> 20} MiB, then {whole >> 20} MiB");
        foreach ((string outcome, int count) in outcomes.OrderBy(o => o.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"{count,6}  {outcome}");
        }

        foreach (string fault in server.Process.Output.Split('\n').Where(line => line.Contains("A call failed", StringComparison.Ordinal)).Take(5))
        {
            output.WriteLine(fault);
        }

        string.Join('\n', complaints.Select(c => $"{c.Value.Count} × {c.Key}, for example {c.Value.Sample}")).Should().BeEmpty();
        outcomes.Values.Sum().Should().Be(Requests);
        outcomes.Keys.Where(outcome => outcome.Contains("token: OK", StringComparison.Ordinal) || outcome.Contains("token: HTTP 2", StringComparison.Ordinal))
            .Should().BeEmpty("none of those tokens opens the record");
        (whole - half).Should().BeLessThan(GrowthBytes);
        server.Process.HasExited.Should().BeFalse();
        await server.Decisions.RecordDecisionAsync(new DecisionBuilder(seed.NewId(), "E-1").Request());
        (await server.TrailAsync("E-1")).Should().ContainSingle("nothing that was refused left a trace");
    }

    private static HttpClient Client(int port, string token) => new(new SocketsHttpHandler { EnableMultipleHttp2Connections = true, AllowAutoRedirect = false })
    {
        BaseAddress = new Uri($"http://127.0.0.1:{port}"),
        Timeout = TimeSpan.FromSeconds(30),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
    };

    private Task SendAsync(HttpClient grpc, HttpClient json, Func<Hostile> another) => Task.WhenAll(Enumerable.Range(0, Connections).Select(async place =>
    {
        Hostile hostile = another();
        int share = (Requests / 2 / Connections) + (place < Requests / 2 % Connections ? 1 : 0);
        for (int i = 0; i < share; i++)
        {
            (string kind, HttpRequestMessage request) = hostile.Next();
            using (request)
            {
                Answer answer = await AskAsync(request.Version.Major == 2 ? grpc : json, request);
                outcomes.AddOrUpdate($"{kind}: {answer.Outcome}", 1, (_, n) => n + 1);
                if (answer.Complaint is { } complaint)
                {
                    complaints.AddOrUpdate($"{kind}: {complaint}", (1, $"{request.Method} {request.RequestUri}"), (_, c) => (c.Count + 1, c.Sample));
                }
            }
        }
    }));

    private static async Task<Answer> AskAsync(HttpClient client, HttpRequestMessage request)
    {
        try
        {
            using HttpResponseMessage response = await client.SendAsync(request);
            return await Answer.OfAsync(request, response);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return new Answer("no answer", $"no answer: {e.Message} {e.InnerException?.Message}");
        }
    }

    /// <summary>Bytes that are not HTTP at all.</summary>
    private static async Task SendNoiseAsync(Seed seed, LedgerSetup setup)
    {
        Random random = seed.Next();
        for (int i = 0; i < RawConnections; i++)
        {
            using TcpClient client = new();
            await client.ConnectAsync("127.0.0.1", random.Next(2) == 0 ? setup.HttpPort : setup.GrpcPort);
            byte[] noise = new byte[random.Next(1, 5000)];
            random.NextBytes(noise);
            if (random.Next(2) == 0)
            {
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray().AsSpan(0, Math.Min(24, noise.Length)).CopyTo(noise);
            }

            try
            {
                await client.GetStream().WriteAsync(noise);
            }
            catch (IOException)
            {
                // The server hung up: its right.
            }
        }
    }
}
