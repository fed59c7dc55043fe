using System.CommandLine;
using Ledger.Cli.Languages;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Ledger.Cli.Hosting;

/// <summary><c>ledger serve</c>: the ledger, or one part of it, until it is asked to stop.</summary>
internal static class ServeCommand
{
    public const string Schema = "ledger.serve/1";
    private static readonly TimeSpan SignalWithin = TimeSpan.FromSeconds(1);

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
        Option<bool> insecure = new("--insecure-clear-text") { Description = texts["serve.insecure"] };
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
            RefuseToBeSeen(session, configuration, parts, parsed.GetValue(insecure));
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
        bool ownReason = await StopAskedAsync(session, host, cancellationToken);
        return ownReason ? ExitCode.Failed : ExitCode.Ok;
    }

    /// <summary>Waits until somebody asks to stop; true if the host stopped for a reason of its own.</summary>
    public static async Task<bool> StopAskedAsync(Session session, LedgerHost host, CancellationToken cancellationToken)
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration ours = cancellationToken.Register(() => asked.TrySetResult());
        await using CancellationTokenRegistration its = host.Stopping.Register(() => asked.TrySetResult());
        await asked.Task;
        if (!cancellationToken.IsCancellationRequested)
        {
            // A signal reaches the host and us in no certain order; only without one did the host stop by itself.
            TaskCompletionSource signalled = new(TaskCreationOptions.RunContinuationsAsynchronously);
            await using CancellationTokenRegistration late = cancellationToken.Register(() => signalled.TrySetResult());
            await Task.WhenAny(signalled.Task, Task.Delay(SignalWithin, session.Around.Time, CancellationToken.None));
        }

        return !cancellationToken.IsCancellationRequested;
    }

    private static void RefuseToBeSeen(Session session, IConfiguration configuration, Parts parts, bool insecure)
    {
        LedgerSettings settings = LedgerSettings.From(configuration, session);
        // Silos speak to each other and to API hosts without TLS and without a password: their network must be their own.
        if (parts != Parts.Api && !LedgerSettings.IsLoopback(settings.SiloHost) && !insecure)
        {
            throw Failure("serve.siloSeen", "Ledger:Silo:Host", settings.SiloHost);
        }

        if (parts == Parts.Silo || LedgerSettings.IsLoopback(settings.ApiHost))
        {
            return;
        }

        if (!configuration.GetSection("Ledger:Access:Issuers").GetChildren().Any())
        {
            throw Failure("serve.noIssuer", "Ledger:Access:Issuers", settings.ApiHost);
        }

        if (configuration["Ledger:Api:Certificate"] is null && !insecure)
        {
            throw Failure("serve.noCertificate", "Ledger:Api:Certificate", settings.ApiHost);
        }

        CommandFailure Failure(string sentence, string key, string host) =>
            new(ExitCode.Usage, session.Texts.Format(sentence, key, host)) { Field = key };
    }
}
