using System.Text.Json;
using Ledger.Cli.Hosting;
using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary>What a witness says while it runs: a line for what is new, none for what is as before.</summary>
internal sealed class WitnessVoice(Session session, bool json) : IDisposable
{
    public const string Schema = "ledger.witness/1";

    private readonly SemaphoreSlim turn = new(1);
    private string? lastSaid;
    private bool allWasWell;

    /// <summary>Who the witness is, what it watches, and where it keeps what it saw.</summary>
    public Task StartedAsync(WitnessDesk desk, string directory, string? log, string? address) => json
        ? SayAsync(JsonLine.Write(writer =>
        {
            Begin(writer, "started");
            writer.WriteString("witness", desk.Own.ToString());
            writer.WriteString("state", directory);
            writer.WriteString("log", log);
            writer.WriteString("listens", address);
            writer.WriteStartArray("origins");
            foreach (WatchedLog watched in desk.Logs)
            {
                writer.WriteStringValue(watched.Origin);
            }

            writer.WriteEndArray();
        }))
        : SayAsync(string.Join(Environment.NewLine, Banner(desk, directory, log, address)));

    /// <summary>How a look ended. What was said before is not said again.</summary>
    public Task RoundAsync(RoundResult result, bool always)
    {
        if (result.Outcome == RoundOutcome.Caught)
        {
            return Task.CompletedTask;
        }

        bool isUnchanged = result.Outcome == RoundOutcome.Unchanged && result.Delivery is Delivery.None or Delivery.Accepted or Delivery.NotTaken;
        bool news = always || !(isUnchanged ? allWasWell : string.Equals(result.Sentence, lastSaid, StringComparison.Ordinal));
        lastSaid = result.Sentence;
        allWasWell = isUnchanged || (result.Outcome == RoundOutcome.Signed && result.Delivery is Delivery.Accepted or Delivery.NotTaken);
        return !news ? Task.CompletedTask : SayAsync(json ? Json(result) : Timed(result.Sentence));
    }

    /// <summary>A decision about what somebody brought.</summary>
    public Task HeardAsync(Checkpoint checkpoint, WitnessAnswer answer) => json
        ? SayAsync(JsonLine.Write(writer =>
        {
            Begin(writer, answer.Outcome == WitnessOutcome.Signed ? "signed" : "notSigned");
            writer.WriteCheckpoint(checkpoint);
            writer.WriteNumber("status", (int)answer.Outcome);
        }))
        : answer.Outcome == WitnessOutcome.Conflict ? Task.CompletedTask
        : SayAsync(Timed(session.Texts.Format(
            answer.Outcome switch
            {
                WitnessOutcome.Signed => "witness.heard",
                WitnessOutcome.Forbidden => "witness.notTheLogs",
                _ => "witness.unproven",
            },
            checkpoint.Origin,
            checkpoint.Head.Size)));

    /// <summary>That a log was caught, now or before, and everything that follows from it.</summary>
    public Task CaughtAsync(string origin, string evidence, string explanation) => json
        ? SayAsync(JsonLine.Write(writer =>
        {
            Begin(writer, "caught");
            writer.WriteString("origin", origin);
            writer.WriteString("evidence", evidence);
            writer.WriteString("sentence", explanation);
        }))
        : SayAsync(Environment.NewLine + explanation);

    /// <summary>Everything that follows from a fork, and that this witness stops.</summary>
    public string Explain(Caught caught) =>
        $"{ForkEvidence.Explain(session.Texts, caught.Fork, caught.Evidence)}\n\n{session.Texts["fork.signsNoMore"]}";

    public void Dispose() => turn.Dispose();

    private IEnumerable<string> Banner(WitnessDesk desk, string directory, string? log, string? address)
    {
        string origins = string.Join(", ", desk.Logs.Select(l => l.Origin));
        yield return log is null
            ? session.Texts.Format("witness.watches", desk.Own.Name, origins)
            : session.Texts.Format("witness.watchesAt", desk.Own.Name, origins, log);
        if (address is not null)
        {
            yield return session.Texts.Format("witness.listens", address);
        }

        yield return session.Texts.Format("witness.keeps", directory);
        yield return session.Texts.Format("witness.give", desk.Own);
    }

    private string Json(RoundResult result) => JsonLine.Write(writer =>
    {
        Begin(writer, JsonNamingPolicy.CamelCase.ConvertName(result.Outcome.ToString()));
        if (result.Checkpoint is { } checkpoint)
        {
            writer.WriteCheckpoint(checkpoint);
        }

        if (result.Before is { } before)
        {
            writer.WriteNumber("before", before);
        }

        if (result.Delivery != Delivery.None)
        {
            writer.WriteString("delivery", JsonNamingPolicy.CamelCase.ConvertName(result.Delivery.ToString()));
        }

        writer.WriteString("sentence", result.Sentence);
    });

    private void Begin(Utf8JsonWriter writer, string @event)
    {
        writer.WriteString("schema", Schema);
        writer.WriteString("event", @event);
        writer.WriteString("time", session.Around.Time.GetUtcNow());
    }

    private string Timed(string sentence) =>
        session.Texts.Format("witness.timed", session.Texts.Clock(session.Around.Time.GetUtcNow(), TimeZoneInfo.Local.Id), sentence);

    private async Task SayAsync(string text)
    {
        await turn.WaitAsync();
        try
        {
            await session.SayAsync(text);
            await session.Around.Out.FlushAsync();
        }
        finally
        {
            turn.Release();
        }
    }
}
