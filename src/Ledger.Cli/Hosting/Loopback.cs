using System.Net.Security;

namespace Ledger.Cli.Hosting;

/// <summary>HTTP within this machine.</summary>
internal static class Loopback
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A client that never goes through a proxy, which could not reach this machine's loopback, and that takes any certificate from it: it is made
    /// for another name, and nothing but "ready" is asked.
    /// </summary>
    public static HttpClient Client() => new(new SocketsHttpHandler
    {
        UseProxy = false,
        SslOptions =
        {
            RemoteCertificateValidationCallback = (asked, _, _, errors) =>
                errors == SslPolicyErrors.None || asked is SslStream { TargetHostName: "127.0.0.1" or "localhost" },
        },
    })
    {
        Timeout = Patience,
    };
}
