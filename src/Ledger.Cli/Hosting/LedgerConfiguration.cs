using Microsoft.Extensions.Configuration;

namespace Ledger.Cli.Hosting;

/// <summary>
/// Configuration from a file, then the environment, then flags; what comes later wins. A key that nobody reads is an error: a typing
/// mistake must not quietly leave a default in force.
/// </summary>
internal static class LedgerConfiguration
{
    public const string Section = "Ledger";
    public const string DefaultFile = "ledger.json";

    /// <summary>Every key of section <c>Ledger</c>; <c>#</c> stands for the place in a list.</summary>
    public static readonly IReadOnlyList<string> Keys =
    [
        "Ledger:DataDirectory",
        "Ledger:KeysDirectory",
        "Ledger:Organisations:#",
        "Ledger:Store:ConnectionString",
        "Ledger:Keys:ConnectionString",
        "Ledger:Api:Host",
        "Ledger:Api:HttpPort",
        "Ledger:Api:GrpcPort",
        "Ledger:Api:Certificate",
        "Ledger:Api:CertificateKey",
        "Ledger:Api:PublicAddress",
        "Ledger:Api:SessionKeysDirectory",
        "Ledger:Api:Gateways:#",
        "Ledger:Access:Issuers:#:Authority",
        "Ledger:Access:Issuers:#:Audience",
        "Ledger:Access:Issuers:#:Name",
        "Ledger:Access:Issuers:#:ClientId",
        "Ledger:Access:Issuers:#:ClientSecret",
        "Ledger:Access:Issuers:#:Scopes:#",
        "Ledger:Access:Issuers:#:Organisation",
        "Ledger:Access:Issuers:#:OrganisationClaim",
        "Ledger:Access:Issuers:#:RoleClaim",
        "Ledger:Access:Issuers:#:Roles:#",
        "Ledger:Access:Issuers:#:EmployeeNumberClaim",
        "Ledger:Access:Issuers:#:BargainingUnitsClaim",
        "Ledger:Access:ProducerCertificates:#:Authority",
        "Ledger:Access:ProducerCertificates:#:Organisation",
        "Ledger:Access:ProducerCertificates:#:Names:#",
        "Ledger:Access:ClockSkewSeconds",
        "Ledger:Access:LocalTokens",
        "Ledger:Silo:Host",
        "Ledger:Silo:SiloPort",
        "Ledger:Silo:GatewayPort",
        "Ledger:Units:MinimumWorkers",
        "Ledger:Log:Host",
        "Ledger:Log:Directory",
        "Ledger:Log:IntervalSeconds",
        "Ledger:Log:MaximumDelaySeconds",
        "Ledger:Log:KeyOverlapDays",
        "Ledger:Log:Witnesses:#:Key",
        "Ledger:Log:Witnesses:#:Url",
        "Ledger:Log:WitnessesRequired",
        "Ledger:Retention:Profile",
        "Ledger:Retention:File",
    ];

    // What else a file may hold, and what of the environment is passed on to the libraries that document it.
    private static readonly string[] OtherSections = ["Logging"];
    private const string TelemetryPrefix = "OTEL_";

    /// <exception cref="CommandFailure">The file cannot be read, or a key is unknown.</exception>
    public static IConfigurationRoot Load(Session session, string? file, IEnumerable<KeyValuePair<string, string?>> flags)
    {
        ConfigurationBuilder builder = new();
        List<(string Key, string Source)> unknown = [];
        if (FileOf(session, file) is { } path)
        {
            IConfigurationRoot fromFile = ReadFile(session, path);
            unknown.AddRange(UnknownIn(fromFile, othersAreUnknown: true).Select(key => (key, path)));
            builder.AddConfiguration(fromFile);
        }

        KeyValuePair<string, string?>[] fromEnvironment = [.. FromEnvironment(session.Around)];
        builder.AddInMemoryCollection(fromEnvironment);
        unknown.AddRange(UnknownIn(new ConfigurationBuilder().AddInMemoryCollection(fromEnvironment).Build(), othersAreUnknown: false)
            .Select(key => (key, session.Texts.Format("configuration.variable", key.Replace(":", "__", StringComparison.Ordinal)))));
        if (unknown.Count > 0)
        {
            throw new CommandFailure(ExitCode.Usage, string.Join(Environment.NewLine, unknown.Select(u => Sentence(session, u.Key, u.Source))))
            {
                Code = "UNKNOWN_KEY",
                Field = unknown[0].Key,
            };
        }

        return Over(builder.Build(), flags);
    }

    /// <summary>Settings over a configuration. A list given here replaces the list below it, longer or not.</summary>
    public static IConfigurationRoot Over(IConfiguration below, IEnumerable<KeyValuePair<string, string?>> settings)
    {
        KeyValuePair<string, string?>[] over = [.. settings];
        string[] lists = [.. over.Where(s => char.IsAsciiDigit(s.Key[^1])).Select(s => s.Key[..(s.Key.LastIndexOf(':') + 1)])];
        IEnumerable<KeyValuePair<string, string?>> kept = below.AsEnumerable()
            .Where(entry => entry.Value is not null
                && !lists.Any(list => entry.Key.StartsWith(list, StringComparison.OrdinalIgnoreCase))
                && !over.Any(s => string.Equals(s.Key, entry.Key, StringComparison.OrdinalIgnoreCase)));
        return new ConfigurationBuilder().AddInMemoryCollection([.. kept, .. over.Where(s => s.Value is not null)]).Build();
    }

    private static string? FileOf(Session session, string? asked)
    {
        string path = Path.GetFullPath(asked ?? DefaultFile, session.Around.Directory);
        return File.Exists(path) ? path
            : asked is null ? null
            : throw new CommandFailure(ExitCode.Usage, session.Texts.Format("configuration.missing", path));
    }

    private static IConfigurationRoot ReadFile(Session session, string path)
    {
        try
        {
            return new ConfigurationBuilder().AddJsonFile(path, optional: false, reloadOnChange: false).Build();
        }
        catch (Exception e) when (e is InvalidDataException or FormatException or UnauthorizedAccessException or IOException)
        {
            string reason = (e.InnerException?.InnerException ?? e.InnerException ?? e).Message;
            throw new CommandFailure(ExitCode.Usage, session.Texts.Format("configuration.unreadable", path, reason), e);
        }
    }

    private static IEnumerable<KeyValuePair<string, string?>> FromEnvironment(Surroundings around) => around.Environment
        .Select(v => new KeyValuePair<string, string?>(v.Key.Replace("__", ":", StringComparison.Ordinal), v.Value))
        .Where(v => v.Key.StartsWith(Section + ":", StringComparison.OrdinalIgnoreCase)
            || OtherSections.Any(s => v.Key.StartsWith(s + ":", StringComparison.OrdinalIgnoreCase))
            || v.Key.StartsWith(TelemetryPrefix, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<string> UnknownIn(IConfiguration configuration, bool othersAreUnknown) => configuration.AsEnumerable()
        .Where(entry => entry.Value is not null && !IsKnown(entry.Key, othersAreUnknown))
        .Select(entry => entry.Key)
        .Order(StringComparer.OrdinalIgnoreCase);

    private static bool IsKnown(string key, bool othersAreUnknown)
    {
        string root = key.Split(':')[0];
        return string.Equals(root, Section, StringComparison.OrdinalIgnoreCase)
            // An empty list in a file reads as its key with an empty value.
            ? Keys.Contains(WithoutPlaces(key), StringComparer.OrdinalIgnoreCase) || Keys.Contains(key + ":#", StringComparer.OrdinalIgnoreCase)
            : !othersAreUnknown || OtherSections.Contains(root, StringComparer.OrdinalIgnoreCase);
    }

    private static string Sentence(Session session, string key, string source) =>
        Nearest.To(key, Keys.Select(k => k.Replace(":#", "", StringComparison.Ordinal))) is { } near
            ? session.Texts.Format("configuration.unknownNear", key, source, near)
            : session.Texts.Format("configuration.unknown", key, source);

    private static string WithoutPlaces(string key) => string.Join(':', key.Split(':').Select(part => part.All(char.IsAsciiDigit) ? "#" : part));
}
