namespace Ledger.Verification;

/// <summary>A piece of an evidence file, in the order of the file: a header, then events, then the end. See <c>docs/formats/evidence.md</c>.</summary>
/// <remarks>
/// <code>
/// ledger-evidence/v1 LF
/// stream &lt;stream name&gt; LF
/// log &lt;verifier key&gt; LF          one or more: the log's keys, oldest first
/// witness &lt;verifier key&gt; LF      zero or more: whose cosignatures the checkpoint has
/// LF
/// revision &lt;n&gt; LF                for each event, from 0
/// id &lt;uuid&gt; LF
/// type &lt;event type&gt; LF
/// data &lt;base64&gt; LF               as stored
/// metadata &lt;base64&gt; LF           as stored
/// disclosure &lt;text&gt; LF            zero or more: sealed fields that are shown, in the order of the event
/// leaf &lt;base64 leaf hash&gt; LF
/// LF
/// &lt;tlog-proof file&gt;              without extra; its checkpoint the same for all events
/// LF
/// end &lt;number of events&gt; LF
/// </code>
/// </remarks>
public abstract record EvidencePart
{
    private protected EvidencePart()
    {
    }
}

/// <summary>What an evidence file is about, and the keys it says verify it. Only keys that the reader had before prove anything.</summary>
/// <param name="Stream">Stream name.</param>
/// <param name="LogKeys">The log's keys, oldest first; one or more.</param>
/// <param name="WitnessKeys">The keys of the witnesses whose cosignatures the checkpoint has.</param>
public sealed record EvidenceHeader(string Stream, IReadOnlyList<VerifierKey> LogKeys, IReadOnlyList<VerifierKey> WitnessKeys) : EvidencePart
{
    /// <summary>Most keys of each kind.</summary>
    public const int MaxKeys = 100;
}

/// <summary>An event as stored, and the proof that it is in the log.</summary>
/// <param name="Revision">Place in the stream, from 0.</param>
/// <param name="Id">Event id.</param>
/// <param name="Type">Event type.</param>
/// <param name="Data">Data bytes.</param>
/// <param name="Metadata">Metadata bytes.</param>
/// <param name="Leaf">Leaf hash of the event's log entry.</param>
/// <param name="Proof">Inclusion of the leaf in the log.</param>
public sealed record EvidenceEvent(
    long Revision, Guid Id, string Type, ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Metadata, TreeHash Leaf, TlogProof Proof) : EvidencePart
{
    /// <summary>The sealed fields of the event that are shown, in the order in which the event has them; at most <see cref="SealedPersonal.MaxFields"/>.</summary>
    public IReadOnlyList<Disclosure> Disclosures { get; init; } = [];
}

/// <summary>The end of the file, after which there is nothing.</summary>
/// <param name="Count">Number of events, as the file says.</param>
public sealed record EvidenceEnd(long Count) : EvidencePart;

/// <summary>The file is not in the one form that it can have, from here on.</summary>
/// <param name="Line">The line, from 1, where the malformed piece begins.</param>
public sealed record EvidenceMalformed(long Line) : EvidencePart;
