using System.Net;
using Ledger.Cli.Hosting;

namespace Ledger.Cli.Diagnosis;

/// <summary>Whether the ports are free, or taken by the ledger that should have them.</summary>
internal static class PortCheck
{
    private const string Name = "ports";

    public static IEnumerable<Finding> Look(Session session, LedgerSettings settings, bool serving)
    {
        (string Key, string Host, int Port)[] ports =
        [
            ("Ledger:Api:HttpPort", settings.ApiHost, settings.HttpPort),
            ("Ledger:Api:GrpcPort", settings.ApiHost, settings.GrpcPort),
            ("Ledger:Silo:SiloPort", settings.SiloHost, settings.SiloPort),
            ("Ledger:Silo:GatewayPort", settings.SiloHost, settings.GatewayPort),
        ];
        foreach (IGrouping<int, (string Key, string Host, int Port)> twice in ports.GroupBy(p => p.Port).Where(g => g.Count() > 1))
        {
            string keys = string.Join(", ", twice.Select(p => p.Key));
            yield return new Finding(Name, Weight.Problem, session.Texts.Format("doctor.ports.twice", keys, twice.Key), session.Texts["doctor.ports.twiceRemedy"]);
        }

        if (serving)
        {
            yield return new Finding(Name, Weight.Good, session.Texts.Format("doctor.ports.serving", settings.HttpPort));
            yield break;
        }

        (string Key, string Host, int Port)[] taken = [.. ports.Where(p => !FreePorts.IsFree(Bound(p.Host), p.Port))];
        foreach ((string key, _, int port) in taken)
        {
            yield return new Finding(Name, Weight.Problem, session.Texts.Format("doctor.ports.taken", port, key), session.Texts.Format("doctor.ports.takenRemedy", port, key));
        }

        if (taken.Length == 0)
        {
            yield return new Finding(Name, Weight.Good, session.Texts.Format("doctor.ports.free", string.Join(", ", ports.Select(p => p.Port))));
        }
    }

    private static IPAddress Bound(string host) =>
        IPAddress.TryParse(host, out IPAddress? address) ? address : LedgerSettings.IsLoopback(host) ? IPAddress.Loopback : IPAddress.Any;
}
