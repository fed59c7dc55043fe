using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Ledger.Cli.Hosting;

/// <summary>The flags of <c>serve</c> and <c>doctor</c>: each is one configuration key, and wins over file and environment.</summary>
internal sealed class ServeOptions
{
    private readonly Option<FileInfo?> config;
    private readonly Option<string[]> organisations;
    private readonly Option<string[]> gateways;
    private readonly (Option<string?> Flag, string Key)[] words;
    private readonly (Option<int?> Flag, string Key)[] ports;

    public ServeOptions(Session session)
    {
        config = new Option<FileInfo?>("--config")
        {
            Description = session.Texts.Format("option.config", LedgerConfiguration.DefaultFile),
            HelpName = "FILE",
        };
        organisations = Many("--organisation", "Ledger:Organisations", "option.organisations", "ID");
        gateways = Many("--gateway", "Ledger:Api:Gateways", "option.gateways", "HOST:PORT");
        words =
        [
            One<string?>("--data", "Ledger:DataDirectory", "option.dataDirectory", "DIR"),
            One<string?>("--keys", "Ledger:KeysDirectory", "option.keysDirectory", "DIR"),
            One<string?>("--store", "Ledger:Store:ConnectionString", "option.store", "esdb://…"),
            One<string?>("--host", "Ledger:Api:Host", "option.host", "HOST"),
            One<string?>("--silo-host", "Ledger:Silo:Host", "option.siloHost", "HOST"),
        ];
        ports =
        [
            One<int?>("--http-port", "Ledger:Api:HttpPort", "option.httpPort", "PORT"),
            One<int?>("--grpc-port", "Ledger:Api:GrpcPort", "option.grpcPort", "PORT"),
            One<int?>("--silo-port", "Ledger:Silo:SiloPort", "option.siloPort", "PORT"),
            One<int?>("--gateway-port", "Ledger:Silo:GatewayPort", "option.gatewayPort", "PORT"),
        ];

        (Option<T> Flag, string Key) One<T>(string name, string key, string text, string help) =>
            (new Option<T>(name) { Description = $"{session.Texts[text]} [{key}]", HelpName = help }, key);

        Option<string[]> Many(string name, string key, string text, string help) =>
            new(name) { Description = $"{session.Texts[text]} [{key}]", HelpName = help, AllowMultipleArgumentsPerToken = true };
    }

    public void AddTo(Command command)
    {
        command.Options.Add(config);
        foreach (Option option in words.Select(w => (Option)w.Flag).Concat(ports.Select(p => p.Flag)).Append(organisations).Append(gateways))
        {
            command.Options.Add(option);
        }
    }

    public IConfigurationRoot Load(Session session, ParseResult parsed)
    {
        List<KeyValuePair<string, string?>> flags = [];
        foreach ((Option<string?> flag, string key) in words)
        {
            if (parsed.GetValue(flag) is { } value)
            {
                flags.Add(new(key, value));
            }
        }

        foreach ((Option<int?> flag, string key) in ports)
        {
            if (parsed.GetValue(flag) is { } value)
            {
                flags.Add(new(key, value.ToString(CultureInfo.InvariantCulture)));
            }
        }

        flags.AddRange(Places("Ledger:Organisations", parsed.GetValue(organisations)));
        flags.AddRange(Places("Ledger:Api:Gateways", parsed.GetValue(gateways)));
        return LedgerConfiguration.Load(session, parsed.GetValue(config)?.FullName, flags);
    }

    private static IEnumerable<KeyValuePair<string, string?>> Places(string key, string[]? values) =>
        (values ?? []).Select((value, i) => new KeyValuePair<string, string?>($"{key}:{i}", value));
}
