using System.Globalization;

namespace Ledger.Scenarios.Hosting;

/// <summary>How a server is to run. The same setup starts it again: same ports, same data.</summary>
internal sealed record LedgerSetup
{
    public required string DataDirectory { get; init; }

    public string? KeysDirectory { get; init; }

    /// <summary>Where the keys are.</summary>
    public string Keys => KeysDirectory ?? Path.Combine(DataDirectory, "keys");

    public string? Store { get; init; }

    /// <summary><c>silo</c> or <c>api</c>; null: both in one process.</summary>
    public string? Only { get; init; }

    /// <summary>For an API alone: the silo's gateway port.</summary>
    public int? SiloGatewayPort { get; init; }

    /// <summary>Set: what it says goes to this file only.</summary>
    public string? LogFile { get; init; }

    public int HttpPort { get; init; } = Ports.Take();

    public int GrpcPort { get; init; } = Ports.Take();

    public int SiloPort { get; init; } = Ports.Take();

    public int GatewayPort { get; init; } = Ports.Take();

    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public IEnumerable<string> Arguments => Only is null ? ["serve", "--data", DataDirectory] : ["serve", "--only", Only, "--data", DataDirectory];

    public Dictionary<string, string> Environment()
    {
        Dictionary<string, string> environment = new(Variables, StringComparer.Ordinal)
        {
            ["Ledger__Api__HttpPort"] = Text(HttpPort),
            ["Ledger__Api__GrpcPort"] = Text(GrpcPort),
            ["Ledger__Silo__SiloPort"] = Text(SiloPort),
            ["Ledger__Silo__GatewayPort"] = Text(GatewayPort),
        };
        Set("Ledger__KeysDirectory", KeysDirectory);
        Set("Ledger__Store__ConnectionString", Store);
        Set("Ledger__Api__Gateways__0", SiloGatewayPort is { } port ? $"127.0.0.1:{Text(port)}" : null);
        return environment;

        void Set(string name, string? value)
        {
            if (value is not null)
            {
                environment[name] = value;
            }
        }

        static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
    }
}
