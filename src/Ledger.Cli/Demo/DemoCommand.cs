using System.CommandLine;
using System.Net;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;

namespace Ledger.Cli.Demo;

/// <summary><c>ledger demo</c>: a simulated organisation in one process on loopback, to see decisions go in and come back.</summary>
internal static class DemoCommand
{
    public static Command Create(Session session)
    {
        Texts texts = session.Texts;
        Command command = new("demo", texts["demo.description"]);
        Option<bool> once = new("--once") { Description = texts["demo.once"] };
        Option<DirectoryInfo?> data = new("--data") { Description = texts["demo.data"], HelpName = "DIR" };
        Option<int?> port = new("--port") { Description = texts.Format("demo.port", LedgerSettings.DefaultHttpPort), HelpName = "PORT" };
        Option<string?> host = new("--host") { Description = texts["demo.host"], HelpName = "HOST" };
        Option<bool> json = session.JsonOption();
        foreach (Option option in new Option[] { once, data, port, host, json })
        {
            command.Options.Add(option);
        }

        session.SetAction(command, json, async (parsed, cancellationToken) =>
        {
            string bind = parsed.GetValue(host) ?? LedgerSettings.Loopback;
            if (!LedgerSettings.IsLoopback(bind))
            {
                throw new CommandFailure(ExitCode.Usage, texts.Format("demo.notLoopback", bind));
            }

            (int Http, int Grpc)? ports = parsed.GetValue(once) && parsed.GetValue(port) is null ? null
                : await PortsAsync(session, parsed.GetValue(port));
            using DemoDirectory directory = DemoDirectory.Open(session, parsed.GetValue(data)?.FullName);
            return await RunAsync(session, directory, ports, parsed.GetValue(once), parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<ExitCode> RunAsync(
        Session session, DemoDirectory directory, (int Http, int Grpc)? ports, bool once, bool json, CancellationToken cancellationToken)
    {
        await using LedgerHost host = await LedgerHost.StartPrivatelyAsync(
            session, directory.Path, [BellerivePlay.Organisation], ports, cancellationToken);
        await using LedgerConnection producer = LedgerConnection.To(session, host, DemoTokens.Producer);
        await using LedgerConnection worker = LedgerConnection.To(session, host, DemoTokens.Worker(BellerivePlay.EmployeeNumber));
        BellerivePlay play = new(session, producer, worker);
        DemoResult result = await play.RunAsync(cancellationToken);
        if (!json)
        {
            await DemoReport.WriteAsync(session, play, host, directory, result, once, cancellationToken);
        }

        // One line, and the last: other people's scripts read it.
        await session.SayAsync(json ? DemoReport.Json(session, host, directory, result, once) : DemoReport.LastWords(session, directory, once));
        await session.Around.Out.FlushAsync(CancellationToken.None);
        bool ownReason = !once && await ServeCommand.StopAskedAsync(session, host, cancellationToken);
        return ownReason ? ExitCode.Failed : ExitCode.Ok;
    }

    /// <summary>The port asked for and the next; without asking, the usual ones or, where they are taken, free ones.</summary>
    private static async Task<(int Http, int Grpc)> PortsAsync(Session session, int? asked)
    {
        if (asked is { } port)
        {
            if (port is < 1 or >= ushort.MaxValue)
            {
                throw new CommandFailure(ExitCode.Usage, session.Texts.Format("demo.portRange", port));
            }

            int? taken = !FreePorts.IsFree(IPAddress.Loopback, port) ? port : !FreePorts.IsFree(IPAddress.Loopback, port + 1) ? port + 1 : null;
            return taken is null ? (port, port + 1)
                : throw new CommandFailure(ExitCode.Failed, session.Texts.Format("demo.portTaken", taken, port));
        }

        if (FreePorts.IsFree(IPAddress.Loopback, LedgerSettings.DefaultHttpPort) && FreePorts.IsFree(IPAddress.Loopback, LedgerSettings.DefaultGrpcPort))
        {
            return (LedgerSettings.DefaultHttpPort, LedgerSettings.DefaultGrpcPort);
        }

        int[] free = FreePorts.Take(2);
        await session.RemarkAsync(session.Texts.Format("demo.otherPort", LedgerSettings.DefaultHttpPort, free[0]));
        return (free[0], free[1]);
    }
}
