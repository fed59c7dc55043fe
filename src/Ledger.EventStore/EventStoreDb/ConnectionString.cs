using System.Globalization;

namespace Ledger.EventStore.EventStoreDb;

/// <summary>
/// Reads <c>esdb://user:password@host:2113,host2:2113?tls=true&amp;…</c>, the connection string of EventStoreDB's own clients.
/// </summary>
/// <remarks>
/// <code>
/// scheme   esdb | kurrentdb | kdb, with "+discover": ask the (one) host who leads
/// user, password   percent-encoded, optional
/// host   name, IPv4, or IPv6 in brackets; port 2113 if none is given
/// settings   names without regard to case; an unknown one is an error, so that a misspelt "tls" does not go unseen
/// </code>
/// </remarks>
internal static class ConnectionString
{
    private const int DefaultPort = 2113;

    /// <exception cref="FormatException">The message names the offending part; it never repeats the password.</exception>
    public static EventStoreDbSettings Parse(string connectionString)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        int schemeEnd = connectionString.IndexOf("://", StringComparison.Ordinal);
        if (schemeEnd < 0)
        {
            throw Wrong("it must begin with a scheme, for example esdb://");
        }

        bool discover = ParseScheme(connectionString[..schemeEnd]);
        string rest = connectionString[(schemeEnd + 3)..];

        int queryStart = rest.IndexOf('?', StringComparison.Ordinal);
        string query = queryStart < 0 ? "" : rest[(queryStart + 1)..];
        string authority = (queryStart < 0 ? rest : rest[..queryStart]).TrimEnd('/');

        // The last @: a password that was not percent-encoded may hold one, a host may not.
        int at = authority.LastIndexOf('@');
        var settings = new EventStoreDbSettings
        {
            Discover = discover,
            Credentials = at < 0 ? null : ParseCredentials(authority[..at]),
            Endpoints = ParseHosts(authority[(at + 1)..]),
        };
        return ParseQuery(settings, query);
    }

    private static bool ParseScheme(string scheme)
    {
        const string plusDiscover = "+discover";
        bool discover = scheme.EndsWith(plusDiscover, StringComparison.OrdinalIgnoreCase);
        string name = discover ? scheme[..^plusDiscover.Length] : scheme;
        return name.ToLowerInvariant() is "esdb" or "kurrentdb" or "kdb"
            ? discover
            : throw Wrong($"the scheme '{scheme}' is not one of esdb, kurrentdb, kdb (each also with +discover)");
    }

    private static Credentials ParseCredentials(string userInfo)
    {
        int colon = userInfo.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            ? new Credentials(Uri.UnescapeDataString(userInfo[..colon]), Uri.UnescapeDataString(userInfo[(colon + 1)..]))
            : throw Wrong("credentials before '@' must be user:password");
    }

    private static Endpoint[] ParseHosts(string hosts) =>
        hosts.Length == 0 ? throw Wrong("it names no host") : Array.ConvertAll(hosts.Split(','), ParseHost);

    private static Endpoint ParseHost(string host)
    {
        string text = host.Trim();
        int bracket = text.LastIndexOf(']');
        int colon = text.IndexOf(':', bracket + 1);
        string name = (colon < 0 ? text : text[..colon]).Trim('[', ']');
        int port = DefaultPort;
        if (colon >= 0
            && (!int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) || port is < 1 or > 65535))
        {
            throw Wrong($"the port of host '{text}' is not a number from 1 to 65535");
        }

        return Uri.CheckHostName(name) == UriHostNameType.Unknown
            ? throw Wrong($"the host '{text}' is not a host name or an address")
            : new Endpoint(name, port);
    }

    private static EventStoreDbSettings ParseQuery(EventStoreDbSettings settings, string query)
    {
        foreach (string pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                throw Wrong($"the setting '{pair}' has no value");
            }

            settings = Apply(settings, pair[..equals], Uri.UnescapeDataString(pair[(equals + 1)..]));
        }

        return settings.TlsCaFile is not null && !settings.Tls
            ? throw Wrong("the setting 'tlsCaFile' has no meaning with tls=false")
            : settings;
    }

    private static EventStoreDbSettings Apply(EventStoreDbSettings settings, string name, string value) =>
        name.ToLowerInvariant() switch
        {
            "tls" => settings with { Tls = ParseBool(name, value) },
            "tlsverifycert" => settings with { TlsVerifyCert = ParseBool(name, value) },
            "tlscafile" => settings with { TlsCaFile = value },
            "keepaliveinterval" => settings with { KeepAliveInterval = ParseMilliseconds(name, value, orNever: true) },
            "keepalivetimeout" => settings with { KeepAliveTimeout = ParseMilliseconds(name, value, orNever: true) },
            "defaultdeadline" => settings with { DefaultDeadline = ParseMilliseconds(name, value, orNever: false) },
            "discoveryinterval" => settings with { DiscoveryInterval = ParseMilliseconds(name, value, orNever: false) },
            // In seconds, alone among the times: EventStoreDB's clients read it so.
            "gossiptimeout" => settings with { GossipTimeout = TimeSpan.FromSeconds(ParseCount(name, value)) },
            "maxdiscoverattempts" => settings with { MaxDiscoverAttempts = ParseCount(name, value) },
            "connectionname" => settings with { ConnectionName = value },
            // An append needs the leader, and a grain that reads elsewhere would decide on stale events.
            "nodepreference" => value.Equals("leader", StringComparison.OrdinalIgnoreCase)
                ? settings
                : throw Wrong($"the setting 'nodePreference' is '{value}', but only 'leader' is supported"),
            // Other clients throw or answer; here a conflict is always an answer.
            "throwonappendfailure" => settings,
            _ => throw Wrong($"the setting '{name}' is not known"),
        };

    private static bool ParseBool(string name, string value) =>
        bool.TryParse(value, out bool parsed)
            ? parsed
            : throw Wrong($"the setting '{name}' is '{value}', but must be true or false");

    private static TimeSpan ParseMilliseconds(string name, string value, bool orNever) =>
        orNever && value == "-1"
            ? Timeout.InfiniteTimeSpan
            : TimeSpan.FromMilliseconds(ParseCount(name, value));

    private static int ParseCount(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int parsed) && parsed > 0
            ? parsed
            : throw Wrong($"the setting '{name}' is '{value}', but must be a whole number above zero");

    private static FormatException Wrong(string what) => new($"The event store's connection string is wrong: {what}.");
}
