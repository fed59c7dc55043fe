using Ledger.Cli.Hosting;
using Ledger.Cli.Languages;
using Ledger.EventStore;
using Ledger.Verification;

namespace Ledger.Cli.Transparency;

/// <summary>What to verify of a log, and against what.</summary>
/// <param name="Address">URL prefix or folder.</param>
/// <param name="Keys">Keys of the log that the caller holds; none to take those kept last time, or those that the log names itself.</param>
/// <param name="Witnesses">Keys of witnesses that must have signed.</param>
/// <param name="State">Directory in which the checkpoint is kept for next time; null keeps nothing.</param>
/// <param name="KeysFromStore">The keys are not the caller's own but those that the store names.</param>
internal sealed record LogCheckRequest(
    string Address, IReadOnlyList<VerifierKey> Keys, IReadOnlyList<VerifierKey> Witnesses, string? State, bool KeysFromStore = false)
{
    /// <summary>What an evidence file says of the log, in the place of what was kept last time.</summary>
    public KeptCheckpoint? FromFile { get; init; }

    /// <summary>Receipts whose leaves the log must have.</summary>
    public KeptReceipts? Receipts { get; init; }
}

/// <summary>Verifies a whole log: its checkpoint, every entry and every tile, and that it only grew since the last time.</summary>
internal sealed class LogCheck
{
    private readonly Session session;
    private readonly LogCheckRequest request;
    private readonly LogClient client;
    private readonly VerifyReport report;

    private LogCheck(Session session, LogCheckRequest request, LogClient client, VerifyReport report)
    {
        this.session = session;
        this.request = request;
        this.client = client;
        this.report = report;
    }

    public static async Task<ExitCode> RunAsync(Session session, LogCheckRequest request, bool json, CancellationToken cancellationToken)
    {
        using LogClient log = new(LogFiles.Open(session, request.Address, Limits.Tries));
        VerifyReport told = new(session, json, "log", log.Files.Address);
        try
        {
            await LookAsync(session, request, log, told, cancellationToken);
            return await told.EndAsync(
                "verify.log.proves", request.Witnesses.Count > 0 ? "verify.log.provesNotWitnessed" : "verify.log.provesNot");
        }
        catch (LogReadException e) when (e.Fault == LogFault.Unreachable)
        {
            return await told.UncheckedAsync(texts => e.Sentence(texts, log.Files.Address));
        }
    }

    /// <summary>Verifies the log into a report that is about more than it.</summary>
    /// <returns>What its checkpoint signs; null when there is none to trust.</returns>
    public static Task<TreeHead?> LookAsync(
        Session session, LogCheckRequest request, LogClient client, VerifyReport report, CancellationToken cancellationToken) =>
        new LogCheck(session, request, client, report).LookAsync(cancellationToken);

    private async Task<TreeHead?> LookAsync(CancellationToken cancellationToken)
    {
        KeptCheckpoint? kept = request.FromFile ?? ReadKept();
        if (await ReadCheckpointAsync(cancellationToken) is not ({ } note, { } checkpoint))
        {
            return null;
        }

        report.Fact(writer =>
        {
            writer.WriteString("origin", checkpoint.Origin);
            writer.WriteNumber("size", checkpoint.Head.Size);
            writer.WriteString("root", checkpoint.Head.Root.ToString());
        });
        if (kept is not null && !string.Equals(kept.Checkpoint.Origin, checkpoint.Origin, StringComparison.Ordinal))
        {
            await ProblemAsync(VerifyCheck.Origin, AgainstKept("verify.origin"), checkpoint.Origin, kept.Checkpoint.Origin, request.State);
            return null;
        }

        KeySuccession trust = await CheckKeysAsync(kept, note, checkpoint, cancellationToken);
        if (report.Problems > 0)
        {
            return null;
        }

        await CheckWitnessesAsync(note);
        LogWalk walk = new(session, client, checkpoint.Head, kept?.Checkpoint.Head.Size, request.Receipts, report);
        await walk.RunAsync(cancellationToken);
        await CheckAgainstKeptAsync(kept, note, checkpoint, walk, trust, cancellationToken);
        await CheckReceiptsAsync(walk);
        if (report.Problems == 0 && request.State is { } state)
        {
            DurableFiles.CreateDirectoryForOwner(state);
            DurableFiles.Replace(Path.Combine(state, KeptCheckpoint.FileName), new KeptCheckpoint(trust.Keys, note, checkpoint).ToArray());
        }

        return checkpoint.Head;
    }

    private KeptCheckpoint? ReadKept()
    {
        string? file = request.State is { } state ? Path.Combine(state, KeptCheckpoint.FileName) : null;
        return file is null || !File.Exists(file) ? null
            : KeptCheckpoint.TryParse(File.ReadAllBytes(file), out KeptCheckpoint? kept) ? kept
            : throw new CommandFailure(ExitCode.Usage, session.Texts.Format("verify.keptDamaged", file));
    }

    private async Task<(Note Note, Checkpoint Checkpoint)?> ReadCheckpointAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await client.ReadNoteAsync(LogClient.CheckpointPath, cancellationToken) is not { } note)
            {
                await ProblemAsync(VerifyCheck.Checkpoint, "verify.noCheckpoint", client.Files.Address);
                return null;
            }

            if (Checkpoint.TryParse(note.Text.Span, out Checkpoint? checkpoint))
            {
                return (note, checkpoint);
            }
        }
        catch (LogReadException e) when (e.Fault == LogFault.Malformed)
        {
            // Said below.
        }

        await ProblemAsync(VerifyCheck.Checkpoint, "verify.badCheckpoint", client.Files.Address);
        return null;
    }

    /// <summary>Which keys are held, and whether they, or keys that they passed the log on to, signed.</summary>
    private async Task<KeySuccession> CheckKeysAsync(
        KeptCheckpoint? kept, Note note, Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        (IReadOnlyList<VerifierKey> held, string from) = request.Keys.Count > 0 ? (request.Keys, request.KeysFromStore ? "store" : "given")
            : kept is not null ? (kept.Keys, "kept")
            : (await ReadKeysAsync(checkpoint.Origin, cancellationToken), "firstUse");
        KeySuccession trust = new(held, []);
        NoteVerdict verdict = note.Verify(held, out IReadOnlyList<VerifierKey> signers);
        if (verdict == NoteVerdict.NoKnownSignature)
        {
            trust = await FollowAsync(checkpoint.Origin, trust, cancellationToken);
            verdict = note.Verify(trust.Keys, out signers);
        }

        if (verdict != NoteVerdict.Verified)
        {
            await (verdict == NoteVerdict.BadSignature
                ? ProblemAsync(VerifyCheck.Signature, "verify.signature", checkpoint.Origin)
                : ProblemAsync(
                    VerifyCheck.Key, "verify.key", string.Join(", ", held.Select(Short)),
                    string.Join(", ", note.Signatures.Select(s => $"{s.Name}+{s.KeyId:x8}"))));
            return trust;
        }

        string text = from switch
        {
            "given" => "verify.keyGiven",
            "store" => "verify.keyStore",
            "kept" => AgainstKept("verify.keyKept"),
            _ => "verify.keyFirstUse",
        };
        object?[] arguments = [checkpoint.Origin, checkpoint.Head.Size, string.Join(", ", signers)];
        await report.AddAsync(
            trust.Statements.Count > 0 ? VerifyFinding.Advice(VerifyCheck.Key, "verify.keyChanged", arguments)
            : from == "firstUse" ? VerifyFinding.Advice(VerifyCheck.Key, text, arguments)
            : VerifyFinding.Good(VerifyCheck.Key, text, arguments));
        report.Fact(writer =>
        {
            writer.WriteString("keyFrom", from);
            writer.WriteStartArray("keys");
            foreach (VerifierKey signer in signers)
            {
                writer.WriteStringValue(signer.ToString());
            }

            writer.WriteEndArray();
        });
        return trust;
    }

    private async Task<KeySuccession> FollowAsync(string origin, KeySuccession trust, CancellationToken cancellationToken)
    {
        try
        {
            return await KeySuccession.FollowAsync(client, origin, trust.Keys, cancellationToken);
        }
        catch (LogReadException e) when (e.Fault == LogFault.Malformed)
        {
            return trust;
        }
    }

    private async Task<IReadOnlyList<VerifierKey>> ReadKeysAsync(string origin, CancellationToken cancellationToken)
    {
        IReadOnlyList<VerifierKey> keys = [];
        try
        {
            keys = await client.ReadKeysAsync(cancellationToken);
        }
        catch (LogReadException e) when (e.Fault == LogFault.Malformed)
        {
            // As good as none.
        }

        keys = [.. keys.Where(k => k.Algorithm == KeyAlgorithm.Ed25519 && string.Equals(k.Name, origin, StringComparison.Ordinal))];
        return keys.Count > 0 ? keys : throw new CommandFailure(ExitCode.Usage, session.Texts.Format("verify.noKey", client.Files.Address));
    }

    private async Task CheckWitnessesAsync(Note note)
    {
        foreach (VerifierKey witness in request.Witnesses)
        {
            if (note.Verify([witness], out _) != NoteVerdict.Verified)
            {
                await ProblemAsync(VerifyCheck.Cosignature, "verify.noCosignature", witness.Name);
                continue;
            }

            NoteSignature cosignature = note.Signatures.First(s => s.KeyId == witness.Id && string.Equals(s.Name, witness.Name, StringComparison.Ordinal));
            _ = VerifierKey.TryReadTime(cosignature.Signature.Span, out long seconds);
            DateTimeOffset at = DateTimeOffset.FromUnixTimeSeconds(Math.Min(seconds, DateTimeOffset.MaxValue.ToUnixTimeSeconds()));
            Func<Texts, string> shown = texts => texts.Instant(at, TimeZoneInfo.Local.Id);
            await report.AddAsync(VerifyFinding.Good(VerifyCheck.Cosignature, "verify.cosignature", witness.Name, shown));
        }
    }

    private async Task CheckAgainstKeptAsync(
        KeptCheckpoint? kept, Note note, Checkpoint checkpoint, LogWalk walk, KeySuccession trust, CancellationToken cancellationToken)
    {
        if (kept is null)
        {
            if (report.Problems == 0)
            {
                await report.AddAsync(VerifyFinding.Advice(VerifyCheck.Consistency, request.State is null ? "verify.noState" : "verify.firstTime"));
            }

            return;
        }

        TreeHead before = kept.Checkpoint.Head;
        report.Fact(writer => writer.WriteNumber("before", before.Size));
        if (before.Size > checkpoint.Head.Size)
        {
            await ProblemAsync(VerifyCheck.Shrunk, AgainstKept("verify.shrunk"), before.Size, checkpoint.Head.Size);
        }
        // Whatever is shown of entries: a second root for one size is a second history.
        else if ((before.Size == checkpoint.Head.Size ? checkpoint.Head.Root : walk.RootBefore) is { } beginning && beginning != before.Root)
        {
            await ProblemAsync(VerifyCheck.Consistency, AgainstKept("verify.inconsistent"), before.Size);
            await KeepEvidenceAsync(kept, note, checkpoint, beginning, trust, cancellationToken);
        }
        else if (walk.RootBefore == before.Root)
        {
            await report.AddAsync(VerifyFinding.Good(VerifyCheck.Consistency, AgainstKept("verify.consistent"), before.Size));
        }
    }

    /// <summary>Both checkpoints are signed: where the tiles prove it, what anybody can check is kept.</summary>
    private async Task KeepEvidenceAsync(
        KeptCheckpoint kept, Note note, Checkpoint checkpoint, TreeHash beginning, KeySuccession trust, CancellationToken cancellationToken)
    {
        try
        {
            TreeHash[] proof = kept.Checkpoint.Head.Size == checkpoint.Head.Size
                ? []
                : await (await VerifiedTiles.OpenAsync(client, checkpoint.Head, cancellationToken)).ProveAsync(kept.Checkpoint.Head.Size, cancellationToken);
            if (request.State is not null && Fork.TryProve(kept.Checkpoint, checkpoint, beginning, proof, out Fork? fork))
            {
                KeySuccession both = trust with { Keys = [.. kept.Keys.Union(trust.Keys)] };
                string folder = ForkEvidence.Write(request.State, fork, both, kept.Signed, note, session.Around.Time.GetUtcNow());
                await report.AddAsync(VerifyFinding.Advice(VerifyCheck.Consistency, "verify.evidence", folder));
                report.Fact(writer => writer.WriteString("evidence", folder));
            }
        }
        catch (LogReadException e) when (e.Fault != LogFault.Unreachable)
        {
            // The findings above say what is wrong with the tiles.
        }
    }

    private async Task CheckReceiptsAsync(LogWalk walk)
    {
        if (request.Receipts is not { } receipts || !walk.IsComplete)
        {
            return;
        }

        if (receipts.Missing is { } first)
        {
            await report.AddAsync(VerifyFinding.Problem(
                VerifyCheck.Receipt, $"line {first}", "verify.receipts.missing", receipts.Count - receipts.Found, receipts.Count, first));
        }
        else
        {
            await report.AddAsync(VerifyFinding.Good(VerifyCheck.Receipt, "verify.receipts.found", receipts.Count));
        }
    }

    /// <summary>The text about what was kept, or the same about the evidence file.</summary>
    private string AgainstKept(string text) => request.FromFile is null ? text : $"{text}.file";

    private Task ProblemAsync(VerifyCheck check, string text, params object?[] arguments) =>
        report.AddAsync(VerifyFinding.Problem(check, null, text, arguments));

    private static string Short(VerifierKey key) => $"{key.Name}+{key.Id:x8}";
}
