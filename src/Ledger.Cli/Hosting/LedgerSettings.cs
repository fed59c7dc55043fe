using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace Ledger.Cli.Hosting;

/// <summary>What the command itself needs to know of the configuration; the hosts bind and check the same keys for themselves.</summary>
internal sealed record LedgerSettings(
    string DataDirectory,
    string KeysDirectory,
    IReadOnlyList<string> Organisations,
    string? StoreAddress,
    string ApiHost,
    int HttpPort,
    int GrpcPort,
    string? Certificate,
    string SiloHost,
    int SiloPort,
    int GatewayPort)
{
    public const string DefaultOrganisation = "main";
    public const int DefaultHttpPort = 5080;
    public const int DefaultGrpcPort = 5081;
    public const string Loopback = "127.0.0.1";

    /// <summary>Where the JSON form answers, seen from this machine.</summary>
    public Uri Http => Address(HttpPort);

    /// <summary>Where gRPC answers, seen from this machine.</summary>
    public Uri Grpc => Address(GrpcPort);

    /// <summary>Whether the keys were given a place of their own.</summary>
    public bool KeysAreElsewhere => !string.Equals(KeysDirectory, Path.Combine(DataDirectory, "keys"), StringComparison.Ordinal);

    public string StoreFile => Path.Combine(DataDirectory, "events.db");

    public static LedgerSettings From(IConfiguration configuration, Session session)
    {
        IConfigurationSection ledger = configuration.GetSection(LedgerConfiguration.Section);
        string data = ledger["DataDirectory"] ?? "data";
        string[] organisations = [.. ledger.GetSection("Organisations").GetChildren().Select(o => o.Value ?? "")];
        return new LedgerSettings(
            data,
            ledger["KeysDirectory"] ?? Path.Combine(data, "keys"),
            organisations.Length == 0 ? [DefaultOrganisation] : organisations,
            ledger["Store:ConnectionString"],
            ledger["Api:Host"] ?? Loopback,
            Port("Api:HttpPort", DefaultHttpPort),
            Port("Api:GrpcPort", DefaultGrpcPort),
            ledger["Api:Certificate"],
            ledger["Silo:Host"] ?? Loopback,
            Port("Silo:SiloPort", 11111),
            Port("Silo:GatewayPort", 30000));

        int Port(string key, int otherwise) =>
            ledger[key] is not { Length: > 0 } text ? otherwise
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is >= 0 and <= ushort.MaxValue ? port
            : throw new CommandFailure(ExitCode.Usage, session.Texts.Format("configuration.port", $"Ledger:{key}", text)) { Field = $"Ledger:{key}" };
    }

    private Uri Address(int port) => new($"{(Certificate is null ? "http" : "https")}://{Reachable(ApiHost)}:{port}");

    /// <summary>Whether a host name or address can only be reached from this machine.</summary>
    public static bool IsLoopback(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));

    /// <summary>An address of this machine that a host bound to <paramref name="host"/> answers at.</summary>
    private static string Reachable(string host) =>
        IPAddress.TryParse(host, out IPAddress? address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) ? Loopback
        : address is { AddressFamily: AddressFamily.InterNetworkV6 } ? $"[{host}]" : host;
}
