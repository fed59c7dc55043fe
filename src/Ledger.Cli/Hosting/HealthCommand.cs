using System.CommandLine;
using System.Net;

namespace Ledger.Cli.Hosting;

/// <summary><c>ledger health</c>: whether a server is ready, for containers that hold no other tool.</summary>
internal static class HealthCommand
{
    public const string Schema = "ledger.health/1";
    public const string ReadyPath = "/health/ready";

    public static Command Create(Session session)
    {
        Command command = new("health", session.Texts["health.description"]);
        Option<string?> server = new("--server") { Description = session.Texts["health.server"], HelpName = "URL" };
        Option<FileInfo?> config = new("--config")
        {
            Description = session.Texts.Format("option.config", LedgerConfiguration.DefaultFile),
            HelpName = "FILE",
        };
        Option<bool> json = session.JsonOption();
        command.Options.Add(server);
        command.Options.Add(config);
        command.Options.Add(json);
        session.SetAction(command, json, async (parsed, cancellationToken) =>
        {
            Uri address = parsed.GetValue(server) is { } given ? Parse(session, given) : Configured(session, parsed.GetValue(config)?.FullName);
            (bool ready, string answer) = await AskAsync(session, new Uri(address, ReadyPath), cancellationToken);
            await session.SayAsync(parsed.GetValue(json)
                ? JsonLine.Write(writer =>
                {
                    writer.WriteString("schema", Schema);
                    writer.WriteBoolean("ready", ready);
                    writer.WriteString("address", Banner.Plain(address));
                    writer.WriteString("answer", answer);
                })
                : session.Texts.Format(ready ? "health.ready" : "health.notReady", Banner.Plain(address), answer));
            return ready ? ExitCode.Ok : ExitCode.Failed;
        });
        return command;
    }

    /// <summary>Whether the address answers that it is ready, and what it or its absence says.</summary>
    public static async Task<(bool Ready, string Answer)> AskAsync(Session session, Uri address, CancellationToken cancellationToken)
    {
        using HttpClient client = Loopback.Client();
        try
        {
            using HttpResponseMessage response = await client.GetAsync(address, cancellationToken);
            string body = (await response.Content.ReadAsStringAsync(cancellationToken)).Trim();
            return (response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode} {Short(body)}".Trim());
        }
        catch (HttpRequestException)
        {
            return (false, session.Texts["health.silent"]);
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (false, session.Texts["health.late"]);
        }
    }

    private static string Short(string body) => body.Length > 200 || body.Contains('\n', StringComparison.Ordinal) ? "" : body;

    private static Uri Parse(Session session, string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new CommandFailure(ExitCode.Usage, session.Texts.Format("usage.address", text));

    private static Uri Configured(Session session, string? file) => LedgerSettings.From(LedgerConfiguration.Load(session, file, []), session).Http;
}
