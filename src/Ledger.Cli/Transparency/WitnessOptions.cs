using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using Ledger.Cli.Hosting;
using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary>The options of <c>ledger witness</c>.</summary>
internal sealed class WitnessOptions
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(10);

    private readonly Option<string?> log;
    private readonly Option<string[]> logKeys;
    private readonly Option<DirectoryInfo> state;
    private readonly Option<string?> name;
    private readonly Option<TimeSpan?> interval;
    private readonly Option<bool> once;
    private readonly Option<string?> listen;

    public WitnessOptions(Session session)
    {
        log = new Option<string?>("--log") { Description = session.Texts["witness.option.log"], HelpName = "URL" };
        logKeys = new Option<string[]>("--log-key") { Description = session.Texts["witness.option.logKey"], HelpName = "VKEY", Required = true };
        state = new Option<DirectoryInfo>("--state") { Description = session.Texts["witness.option.state"], HelpName = "DIR", Required = true };
        name = new Option<string?>("--name") { Description = session.Texts["witness.option.name"], HelpName = "NAME" };
        interval = new Option<TimeSpan?>("--interval")
        {
            Description = session.Texts["witness.option.interval"],
            HelpName = "10s|5m|1h",
            CustomParser = result => Interval(session, result),
        };
        once = new Option<bool>("--once") { Description = session.Texts["witness.option.once"] };
        listen = new Option<string?>("--listen") { Description = session.Texts["witness.option.listen"], HelpName = "HOST:PORT" };
    }

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { log, logKeys, state, name, interval, once, listen })
        {
            command.Options.Add(option);
        }
    }

    /// <exception cref="CommandFailure">The options do not fit together.</exception>
    public WitnessSettings Read(Session session, ParseResult parsed)
    {
        string? address = parsed.GetValue(log), endpoint = parsed.GetValue(listen), named = parsed.GetValue(name);
        return address is null && endpoint is null ? throw Usage("witness.logOrListen")
            : parsed.GetValue(once) && endpoint is not null ? throw Usage("witness.onceOrListen")
            : named is not null && !KeyName.IsValid(named) ? throw Usage("witness.badName", named)
            : new WitnessSettings(
                address,
                ReadKeys(session, parsed.GetValue(logKeys) ?? [], KeyAlgorithm.Ed25519),
                Path.GetFullPath(parsed.GetRequiredValue(state).ToString(), session.Around.Directory),
                named,
                parsed.GetValue(interval) ?? DefaultInterval,
                parsed.GetValue(once),
                endpoint is null ? null : EndPoint(endpoint) ?? throw Usage("witness.endpoint", endpoint));

        CommandFailure Usage(string text, params object?[] arguments) => new(ExitCode.Usage, session.Texts.Format(text, arguments));
    }

    /// <summary>Verifier keys of a command line.</summary>
    /// <exception cref="CommandFailure">One is none, or of another kind.</exception>
    public static IReadOnlyList<VerifierKey> ReadKeys(Session session, IEnumerable<string> texts, KeyAlgorithm algorithm) =>
        [.. texts.Select(text => VerifierKey.TryParse(text.Trim(), out VerifierKey? key) && key.Algorithm == algorithm
            ? key
            : throw new CommandFailure(
                ExitCode.Usage, session.Texts.Format(algorithm == KeyAlgorithm.Ed25519 ? "usage.logKey" : "usage.witnessKey", text)))];

    private static TimeSpan? Interval(Session session, ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        double unit = text.Length == 0 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 };
        if (unit > 0 && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && number * unit <= Limits.LongestInterval.TotalSeconds && number * unit >= Limits.ShortestInterval.TotalSeconds)
        {
            return TimeSpan.FromSeconds(number * unit);
        }

        result.AddError(session.Texts.Format("witness.interval", text));
        return null;
    }

    private static IPEndPoint? EndPoint(string text)
    {
        const string Local = "localhost:";
        string numeric = text.StartsWith(Local, StringComparison.OrdinalIgnoreCase) ? $"{IPAddress.Loopback}:{text[Local.Length..]}" : text;

        // Without a port, IPEndPoint takes 0 in silence.
        return numeric.LastIndexOf(':') > numeric.LastIndexOf(']') && IPEndPoint.TryParse(numeric, out IPEndPoint? endpoint) ? endpoint : null;
    }
}

/// <summary>What <c>ledger witness</c> was asked to do.</summary>
internal sealed record WitnessSettings(
    string? Log, IReadOnlyList<VerifierKey> LogKeys, string State, string? Name, TimeSpan Interval, bool Once, IPEndPoint? Listen);
