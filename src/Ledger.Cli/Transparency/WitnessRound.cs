using Ledger.Cli.Hosting;
using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary>How a look at a log ended.</summary>
internal enum RoundOutcome
{
    /// <summary>A checkpoint was signed.</summary>
    Signed,

    /// <summary>The log has not changed, and its checkpoint is signed.</summary>
    Unchanged,

    /// <summary>The log shows a smaller tree than was signed; that alone proves nothing.</summary>
    Behind,

    /// <summary>What the log shows could not be signed.</summary>
    NotSigned,

    /// <summary>The log did not answer, or has no checkpoint yet.</summary>
    Unreachable,

    /// <summary>The log was caught with two histories.</summary>
    Caught,
}

/// <summary>What became of the cosignature.</summary>
internal enum Delivery
{
    /// <summary>There was nothing to deliver.</summary>
    None,

    /// <summary>The log has it.</summary>
    Accepted,

    /// <summary>The log takes no cosignatures; it is kept here.</summary>
    NotTaken,

    /// <summary>The log refused it.</summary>
    Refused,

    /// <summary>The log could not be reached.</summary>
    Failed,
}

/// <summary>What a look at a log gave.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Sentence">The same for people.</param>
internal sealed record RoundResult(RoundOutcome Outcome, string Sentence)
{
    /// <summary>The checkpoint that was looked at.</summary>
    public Checkpoint? Checkpoint { get; init; }

    /// <summary>Size of the tree that was signed before.</summary>
    public ulong? Before { get; init; }

    public Delivery Delivery { get; init; }

    /// <summary>Set when caught.</summary>
    public Caught? Caught { get; init; }
}

/// <summary>One look of a witness at a log: take its newest checkpoint, prove from its tiles that it only grew, sign, bring it back.</summary>
internal sealed class WitnessRound(Session session, LogClient client, WitnessDesk desk)
{
    public const string CheckpointPath = "witness/checkpoint";
    public const string CosignaturesPath = "witness/cosignatures";

    private const int NotFound = 404;

    // A log that has once said so is not brought every unchanged checkpoint again.
    private bool takesNone;

    public async Task<RoundResult> RunAsync(CancellationToken cancellationToken)
    {
        Note? note = null;
        try
        {
            note = await client.ReadNoteAsync(CheckpointPath, cancellationToken)
                ?? await client.ReadNoteAsync(LogClient.CheckpointPath, cancellationToken);
            return note is null
                ? new RoundResult(RoundOutcome.Unreachable, session.Texts.Format("witness.noCheckpoint", client.Files.Address))
                : await LookAsync(note, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not on disk, so not signed: the next look tries again.
            return new RoundResult(RoundOutcome.NotSigned, session.Texts.Format("witness.cannotWrite", e.Message));
        }
        catch (LogReadException e)
        {
            return new RoundResult(
                e.Fault == LogFault.Unreachable ? RoundOutcome.Unreachable : RoundOutcome.NotSigned, e.Sentence(session.Texts, client.Files.Address))
            {
                Checkpoint = note is not null && Checkpoint.TryParse(note.Text.Span, out Checkpoint? checkpoint) ? checkpoint : null,
            };
        }
    }

    private async Task<RoundResult> LookAsync(Note note, CancellationToken cancellationToken)
    {
        if (!Checkpoint.TryParse(note.Text.Span, out Checkpoint? checkpoint))
        {
            throw new LogReadException(LogFault.Malformed, LogClient.CheckpointPath);
        }

        if (desk.Find(checkpoint.Origin) is not { } log)
        {
            return NotSigned("witness.otherOrigin", checkpoint, checkpoint.Origin, string.Join(", ", desk.Logs.Select(l => l.Origin)));
        }

        if (note.Verify(log.Keys, out _) == NoteVerdict.NoKnownSignature)
        {
            WitnessDesk.Trust(log, await KeySuccession.FollowAsync(client, log.Origin, log.Keys, cancellationToken));
        }

        if (note.Verify(log.Keys, out _) != NoteVerdict.Verified)
        {
            return NotSigned("witness.notTheLogs", checkpoint, checkpoint.Origin);
        }

        WitnessState? before = log.Latest;
        if (before is null || (checkpoint.Head.Size == 0 && checkpoint.Head.Root != MerkleTree.EmptyRoot))
        {
            // Nothing to compare with, or nothing that could be worse.
            return await SignAsync(log, before, new AddCheckpointRequest(0, [], note), checkpoint, cancellationToken);
        }

        TreeHead signed = before.Latest.Head;
        if (checkpoint.Head == signed && !IsOld(before))
        {
            return await LookAgainAsync(before, note, checkpoint, cancellationToken);
        }

        if (checkpoint.Head.Size < signed.Size)
        {
            return await LookBehindAsync(log, before, note, checkpoint, cancellationToken);
        }

        TreeHash[] proof = [];
        if (checkpoint.Head.Size > signed.Size)
        {
            VerifiedTiles tiles = await VerifiedTiles.OpenAsync(client, checkpoint.Head, cancellationToken);
            proof = await tiles.ProveAsync(signed.Size, cancellationToken);
            TreeHash beginning = await tiles.RootAtAsync(signed.Size, cancellationToken);
            if (Fork.TryProve(before.Latest, checkpoint, beginning, proof, out Fork? fork))
            {
                return Stopped(desk.Catch(log, fork, note), checkpoint, before);
            }
        }

        return await SignAsync(log, before, new AddCheckpointRequest(signed.Size, proof, note), checkpoint, cancellationToken);
    }

    // Signed already. What the log does not show is brought once more: it may have been cut off, or the operator just learned of this witness.
    private async Task<RoundResult> LookAgainAsync(WitnessState before, Note note, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        Delivery delivery = takesNone || note.Verify([desk.Own], out _) == NoteVerdict.Verified
            ? Delivery.None
            : await DeliverAsync(before, cancellationToken);
        return new RoundResult(
            RoundOutcome.Unchanged, WithFate(session.Texts.Format("witness.unchanged", checkpoint.Origin, checkpoint.Head.Size), delivery))
        {
            Checkpoint = checkpoint,
            Before = checkpoint.Head.Size,
            Delivery = delivery,
        };
    }

    // A smaller checkpoint may be an old one out of some cache. It is held against the beginning of the tree that was signed.
    private async Task<RoundResult> LookBehindAsync(
        WatchedLog log, WitnessState before, Note note, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        TreeHead signed = before.Latest.Head;
        try
        {
            VerifiedTiles tiles = await VerifiedTiles.OpenAsync(client, signed, cancellationToken);
            TreeHash beginning = await tiles.RootAtAsync(checkpoint.Head.Size, cancellationToken);
            TreeHash[] proof = await tiles.ProveAsync(checkpoint.Head.Size, cancellationToken);
            return Fork.TryProve(checkpoint, before.Latest, beginning, proof, out Fork? fork)
                ? Stopped(desk.Catch(log, fork, note), checkpoint, before)
                : Behind("witness.behind");
        }
        catch (LogReadException e) when (e.Fault != LogFault.Unreachable)
        {
            return Behind("witness.shrunk");
        }

        RoundResult Behind(string text) =>
            new(RoundOutcome.Behind, session.Texts.Format(text, checkpoint.Origin, checkpoint.Head.Size, signed.Size))
            {
                Checkpoint = checkpoint,
                Before = signed.Size,
            };
    }

    private async Task<RoundResult> SignAsync(
        WatchedLog log, WitnessState? before, AddCheckpointRequest request, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        DeskAnswer done = desk.Add(request);
        if (done.Caught is { } caught)
        {
            return Stopped(caught, checkpoint, before);
        }

        // Somebody else brought one in the meantime: the next look sees what it was.
        if (done.Answer?.NewState is not { } state)
        {
            return NotSigned("witness.refused", checkpoint, log.Origin, checkpoint.Head.Size);
        }

        Delivery delivery = await DeliverAsync(state, cancellationToken);
        string text = before is null ? "witness.signedFirst" : before.Latest.Head == checkpoint.Head ? "witness.signedAgain" : "witness.signed";
        string sentence = session.Texts.Format(text, log.Origin, checkpoint.Head.Size, before?.Latest.Head.Size ?? 0);
        return new RoundResult(RoundOutcome.Signed, WithFate(sentence, delivery))
        {
            Checkpoint = checkpoint,
            Before = before?.Latest.Head.Size,
            Delivery = delivery,
        };
    }

    private async Task<Delivery> DeliverAsync(WitnessState state, CancellationToken cancellationToken)
    {
        try
        {
            int status = await client.Files.PostAsync(CosignaturesPath, state.Signed.ToArray(), cancellationToken);
            takesNone = status == NotFound;
            return status switch
            {
                >= 200 and < 300 => Delivery.Accepted,
                NotFound => Delivery.NotTaken,
                >= 400 and < 500 and not 408 and not 429 => Delivery.Refused,
                _ => Delivery.Failed,
            };
        }
        catch (LogReadException)
        {
            return Delivery.Failed;
        }
    }

    /// <summary>Whether an unchanged checkpoint is to be signed again, so that it stays fresh.</summary>
    private bool IsOld(WitnessState before) => desk.SignedAt(before) is not { } at || session.Around.Time.GetUtcNow() - at > Limits.Refresh;

    private string WithFate(string sentence, Delivery delivery)
    {
        string? fate = delivery switch
        {
            Delivery.NotTaken => session.Texts["witness.notTaken"],
            Delivery.Refused => session.Texts["witness.deliveryRefused"],
            Delivery.Failed => session.Texts["witness.deliveryFailed"],
            _ => null,
        };
        return fate is null ? sentence : $"{sentence} {fate}";
    }

    private RoundResult NotSigned(string text, Checkpoint checkpoint, params object?[] arguments) =>
        new(RoundOutcome.NotSigned, session.Texts.Format(text, arguments)) { Checkpoint = checkpoint };

    private RoundResult Stopped(Caught caught, Checkpoint checkpoint, WitnessState? before) =>
        new(RoundOutcome.Caught, session.Texts["fork.title"])
        {
            Checkpoint = checkpoint,
            Before = before?.Latest.Head.Size,
            Caught = caught,
        };
}
