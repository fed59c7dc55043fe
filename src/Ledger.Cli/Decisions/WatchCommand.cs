using System.CommandLine;
using Grpc.Core;
using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;
using Ledger.V1;

namespace Ledger.Cli.Decisions;

/// <summary><c>ledger watch</c>: a worker's decisions as they are recorded; goes on by itself after a lost connection.</summary>
internal static class WatchCommand
{
    public const string Schema = "ledger.watch/1";

    // How long to wait before each next try; the last one is kept.
    private static readonly TimeSpan[] Patience = [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(15)];

    public static Command Create(Session session)
    {
        Texts texts = session.Texts;
        Command command = new("watch", texts["watch.description"]);
        ConnectionOptions connection = new(session);
        WorkerOptions worker = new(session);
        Option<long?> after = new("--after") { Description = texts["watch.after"], HelpName = "REVISION" };
        Option<long?> count = new("--count") { Description = texts["watch.count"], HelpName = "N" };
        Option<bool> json = session.JsonOption();
        worker.AddTo(command);
        connection.AddTo(command);
        foreach (Option option in new Option[] { after, count, json })
        {
            command.Options.Add(option);
        }

        session.SetAction(command, json, async (parsed, cancellationToken) =>
        {
            worker.Check(session, parsed);
            string organisation = connection.Organisation(session, parsed);
            await using LedgerConnection ledger = await connection.OpenAsync(session, parsed, cancellationToken);
            Worker about = await worker.FindAsync(session, ledger, parsed, organisation, cancellationToken);
            Watch watch = new(session, ledger, about, worker.Purpose(parsed), parsed.GetValue(after), parsed.GetValue(count) ?? long.MaxValue, parsed.GetValue(json));
            await watch.RunAsync(cancellationToken);
            return ExitCode.Ok;
        });
        return command;
    }

    private sealed class Watch(Session session, LedgerConnection ledger, Worker about, string purpose, long? after, long left, bool json)
    {
        private readonly Paragraphs paragraphs = new(session);
        private long? last = after;
        private long wanted = left;
        private int failures;

        public async Task RunAsync(CancellationToken cancellationToken)
        {
            await session.RemarkAsync(session.Texts.Format("watch.started", about.Worker_));
            while (wanted > 0)
            {
                try
                {
                    await FollowAsync(cancellationToken);
                }
                catch (Exception e) when (cancellationToken.IsCancellationRequested && e is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
                {
                    break;
                }
                catch (RpcException e) when (ServerRefusal.From(e, session.Texts) is { IsTemporary: true } refusal)
                {
                    TimeSpan delay = refusal.RetryAfter ?? Patience[Math.Min(failures++, Patience.Length - 1)];
                    await session.RemarkAsync(session.Texts.Format("watch.lost", refusal.Message, delay.TotalSeconds));
                    try
                    {
                        await Task.Delay(delay, session.Around.Time, cancellationToken);
                    }
                    catch (OperationCanceledException)
                    {
                        break;
                    }
                }
            }

            if (last is { } revision)
            {
                await session.RemarkAsync(session.Texts.Format("watch.ended", revision));
            }
        }

        private async Task FollowAsync(CancellationToken cancellationToken)
        {
            WatchDecisionsRequest request = new() { Parent = about.Name, Purpose = purpose };
            if (last is { } revision)
            {
                request.AfterRevision = revision;
            }

            using AsyncServerStreamingCall<WatchDecisionsResponse> call = ledger.Decisions.WatchDecisions(request, LedgerConnection.Stream(cancellationToken));
            await foreach (WatchDecisionsResponse response in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                failures = 0;
                await ShowAsync(response.Decision);
                last = response.Decision.Receipt.Revision;
                if (--wanted == 0)
                {
                    return;
                }
            }
        }

        private async Task ShowAsync(RecordedDecision decision)
        {
            if (json)
            {
                await session.SayAsync(JsonLine.Write(writer =>
                {
                    writer.WriteString("schema", Schema);
                    writer.WriteNumber("revision", decision.Receipt.Revision);
                    writer.WriteMessage("decision", decision.Decision);
                    writer.WriteMessage("receipt", decision.Receipt);
                }));
            }
            else
            {
                foreach (string line in paragraphs.Of(decision))
                {
                    await session.SayAsync(line);
                }
            }

            await session.Around.Out.FlushAsync(CancellationToken.None);
        }
    }
}
