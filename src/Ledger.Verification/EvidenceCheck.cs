namespace Ledger.Verification;

/// <summary>What is wrong with an evidence file.</summary>
public enum EvidenceFault
{
    /// <summary>Not the form of an evidence file; nothing after this place was read.</summary>
    Format,

    /// <summary>The event is not the next revision: one is missing, there twice, or moved.</summary>
    Revision,

    /// <summary>The metadata has not each of its three salts once.</summary>
    Salts,

    /// <summary>The event's salt is not what the event before it committed to; at revision 0, not zero.</summary>
    Chain,

    /// <summary>The event's bytes do not make the leaf hash that stands beside them: the event was edited.</summary>
    LeafHash,

    /// <summary>A disclosure is not of this event, is there twice or out of its order; or the event's sealed part is not in its form.</summary>
    Disclosure,

    /// <summary>The leaf is not in the checkpoint's tree at that index.</summary>
    Inclusion,

    /// <summary>The event stands in the log before the one that precedes it in the stream.</summary>
    Order,

    /// <summary>The proof ends in no checkpoint, or in another one than the proofs before.</summary>
    Checkpoint,

    /// <summary>None of the log's keys in the file signed the checkpoint, or one is said to have and did not.</summary>
    CheckpointSignature,

    /// <summary>The checkpoint is not signed by a key of the log that the caller holds.</summary>
    KeyNotHeld,

    /// <summary>A witness is said to have cosigned the checkpoint, and did not.</summary>
    Cosignature,

    /// <summary>The file has no event, or another number of them than it says.</summary>
    Count,
}

/// <summary>One thing that is wrong.</summary>
/// <param name="Fault">What.</param>
/// <param name="Line">Line of the file, from 1, where the piece with the fault begins.</param>
/// <param name="Revision">Revision that the event says it has; null when it is not about an event.</param>
/// <param name="EventId">Id of the event; null when it is not about an event.</param>
public sealed record EvidenceFinding(EvidenceFault Fault, long Line, long? Revision = null, Guid? EventId = null);

/// <summary>A witness's cosignature that verified.</summary>
/// <param name="Key">The witness's key.</param>
/// <param name="Time">When the witness says it saw this as the log's latest checkpoint, to the second.</param>
/// <param name="IsHeld">True when the caller held the key; false when it came from the file, so that anyone may have made it.</param>
public sealed record EvidenceCosignature(VerifierKey Key, DateTimeOffset Time, bool IsHeld);

/// <summary>The keys that the caller knows from elsewhere. Without any, a file proves no more than that it is whole.</summary>
/// <param name="LogKeys">Keys of the log, old and new; none when the caller holds none.</param>
/// <param name="WitnessKeys">Keys of witnesses.</param>
public sealed record EvidenceTrust(IReadOnlyCollection<VerifierKey> LogKeys, IReadOnlyCollection<VerifierKey> WitnessKeys)
{
    /// <summary>No keys.</summary>
    public static EvidenceTrust None { get; } = new([], []);
}

/// <summary>What a check of an evidence file found and proved.</summary>
/// <param name="Stream">Stream name; empty when not even the header could be read.</param>
/// <param name="Events">Number of events that were read. Nothing tells whether the stream has later ones.</param>
/// <param name="Checkpoint">The checkpoint that the events are proven against; null when there is none.</param>
/// <param name="Signed">The note that says so, with its signatures; null when there is none.</param>
/// <param name="LogKey">The log's key that signed it; null when none did.</param>
/// <param name="IsLogKeyHeld">True when the caller held that key; false when it came from the file.</param>
/// <param name="Cosignatures">Cosignatures that verified.</param>
/// <param name="Sealed">What of the sealed fields is shown, and what is withheld. Withholding is sound.</param>
/// <param name="Findings">What is wrong, in the order of the file; the first 100.</param>
public sealed record EvidenceReport(
    string Stream, long Events, Checkpoint? Checkpoint, Note? Signed, VerifierKey? LogKey, bool IsLogKeyHeld,
    IReadOnlyList<EvidenceCosignature> Cosignatures, SealedEvidence Sealed, IReadOnlyList<EvidenceFinding> Findings)
{
    /// <summary>True when nothing is wrong: these are the first events of the stream, as the signer of the checkpoint has them.</summary>
    public bool IsSound => Findings.Count == 0;

    /// <summary>Revision of the last event; −1 when there is none.</summary>
    public long LastRevision => Events - 1;
}

/// <summary>Checks an evidence file from beginning to end, in constant memory.</summary>
public sealed class EvidenceCheck
{
    private const int MaxFindings = 100;

    private readonly EvidenceReader _reader;
    private readonly EvidenceTrust _trust;
    private readonly List<EvidenceFinding> _findings = [];
    private readonly List<EvidenceCosignature> _cosignatures = [];
    private readonly SealedEvidence _sealed = new();
    private EvidenceHeader _header = new("", [], []);
    private long _events;
    private ReadOnlyMemory<byte> _nextSalt = new byte[LogEntry.SaltLength];
    private ulong? _index;
    private byte[]? _note;
    private Note? _signed;
    private Checkpoint? _checkpoint;
    private VerifierKey? _logKey;
    private bool _isLogKeyHeld;
    private long _line;

    private EvidenceCheck(Stream input, EvidenceTrust trust)
    {
        _reader = new EvidenceReader(input);
        _trust = trust;
    }

    /// <summary>Reads the file and checks all that can be checked without the log. Errors of the stream come through.</summary>
    /// <param name="input">The file.</param>
    /// <param name="trust">The keys that the caller holds. With log keys, only those are believed; without, those in the file.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static ValueTask<EvidenceReport> RunAsync(Stream input, EvidenceTrust trust, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(trust);
        return new EvidenceCheck(input, trust).RunAsync(cancellationToken);
    }

    private async ValueTask<EvidenceReport> RunAsync(CancellationToken cancellationToken)
    {
        bool more = true;
        while (more)
        {
            _line = _reader.Line;
            EvidencePart part = await _reader.ReadAsync(cancellationToken);
            more = part is EvidenceHeader or EvidenceEvent;
            switch (part)
            {
                case EvidenceHeader header:
                    _header = header;
                    break;
                case EvidenceEvent @event:
                    Check(@event);
                    break;
                case EvidenceEnd end:
                    Expect(end.Count == _events && _events > 0, EvidenceFault.Count);
                    break;
                default:
                    Expect(holds: false, EvidenceFault.Format);
                    break;
            }
        }

        return new EvidenceReport(_header.Stream, _events, _checkpoint, _signed, _logKey, _isLogKeyHeld, _cosignatures, _sealed, _findings);
    }

    private void Check(EvidenceEvent @event)
    {
        Expect(@event.Revision == _events, EvidenceFault.Revision, @event);
        CheckCheckpoint(@event);
        CheckBytes(@event);
        CheckDisclosures(@event);
        bool included = _checkpoint is { } checkpoint
            && InclusionProof.Check(@event.Leaf, @event.Proof.Index, checkpoint.Head, [.. @event.Proof.Hashes]);
        Expect(included, EvidenceFault.Inclusion, @event);
        Expect(_index is not { } before || @event.Proof.Index > before, EvidenceFault.Order, @event);
        _index = @event.Proof.Index;
        _events++;
    }

    private void CheckBytes(EvidenceEvent @event)
    {
        if (!EventSalts.TryParse(@event.Metadata.Span, out EventSalts salts))
        {
            Expect(holds: false, EvidenceFault.Salts, @event);
            return;
        }

        Expect(salts.Salt.Span.SequenceEqual(_nextSalt.Span), EvidenceFault.Chain, @event);
        _nextSalt = salts.NextSalt;
        byte[] leaf = LogEntry.LeafHash(new EventBytes(
            _header.Stream, @event.Revision, @event.Id, @event.Type, salts.Salt, salts.DataSalt, @event.Data, @event.Metadata));
        Expect(new TreeHash(leaf) == @event.Leaf, EvidenceFault.LeafHash, @event);
    }

    private void CheckDisclosures(EvidenceEvent @event)
    {
        DisclosureFault? fault = DisclosedFields.Check(@event.Data.Span, @event.Disclosures, out DisclosedFields? fields);
        Expect(fault is null, EvidenceFault.Disclosure, @event);
        if (fields is not null)
        {
            _sealed.Add(@event.Revision, fields);
        }
    }

    private void CheckCheckpoint(EvidenceEvent @event)
    {
        byte[] note = @event.Proof.Checkpoint.ToArray();
        if (_note is not null)
        {
            Expect(note.AsSpan().SequenceEqual(_note), EvidenceFault.Checkpoint, @event);
            return;
        }

        _note = note;
        _signed = @event.Proof.Checkpoint;
        bool parsed = Ledger.Verification.Checkpoint.TryParse(@event.Proof.Checkpoint.Text.Span, out _checkpoint);
        Expect(parsed, EvidenceFault.Checkpoint, @event);
        if (parsed)
        {
            CheckLog(@event.Proof.Checkpoint);
            CheckWitnesses(@event.Proof.Checkpoint);
        }
    }

    // tlog-proof, "Verifying": signed by a key that is configured for this origin. Here a log's keys bear its origin as their name.
    private void CheckLog(Note note)
    {
        _isLogKeyHeld = _trust.LogKeys.Count > 0;
        IEnumerable<VerifierKey> believed = _isLogKeyHeld ? _trust.LogKeys : _header.LogKeys;
        VerifierKey[] keys = [.. believed.Where(key => key.Name == _checkpoint!.Origin && key.Algorithm == KeyAlgorithm.Ed25519)];
        NoteVerdict verdict = note.Verify(keys, out IReadOnlyList<VerifierKey> verified);
        _logKey = verified.Count > 0 ? verified[0] : null;
        _isLogKeyHeld &= _logKey is not null;
        bool unheld = verdict == NoteVerdict.NoKnownSignature && _trust.LogKeys.Count > 0;
        Expect(verdict == NoteVerdict.Verified, unheld ? EvidenceFault.KeyNotHeld : EvidenceFault.CheckpointSignature);
    }

    // Each witness alone: one that fails must not hide another that holds.
    private void CheckWitnesses(Note note)
    {
        foreach (VerifierKey key in _header.WitnessKeys.Union(_trust.WitnessKeys).Where(static key => key.Algorithm == KeyAlgorithm.CosignatureV1))
        {
            NoteVerdict verdict = note.Verify([key], out _);
            if (verdict == NoteVerdict.NoKnownSignature && !_header.WitnessKeys.Contains(key))
            {
                continue;
            }

            long unixSeconds = 0;
            bool holds = verdict == NoteVerdict.Verified
                && VerifierKey.TryReadTime(note.Signatures.First(signature => signature.IsBy(key)).Signature.Span, out unixSeconds)
                && unixSeconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds();
            Expect(holds, EvidenceFault.Cosignature);
            if (holds)
            {
                _cosignatures.Add(new EvidenceCosignature(key, DateTimeOffset.FromUnixTimeSeconds(unixSeconds), _trust.WitnessKeys.Contains(key)));
            }
        }
    }

    private void Expect(bool holds, EvidenceFault fault, EvidenceEvent? @event = null)
    {
        if (!holds && _findings.Count < MaxFindings)
        {
            _findings.Add(new EvidenceFinding(fault, _line, @event?.Revision, @event?.Id));
        }
    }
}
