using Ledger.Cli.Languages;

namespace Ledger.Cli.Hosting;

/// <summary>What a process says of itself when it starts: where data is, how durable, who can sign in, which addresses answer.</summary>
internal static class Banner
{
    public static IEnumerable<string> Lines(Session session, LedgerHost host, Parts parts)
    {
        Texts texts = session.Texts;
        LedgerSettings settings = host.Settings;
        yield return texts[parts switch { Parts.Silo => "banner.silo", Parts.Api => "banner.api", _ => "banner.all" }];
        if (parts != Parts.Api)
        {
            yield return settings.StoreAddress is { } address
                ? texts.Format("banner.esdb", WithoutPassword(address))
                : texts.Format("banner.embedded", Path.GetFullPath(settings.StoreFile));
            yield return texts.Format("banner.keys", Path.GetFullPath(settings.KeysDirectory));
            yield return texts.Format("banner.organisations", string.Join(", ", settings.Organisations));
        }

        yield return texts[SeenFromElsewhere(settings, parts) ? "banner.open" : "banner.loopback"];
        if (parts != Parts.Silo)
        {
            yield return texts.Format("banner.http", host.Http);
            yield return texts.Format("banner.grpc", host.Grpc);
        }

        if (parts == Parts.Silo)
        {
            yield return texts.Format("banner.gateway", settings.SiloHost, settings.GatewayPort);
        }

        yield return texts["banner.stop"];
    }

    public static string Json(string schema, LedgerHost host, Parts parts) => JsonLine.Write(writer =>
    {
        writer.WriteString("schema", schema);
        writer.WriteString("parts", parts switch { Parts.Silo => "silo", Parts.Api => "api", _ => "all" });
        if (parts != Parts.Api)
        {
            writer.WriteString("store", host.Settings.StoreAddress is { } address ? WithoutPassword(address) : Path.GetFullPath(host.Settings.StoreFile));
        }

        if (parts != Parts.Silo)
        {
            writer.WriteString("http", host.Http.ToString());
            writer.WriteString("grpc", host.Grpc.ToString());
        }
    });

    /// <summary>A store's address as it may be shown.</summary>
    public static string WithoutPassword(string address)
    {
        int scheme = address.IndexOf("://", StringComparison.Ordinal);
        int user = address.LastIndexOf('@');
        return scheme > 0 && user > scheme ? address[..(scheme + 3)] + address[(user + 1)..] : address;
    }

    private static bool SeenFromElsewhere(LedgerSettings settings, Parts parts) =>
        (parts != Parts.Silo && !LedgerSettings.IsLoopback(settings.ApiHost))
        || (parts != Parts.Api && !LedgerSettings.IsLoopback(settings.SiloHost));
}
