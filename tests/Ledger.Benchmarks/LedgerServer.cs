using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Ledger.Api.Access;
using Ledger.Benchmarks.Decisions;
using Ledger.Tests;
using Ledger.V1;

namespace Ledger.Benchmarks;

/// <summary><c>ledger serve</c> as a process of its own: what is measured includes sockets, and its memory is its own.</summary>
internal sealed class LedgerServer : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);
    private readonly Process _process;
    private readonly string _dataDirectory;
    private readonly List<GrpcChannel> _channels = [];

    private LedgerServer(Process process, string dataDirectory, Uri address, Uri pages, TimeSpan startedIn)
    {
        _process = process;
        _dataDirectory = dataDirectory;
        Address = address;
        Pages = pages;
        StartedIn = startedIn;
    }

    public Uri Address { get; }

    /// <summary>Where the pages are.</summary>
    public Uri Pages { get; }

    public TimeSpan StartedIn { get; }

    public int ProcessId => _process.Id;

    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static async Task<LedgerServer> StartAsync(
        string dataDirectory, string? store, CancellationToken cancellationToken, params (string Key, string Value)[] settings)
    {
        var ports = FreePorts(4);
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports[0]}"));
        var pages = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports[3]}"));
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardInput = true, UseShellExecute = false, WorkingDirectory = dataDirectory };
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "ledger.dll"), "serve", "--data", dataDirectory];
        Array.ForEach(arguments, start.ArgumentList.Add);
        start.Environment["Ledger__Api__GrpcPort"] = ports[0].ToString(CultureInfo.InvariantCulture);
        start.Environment["Ledger__Api__HttpPort"] = ports[3].ToString(CultureInfo.InvariantCulture);
        start.Environment["Ledger__Silo__SiloPort"] = ports[1].ToString(CultureInfo.InvariantCulture);
        start.Environment["Ledger__Silo__GatewayPort"] = ports[2].ToString(CultureInfo.InvariantCulture);
        if (store is not null)
        {
            start.Environment["Ledger__Store__ConnectionString"] = store;
        }

        foreach (var (key, value) in settings)
        {
            start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        }

        var started = Stopwatch.GetTimestamp();
        var process = Process.Start(start)!;
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        var server = new LedgerServer(process, dataDirectory, address, pages, TimeSpan.Zero);
        try
        {
            await server.ReadyAsync(started, cancellationToken);
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }

        var ready = new LedgerServer(process, dataDirectory, address, pages, Stopwatch.GetElapsedTime(started));
        ready._channels.AddRange(server._channels);
        return ready;
    }

    /// <summary>A client on a connection of its own.</summary>
    public DecisionService.DecisionServiceClient NewClient() => new(NewCalls());

    /// <summary>Calls of a producer, on a connection of their own.</summary>
    public CallInvoker NewCalls() => CallsOf(NewChannel(), "E0000000");

    /// <summary>Calls of a producer who is this worker too, on a connection.</summary>
    public CallInvoker CallsOf(GrpcChannel channel, string employeeNumber)
    {
        var token = Tokens.Of(Path.Combine(_dataDirectory, "keys"), Tokens.Usual(employeeNumber));
        return channel.CreateCallInvoker().With(() => token);
    }

    /// <summary>A browser without a browser: a worker in a session, as a ready link begins it.</summary>
    public async Task<HttpClient> NewReaderAsync(string employeeNumber, CancellationToken cancellationToken)
    {
        var token = Tokens.Of(Path.Combine(_dataDirectory, "keys"), new LocalGrant("main", employeeNumber, Role.Worker) { EmployeeNumber = employeeNumber });
        var reader = new HttpClient { BaseAddress = Pages };
        using var first = await reader.GetAsync($"/fr/connexion/lien?jeton={Uri.EscapeDataString(token)}", cancellationToken);
        first.EnsureSuccessStatusCode();
        return reader;
    }

    public GrpcChannel NewChannel()
    {
        var channel = GrpcChannel.ForAddress(Address, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true },
            MaxReceiveMessageSize = 16 << 20,
        });
        _channels.Add(channel);
        return channel;
    }

    public async Task<string> WorkerNameAsync(string employeeNumber, CancellationToken cancellationToken)
    {
        var worker = await new WorkerService.WorkerServiceClient(NewCalls()).LookupWorkerAsync(
            new LookupWorkerRequest { Parent = SampleDecisions.Organisation, EmployeeNumber = employeeNumber }, cancellationToken: cancellationToken);
        return worker.Name;
    }

    /// <summary>Resident memory now and at its highest, in MiB.</summary>
    public (double Now, double Peak) Memory() => MemoryOf(_process.Id);

    public static (double Now, double Peak) MemoryOf(int process)
    {
        double now = 0, peak = 0;
        foreach (var line in File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status")))
        {
            now = line.StartsWith("VmRSS:", StringComparison.Ordinal) ? MiB(line) : now;
            peak = line.StartsWith("VmHWM:", StringComparison.Ordinal) ? MiB(line) : peak;
        }

        return (now, peak);
    }

    /// <summary>Stops the process as an operator would, and waits for it.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels)
        {
            channel.Dispose();
        }

        if (!_process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
            using var patience = new CancellationTokenSource(StartPatience);
            try
            {
                await _process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        _process.Dispose();
    }

    private async Task ReadyAsync(long started, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await WorkerNameAsync("E0000000", cancellationToken);
                return;
            }
            catch (Exception e) when (e is RpcException or InvalidOperationException && Stopwatch.GetElapsedTime(started) < StartPatience && !_process.HasExited)
            {
                _ = e;
                await Task.Delay(100, cancellationToken);
            }
        }
    }

    public static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        foreach (var listener in listeners)
        {
            listener.Start();
        }

        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners)
        {
            listener.Dispose();
        }

        return ports;
    }

    private static double MiB(string line) =>
        double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
}
