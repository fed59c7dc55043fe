using System.Globalization;
using System.Text.RegularExpressions;
using Ledger.EventStore.EventStoreDb;
using Ledger.Silo.Organisations;
using Ledger.Silo.Organisations.Retention;
using Ledger.Silo.Transparency;
using Ledger.Silo.Workers.Sealing;
using Ledger.Verification;
using Microsoft.Extensions.Options;

namespace Ledger.Silo.Hosting;

/// <summary>Configuration of a silo, section <c>Ledger</c>.</summary>
public sealed class SiloOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Ledger";

    /// <summary>Where the embedded store and the keys are. Default <c>./data</c>.</summary>
    public string DataDirectory { get; set; } = "data";

    /// <summary>Organisations served: lower-case letters, digits and hyphens. Default one, <c>main</c>.</summary>
    public IList<string> Organisations { get; } = [];

    /// <summary>Where the organisations' keys are. Default <c>keys</c> in the data directory.</summary>
    public string? KeysDirectory { get; set; }

    /// <summary>The event store.</summary>
    public StoreOptions Store { get; } = new();

    /// <summary>The workers' keys.</summary>
    public KeysOptions Keys { get; } = new();

    /// <summary>Addresses of the silo.</summary>
    public SiloEndpointOptions Silo { get; } = new();

    /// <summary>The transparency logs.</summary>
    public LogOptions Log { get; } = new();

    /// <summary>How long what decisions say about people is kept.</summary>
    public RetentionOptions Retention { get; } = new();

    /// <summary>What is counted over bargaining units.</summary>
    public UnitOptions Units { get; } = new();

    internal string EffectiveKeysDirectory => KeysDirectory ?? Path.Combine(DataDirectory, "keys");
}

/// <summary>Section <c>Ledger:Store</c>.</summary>
public sealed class StoreOptions
{
    /// <summary>An <c>esdb://</c> address; not set: the embedded store in the data directory.</summary>
    public string? ConnectionString { get; set; }
}

/// <summary>Section <c>Ledger:Silo</c>.</summary>
public sealed class SiloEndpointOptions
{
    /// <summary>Name or address at which API hosts reach the silo. Default loopback.</summary>
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>Port between silos.</summary>
    public int SiloPort { get; set; } = 11111;

    /// <summary>Port for API hosts.</summary>
    public int GatewayPort { get; set; } = 30000;
}

internal sealed partial class SiloOptionsCheck : IValidateOptions<SiloOptions>
{
    public ValidateOptionsResult Validate(string? name, SiloOptions options)
    {
        List<string> failures = [];
        if (string.IsNullOrWhiteSpace(options.DataDirectory))
        {
            failures.Add("Ledger:DataDirectory: name a directory.");
        }

        for (int i = 0; i < options.Organisations.Count; i++)
        {
            if (!OrganisationId().IsMatch(options.Organisations[i]))
            {
                failures.Add($"Ledger:Organisations:{i}: '{options.Organisations[i]}' must be 1 to 40 lower-case letters, digits and hyphens, beginning with a letter.");
            }
            else if (options.Organisations.IndexOf(options.Organisations[i]) != i)
            {
                failures.Add($"Ledger:Organisations:{i}: '{options.Organisations[i]}' is there twice.");
            }
        }

        if (options.Store.ConnectionString is { } address)
        {
            try
            {
                EventStoreDbEventStore.CheckConnectionString(address);
            }
            catch (FormatException e)
            {
                failures.Add($"Ledger:Store:ConnectionString: {e.Message}");
            }
        }

        if (options.Keys.ConnectionString is { } database)
        {
            try
            {
                PostgresKeyStore.CheckConnectionString(database);
            }
            catch (ArgumentException e)
            {
                failures.Add($"Ledger:Keys:ConnectionString: {e.Message}");
            }
        }

        CheckPort(options.Silo.SiloPort, "Ledger:Silo:SiloPort", failures);
        CheckPort(options.Silo.GatewayPort, "Ledger:Silo:GatewayPort", failures);
        if (options.Silo.GatewayPort == options.Silo.SiloPort && options.Silo.SiloPort is >= 1 and <= 65535)
        {
            failures.Add($"Ledger:Silo:GatewayPort: {options.Silo.GatewayPort} is already Ledger:Silo:SiloPort; the two need a port each.");
        }

        if (options.Units.MinimumWorkers is < 5 or > 1000)
        {
            failures.Add($"Ledger:Units:MinimumWorkers: {options.Units.MinimumWorkers} is not between 5 and 1000.");
        }

        CheckLog(options.Log, failures);
        RetentionSchedule.Load(options.Retention, failures);
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static void CheckLog(LogOptions log, List<string> failures)
    {
        if (!KeyName.IsValid(log.Host) || log.Host.Contains('/', StringComparison.Ordinal))
        {
            failures.Add($"Ledger:Log:Host: '{log.Host}' is not a host name.");
        }

        CheckRange(log.IntervalSeconds, 0.05, 3600, "Ledger:Log:IntervalSeconds", failures);
        CheckRange(log.MaximumDelaySeconds, log.IntervalSeconds, 86_400, "Ledger:Log:MaximumDelaySeconds", failures);
        CheckRange(log.KeyOverlapDays, 0, 3650, "Ledger:Log:KeyOverlapDays", failures);
        for (int i = 0; i < log.Witnesses.Count; i++)
        {
            if (!VerifierKey.TryParse(log.Witnesses[i].Key, out VerifierKey? key) || key.Algorithm != KeyAlgorithm.CosignatureV1)
            {
                failures.Add($"Ledger:Log:Witnesses:{i}:Key: '{log.Witnesses[i].Key}' is not the verifier key of a witness; `ledger witness` prints its own.");
            }
            else if (log.Witnesses.Take(i).Any(w => string.Equals(w.Key, log.Witnesses[i].Key, StringComparison.Ordinal)))
            {
                failures.Add($"Ledger:Log:Witnesses:{i}:Key: '{log.Witnesses[i].Key}' is there twice.");
            }

            if (log.Witnesses[i].Url is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"))
            {
                failures.Add($"Ledger:Log:Witnesses:{i}:Url: '{url}' is not an http or https address.");
            }
        }

        if (log.WitnessesRequired < 0 || log.WitnessesRequired > log.Witnesses.Count)
        {
            failures.Add($"Ledger:Log:WitnessesRequired: {log.WitnessesRequired} is not between 0 and the number of witnesses, {log.Witnesses.Count}.");
        }
    }

    private static void CheckRange(double value, double from, double to, string key, List<string> failures)
    {
        if (!(value >= from && value <= to))
        {
            failures.Add(string.Create(CultureInfo.InvariantCulture, $"{key}: {value} is not between {from} and {to}."));
        }
    }

    private static void CheckPort(int port, string key, List<string> failures)
    {
        if (port is < 1 or > 65535)
        {
            failures.Add($"{key}: {port} is not a port; use 1 to 65535.");
        }
    }

    [GeneratedRegex(@"\A[a-z][a-z0-9-]{0,39}\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex OrganisationId();
}
