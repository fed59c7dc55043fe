using System.Net.Sockets;
using Ledger.Cli.Hosting;
using Microsoft.Extensions.Configuration;

namespace Ledger.Cli.Diagnosis;

/// <summary>Whether the store opens, reads and takes appends: asked of the running server, else tried with a ledger of our own.</summary>
internal static class StoreCheck
{
    private const string Name = "store";
    private static readonly TimeSpan ReachWithin = TimeSpan.FromSeconds(5);

    public static async Task<Finding> LookAsync(
        Session session, LedgerSettings settings, IConfiguration configuration, bool serving, string answer, CancellationToken cancellationToken)
    {
        if (serving)
        {
            return new Finding(Name, Weight.Good, session.Texts.Format("doctor.store.serving", settings.HttpPort, answer));
        }

        return settings.StoreAddress is { } address
            ? await ReachAsync(session, address, cancellationToken)
            : await OpenAsync(session, settings, configuration, cancellationToken);
    }

    private static async Task<Finding> OpenAsync(
        Session session, LedgerSettings settings, IConfiguration configuration, CancellationToken cancellationToken)
    {
        if (!File.Exists(settings.StoreFile))
        {
            return new Finding(
                Name, Weight.Advice, session.Texts.Format("doctor.store.none", Path.GetFullPath(settings.DataDirectory)), session.Texts["doctor.store.noneRemedy"]);
        }

        try
        {
            int[] free = FreePorts.Take(4);
            string[] keys = ["Ledger:Api:HttpPort", "Ledger:Api:GrpcPort", "Ledger:Silo:SiloPort", "Ledger:Silo:GatewayPort"];
            IConfigurationRoot apart = LedgerConfiguration.Over(configuration,
            [
                new("Ledger:Api:Host", LedgerSettings.Loopback),
                new("Ledger:Silo:Host", LedgerSettings.Loopback),
                .. keys.Zip(free, (key, port) => new KeyValuePair<string, string?>(key, port.ToString(System.Globalization.CultureInfo.InvariantCulture))),
            ]);
            await using LedgerHost host = await LedgerHost.StartAsync(
                session, apart, Parts.All, Microsoft.Extensions.Logging.LogLevel.Critical, cancellationToken);
            await host.WaitUntilReadyAsync(session, cancellationToken);
            return new Finding(Name, Weight.Good, session.Texts.Format("doctor.store.opened", Path.GetFullPath(settings.StoreFile)));
        }
        catch (Exception e) when (Failures.Understand(session, e, cancellationToken) is { Exit: not ExitCode.Interrupted } failure)
        {
            return new Finding(Name, Weight.Problem, failure.Message, session.Texts["doctor.store.remedy"]);
        }
    }

    private static async Task<Finding> ReachAsync(Session session, string address, CancellationToken cancellationToken)
    {
        string shown = Banner.WithoutPassword(address);
        string failures = "";
        foreach ((string host, int port) in Nodes(shown))
        {
            try
            {
                using TcpClient client = new();
                using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                limit.CancelAfter(ReachWithin);
                await client.ConnectAsync(host, port, limit.Token);
                return new Finding(Name, Weight.Good, session.Texts.Format("doctor.store.reached", $"{host}:{port}"));
            }
            catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                failures = e.Message;
            }
        }

        return new Finding(Name, Weight.Problem, session.Texts.Format("doctor.store.unreachable", shown, failures), session.Texts["doctor.store.unreachableRemedy"]);
    }

    /// <summary>Hosts and ports of an address without its password; the port of EventStoreDB where none is named.</summary>
    internal static IEnumerable<(string Host, int Port)> Nodes(string address)
    {
        const int eventStorePort = 2113;
        string rest = address[(address.IndexOf("://", StringComparison.Ordinal) + 3)..];
        foreach (string node in rest.Split('?', '/')[0].Split(','))
        {
            int colon = node.LastIndexOf(':');
            yield return colon > 0 && int.TryParse(node.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture, out int port)
                ? (node[..colon], port) : (node, eventStorePort);
        }
    }
}
