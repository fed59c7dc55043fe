using System.CommandLine;
using Ledger.Cli.Languages;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Ledger.Cli.Hosting;

/// <summary><c>ledger serve</c>: the ledger, or one part of it, until it is asked to stop.</summary>
internal static class ServeCommand
{
    public const string Schema = "ledger.serve/1";

    public static Command Create(Session session)
    {
        Texts texts = session.Texts;
        Command command = new("serve", texts["serve.description"]);
        Option<Parts> only = new("--only")
        {
            Description = texts["serve.only"],
            HelpName = "silo|api",
            CustomParser = result => result.Tokens is [{ Value: "silo" }] ? Parts.Silo : Parts.Api,
        };
        only.AcceptOnlyFromAmong("silo", "api");
        Option<bool> insecure = new("--insecure-no-authentication") { Description = texts["serve.insecure"] };
        Option<bool> json = session.JsonOption();
        ServeOptions options = new(session);
        command.Options.Add(only);
        options.AddTo(command);
        command.Options.Add(insecure);
        command.Options.Add(json);
        session.SetAction(command, json, async (parsed, cancellationToken) =>
        {
            IConfigurationRoot configuration = options.Load(session, parsed);
            Parts parts = parsed.GetResult(only) is { Implicit: false } ? parsed.GetValue(only) : Parts.All;
            RefuseToBeSeen(session, LedgerSettings.From(configuration, session), parts, parsed.GetValue(insecure));
            return await RunAsync(session, configuration, parts, parsed.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<ExitCode> RunAsync(
        Session session, IConfiguration configuration, Parts parts, bool json, CancellationToken cancellationToken)
    {
        await using LedgerHost host = await LedgerHost.StartAsync(session, configuration, parts, LogLevel.Information, cancellationToken);
        if (json)
        {
            await session.SayAsync(Banner.Json(Schema, host, parts));
        }
        else
        {
            foreach (string line in Banner.Lines(session, host, parts))
            {
                await session.SayAsync(line);
            }
        }

        await session.Around.Out.FlushAsync(CancellationToken.None);
        bool ownReason = await StopAskedAsync(host, cancellationToken);
        return ownReason ? ExitCode.Failed : ExitCode.Ok;
    }

    /// <summary>Waits until somebody asks to stop; true if the host stopped for a reason of its own.</summary>
    public static async Task<bool> StopAskedAsync(LedgerHost host, CancellationToken cancellationToken)
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration ours = cancellationToken.Register(() => asked.TrySetResult());
        await using CancellationTokenRegistration its = host.Stopping.Register(() => asked.TrySetResult());
        await asked.Task;
        return !cancellationToken.IsCancellationRequested && Environment.ExitCode != 0;
    }

    private static void RefuseToBeSeen(Session session, LedgerSettings settings, Parts parts, bool insecure)
    {
        (string key, string host)[] hosts = parts switch
        {
            Parts.Silo => [("Ledger:Silo:Host", settings.SiloHost)],
            Parts.Api => [("Ledger:Api:Host", settings.ApiHost)],
            _ => [("Ledger:Api:Host", settings.ApiHost), ("Ledger:Silo:Host", settings.SiloHost)],
        };
        foreach ((string key, string host) in hosts)
        {
            if (!insecure && !LedgerSettings.IsLoopback(host))
            {
                throw new CommandFailure(ExitCode.Usage, session.Texts.Format("serve.notLoopback", key, host)) { Field = key };
            }
        }
    }
}
