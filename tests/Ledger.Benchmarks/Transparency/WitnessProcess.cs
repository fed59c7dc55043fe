using System.Diagnostics;

namespace Ledger.Benchmarks.Transparency;

/// <summary><c>ledger witness --listen</c> for a log whose key was made beforehand.</summary>
internal sealed class WitnessProcess : IAsyncDisposable
{
    private readonly Process _process;

    private WitnessProcess(Process process, Uri address, string key)
    {
        _process = process;
        Address = address;
        Key = key;
    }

    public Uri Address { get; }

    public string Key { get; }

    /// <summary>Starts the log's server once, so that it makes its key, and then a witness that knows it.</summary>
    public static async Task<WitnessProcess> StartAsync(string logData, CancellationToken cancellationToken)
    {
        string logKey;
        await using (var server = await LedgerServer.StartAsync(logData, store: null, cancellationToken))
        {
            var keys = await new V1.TransparencyService.TransparencyServiceClient(server.NewCalls())
                .ListLogKeysAsync(new V1.ListLogKeysRequest { Parent = Decisions.SampleDecisions.Organisation }, cancellationToken: cancellationToken);
            logKey = keys.Keys[^1].VerifierKey;
        }

        var port = LedgerServer.FreePorts(1)[0];
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, UseShellExecute = false };
        string[] arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "ledger.dll"), "witness", "--listen", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"),
            "--log-key", logKey, "--state", Path.Combine(logData, "witness"), "--json",
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        var process = Process.Start(start)!;
        var ready = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("The witness said nothing.");
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        using var said = System.Text.Json.JsonDocument.Parse(ready);
        return new WitnessProcess(process, new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/")), said.RootElement.GetProperty("witness").GetString()!);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
