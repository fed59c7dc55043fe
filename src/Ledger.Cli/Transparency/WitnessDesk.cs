using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary>A log that a witness signs for.</summary>
internal sealed class WatchedLog(string origin, IReadOnlyList<VerifierKey> keys, WitnessState? state)
{
    public string Origin => origin;

    /// <summary>Keys that are trusted for it: those given, and those that these have passed the log on to.</summary>
    public KeySuccession Trust { get; set; } = new(keys, []);

    public IReadOnlyList<VerifierKey> Keys => Trust.Keys;

    /// <summary>To look, to decide and to write are one step.</summary>
    public Lock Gate { get; } = new();

    /// <summary>What was signed last; null when nothing ever was.</summary>
    public WitnessState? Latest { get; set; } = state;

    /// <summary>Why it is signed no more.</summary>
    public Caught? Caught { get; set; }
}

/// <summary>A log caught with two histories.</summary>
/// <param name="Fork">The proof.</param>
/// <param name="Evidence">Folder in which it is kept.</param>
internal sealed record Caught(Fork Fork, string Evidence);

/// <summary>What the desk did with a request.</summary>
/// <param name="Answer">The decision; null when the log was caught before and nothing is decided any more.</param>
/// <param name="Caught">Set when the log has been caught, by this request or before.</param>
internal sealed record DeskAnswer(WitnessAnswer? Answer, Caught? Caught);

/// <summary>
/// Where checkpoints are brought to be signed, by a round of polling or over HTTP. Those of one log are taken one after the other, and a
/// decision is durable before anybody hears of it (tlog-witness: checking the old size and persisting the new checkpoint are atomic).
/// </summary>
internal sealed class WitnessDesk
{
    private readonly WitnessDirectory directory;
    private readonly TimeProvider time;
    private readonly Dictionary<string, WatchedLog> logs;

    /// <param name="directory">Where the key and the states are.</param>
    /// <param name="logKeys">Keys of the logs; a log's keys have the name of its origin.</param>
    /// <param name="time">The clock.</param>
    public WitnessDesk(WitnessDirectory directory, IEnumerable<VerifierKey> logKeys, TimeProvider time)
    {
        this.directory = directory;
        this.time = time;
        logs = logKeys.Distinct().GroupBy(k => k.Name, StringComparer.Ordinal).ToDictionary(
            group => group.Key, group => new WatchedLog(group.Key, [.. group], directory.ReadState(group.Key)), StringComparer.Ordinal);
    }

    public VerifierKey Own => directory.Key.Verifier;

    public IReadOnlyCollection<WatchedLog> Logs => logs.Values;

    /// <summary>The log with this origin; null when it is not one of ours.</summary>
    public WatchedLog? Find(string origin) => logs.GetValueOrDefault(origin);

    /// <summary>Decides about a checkpoint; signed, the new state is on disk when this returns.</summary>
    /// <exception cref="IOException">The state cannot be written; nothing is signed.</exception>
    public DeskAnswer Add(AddCheckpointRequest request)
    {
        if (!Checkpoint.TryParse(request.Checkpoint.Text.Span, out Checkpoint? checkpoint) || Find(checkpoint.Origin) is not { } log)
        {
            return new DeskAnswer(Witness.Decide(null, request, [], directory.Key, time.GetUtcNow()), null);
        }

        lock (log.Gate)
        {
            if (log.Caught is not null)
            {
                return new DeskAnswer(null, log.Caught);
            }

            WitnessAnswer answer = Witness.Decide(log.Latest, request, log.Keys, directory.Key, NotBefore(log.Latest));
            if (answer.NewState is { } state)
            {
                directory.Write(state);
                log.Latest = state;
            }
            else if ((answer.Inconsistent || answer.Outcome == WitnessOutcome.Unprocessable)
                && Fork.TryFind(log.Latest?.Latest, checkpoint, request.Proof, out Fork? fork))
            {
                log.Caught = new Caught(fork, directory.Stop(fork, log.Trust, log.Latest?.Signed, request.Checkpoint));
            }

            return new DeskAnswer(answer, log.Caught);
        }
    }

    /// <summary>Stops signing a log for a fork that was found in its tiles.</summary>
    /// <param name="log">The log.</param>
    /// <param name="fork">The proof.</param>
    /// <param name="second">The note, signed by the log, that contradicts what was signed last.</param>
    public Caught Catch(WatchedLog log, Fork fork, Note second)
    {
        lock (log.Gate)
        {
            return log.Caught ??= new Caught(fork, directory.Stop(fork, log.Trust, log.Latest?.Signed, second));
        }
    }

    /// <summary>Trusts the keys that a log's keys have passed it on to.</summary>
    public static void Trust(WatchedLog log, KeySuccession succession)
    {
        lock (log.Gate)
        {
            log.Trust = succession;
        }
    }

    /// <summary>When this witness signed a state.</summary>
    public DateTimeOffset? SignedAt(WitnessState? state) =>
        state?.Signed.Signatures.FirstOrDefault(s => s.IsBy(Own)) is { } own
        && VerifierKey.TryReadTime(own.Signature.Span, out long seconds)
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    // A cosignature says that at its time there was no larger tree: with a clock set back, an earlier one would become a lie.
    private DateTimeOffset NotBefore(WitnessState? state)
    {
        DateTimeOffset now = time.GetUtcNow();
        return SignedAt(state) is { } before && before > now ? before : now;
    }
}
