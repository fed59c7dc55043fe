namespace Ledger.Cli.Hosting;

/// <summary>HTTP within this machine.</summary>
internal static class Loopback
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>A client that never goes through a proxy: a proxy elsewhere cannot reach this machine's loopback.</summary>
    public static HttpClient Client() => new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };
}
