using Ledger.Scenarios.Hosting;
using Ledger.Verification;

namespace Ledger.Scenarios.Transparency;

/// <summary>Looks at a log again and again while its server comes and goes, and keeps what it was shown.</summary>
internal sealed class LogWatcher(LedgerSetup setup) : IAsyncDisposable
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(10), WhileDown = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{setup.HttpPort}"), Timeout = TimeSpan.FromSeconds(2) };
    private readonly Dictionary<ulong, TreeHead> seen = [];
    private readonly CancellationTokenSource enough = new();
    private VerifierKey[]? keys;
    private Task watching = Task.CompletedTask;

    /// <summary>The trees it was shown.</summary>
    public IReadOnlyCollection<TreeHead> Seen => seen.Values;

    /// <summary>Trees whose tiles it has read too, and found whole.</summary>
    public int Whole { get; private set; }

    public void Start() => watching = Task.Run(WatchAsync);

    /// <summary>Ends it; fails with what it found wrong.</summary>
    public async Task FinishAsync()
    {
        await enough.CancelAsync();
        await watching;
    }

    public async ValueTask DisposeAsync()
    {
        await enough.CancelAsync();
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        http.Dispose();
    }

    private async Task WatchAsync()
    {
        ServedLog log = new(http);
        ulong newest = 0;
        while (!enough.IsCancellationRequested)
        {
            TimeSpan pause = BetweenLooks;
            try
            {
                keys ??= await log.KeysAsync() is { Length: > 0 } served ? served : null;
                if (keys is null || await log.CheckpointAsync(keys) is not { Head: var head })
                {
                    continue;
                }

                head.Size.Should().BeGreaterThanOrEqualTo(newest, "what others were shown is not taken back");
                newest = head.Size;
                if (seen.TryAdd(head.Size, head))
                {
                    (await log.MakesRootAsync(head)).Should().BeTrue("the tiles of a published tree are there, size {0}", head.Size);
                    Whole++;
                }
                else
                {
                    head.Should().Be(seen[head.Size], "one size has one root");
                }
            }
            catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
            {
                // The server is down, or went down while it answered.
                pause = WhileDown;
            }

            await Task.Delay(pause);
        }
    }
}
