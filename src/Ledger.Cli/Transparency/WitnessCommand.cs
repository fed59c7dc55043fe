using System.CommandLine;
using Ledger.Cli.Hosting;

namespace Ledger.Cli.Transparency;

/// <summary>
/// <c>ledger witness</c>: keeps the last checkpoint it saw, signs only what grew from it, and stops for good when a log shows two
/// histories. A union runs it, on a machine of its own.
/// </summary>
internal static class WitnessCommand
{
    public static Command Create(Session session)
    {
        Command command = new("witness", session.Texts["witness.description"]);
        WitnessOptions options = new(session);
        Option<bool> json = session.JsonOption();
        options.AddTo(command);
        command.Options.Add(json);
        session.SetAction(command, json, async (parsed, cancellationToken) =>
        {
            using WitnessVoice voice = new(session, parsed.GetValue(json));
            return await RunAsync(session, options.Read(session, parsed), voice, cancellationToken);
        });
        return command;
    }

    private static async Task<ExitCode> RunAsync(Session session, WitnessSettings settings, WitnessVoice voice, CancellationToken cancellationToken)
    {
        using LogClient? client = settings.Log is null ? null : new LogClient(LogFiles.Open(session, settings.Log, tries: 1));
        using WitnessDirectory directory = WitnessDirectory.Open(session, settings.State, settings.Name);
        WitnessDesk desk = new(directory, settings.LogKeys, session.Around.Time);
        foreach (WatchedLog log in desk.Logs)
        {
            if (directory.StoppedBy(log.Origin) is { } evidence)
            {
                await voice.CaughtAsync(log.Origin, evidence, session.Texts.Format("fork.stopped", log.Origin, evidence));
                return ExitCode.TwoHistories;
            }
        }

        if (settings.Listen is null)
        {
            await voice.StartedAsync(desk, directory.Path, client!.Files.Address, address: null);
            return settings.Once
                ? await OnceAsync(session, client, desk, voice, cancellationToken)
                : await UntilStoppedAsync(token => PollAsync(session, client, desk, settings.Interval, voice, token), voice, cancellationToken);
        }

        await using WitnessService service = await WitnessService.StartAsync(session, desk, settings.Listen, voice.HeardAsync, cancellationToken);
        await voice.StartedAsync(desk, directory.Path, client?.Files.Address, service.Address);
        return await UntilStoppedAsync(
            token => client is null
                ? service.Caught.WaitAsync(token)
                : EitherAsync(service.Caught.WaitAsync, both => PollAsync(session, client, desk, settings.Interval, voice, both), token),
            voice,
            cancellationToken);
    }

    private static async Task<ExitCode> OnceAsync(
        Session session, LogClient client, WitnessDesk desk, WitnessVoice voice, CancellationToken cancellationToken)
    {
        RoundResult result = await new WitnessRound(session, client, desk).RunAsync(cancellationToken);
        await voice.RoundAsync(result, always: true);
        if (result.Caught is { } caught)
        {
            await voice.CaughtAsync(caught.Fork.Larger.Origin, caught.Evidence, voice.Explain(caught));
        }

        return (result.Outcome, result.Delivery) switch
        {
            (RoundOutcome.Caught, _) => ExitCode.TwoHistories,
            (RoundOutcome.Unreachable, _) or (_, Delivery.Failed) => ExitCode.Unavailable,
            (_, Delivery.Refused) => ExitCode.Refused,
            (RoundOutcome.Signed or RoundOutcome.Unchanged, _) => ExitCode.Ok,
            _ => ExitCode.Failed,
        };
    }

    private static async Task<Caught> PollAsync(
        Session session, LogClient client, WitnessDesk desk, TimeSpan interval, WitnessVoice voice, CancellationToken cancellationToken)
    {
        WitnessRound round = new(session, client, desk);
        while (true)
        {
            RoundResult result = await round.RunAsync(cancellationToken);
            if (result.Caught is { } caught)
            {
                return caught;
            }

            await voice.RoundAsync(result, always: false);
            await Task.Delay(interval, session.Around.Time, cancellationToken);
        }
    }

    private static async Task<Caught> EitherAsync(
        Func<CancellationToken, Task<Caught>> one, Func<CancellationToken, Task<Caught>> other, CancellationToken cancellationToken)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<Caught>[] both = [one(end.Token), other(end.Token)];
        try
        {
            return await await Task.WhenAny(both);
        }
        finally
        {
            await end.CancelAsync();
            await ((Task)Task.WhenAll(both)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Works until somebody asks to stop, which is well, or a log is caught.</summary>
    private static async Task<ExitCode> UntilStoppedAsync(
        Func<CancellationToken, Task<Caught>> work, WitnessVoice voice, CancellationToken cancellationToken)
    {
        Caught caught;
        try
        {
            caught = await work(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Ok;
        }

        await voice.CaughtAsync(caught.Fork.Larger.Origin, caught.Evidence, voice.Explain(caught));
        return ExitCode.TwoHistories;
    }
}
