using System.Buffers;
using System.Runtime.CompilerServices;
using Ledger.Api.Hosting;
using Ledger.Contracts;
using Ledger.Contracts.Transparency;
using Ledger.Contracts.Workers;
using Ledger.Verification;

namespace Ledger.Api.Transparency;

/// <summary>
/// Writes a worker's evidence file: every event of the stream as stored, each with its proof in one published checkpoint. Page by page, so
/// that a long history needs no more memory than a short one.
/// </summary>
internal sealed class WorkerEvidence(GrainReferences<IWorker> workers, GrainReferences<ILogReader> readers, LogProofs proofs)
{
    /// <exception cref="RefusedException">Nothing is recorded about the worker, or it was not published in time.</exception>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> WriteAsync(
        string organisation, string worker, string[] withheld, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IWorker grain = workers.Of($"{organisation}/{worker}");
        StoredEvent last = await LastAsync(grain)
            ?? throw new RefusedException(new Refusal(RefusalCode.NotFound, "parent"));
        await proofs.AwaitPublishedAsync(organisation, last.Commit, last.Prepare);
        byte[] checkpoint = (await ProveAsync(organisation, [last])).Checkpoint;
        Note note = LogProofs.Parse(checkpoint).Note;

        ArrayBufferWriter<byte> buffer = new(Limits.EvidencePiece);
        EvidenceWriter writer = new(buffer);
        writer.WriteHeader(await HeaderAsync(organisation, last.Stream, note));
        long next = 0;
        while (next <= last.Revision)
        {
            StoredEvent[] page = [.. Value(await grain.ReadStoredAsync(next, withheld)).Where(e => e.Revision <= last.Revision)];
            ProvenEvents proven = await ProveAsync(organisation, page, checkpoint);
            if (page.Length == 0 || proven.Leaves.Length < page.Length)
            {
                throw new RefusedException(new Refusal(RefusalCode.NotInLog, "", [$"{next + proven.Leaves.Length}"]));
            }

            for (int i = 0; i < page.Length; i++)
            {
                StoredEvent stored = page[i];
                if (stored.Revision != next)
                {
                    // The stream has a hole: somebody was in the store.
                    throw new RefusedException(new Refusal(RefusalCode.NotInLog, "", [$"{next}"]));
                }

                writer.WriteEvent(new EvidenceEvent(
                    stored.Revision, stored.EventId, stored.Type, stored.Data, stored.Metadata, new TreeHash(proven.Leaves[i].LeafHash),
                    LogProofs.ToTlogProof(proven.Leaves[i], note))
                {
                    Disclosures = [.. stored.Disclosures.Select(ToDisclosure)],
                });
                if (buffer.WrittenCount >= Limits.EvidencePiece)
                {
                    yield return buffer.WrittenMemory.ToArray();
                    buffer.ResetWrittenCount();
                }

                next = stored.Revision + 1;
            }
        }

        writer.WriteEnd();
        yield return buffer.WrittenMemory.ToArray();
    }

    private async Task<EvidenceHeader> HeaderAsync(string organisation, string stream, Note note)
    {
        ILogReader log = readers.Of(organisation);
        IEnumerable<VerifierKey> witnesses = Keys(LogProofs.Value(await log.WitnessesAsync()).VerifierKeys)
            .Where(w => note.Signatures.Any(s => s.IsBy(w)));
        return new EvidenceHeader(stream, [.. Keys(LogProofs.Value(await log.KeysAsync()).Select(k => k.VerifierKey))], [.. witnesses]);
    }

    private static async Task<StoredEvent?> LastAsync(IWorker worker)
    {
        // The trail's length is known from its newest page; the event itself is read like every other.
        TrailAnswer newest = await worker.ReadAsync(new TrailQuery(long.MaxValue, 1));
        return newest.Refusal is { } refusal ? throw new RefusedException(refusal)
            : newest.LastRevision < 0 ? null
            : Value(await worker.ReadStoredAsync(newest.LastRevision, ["*"])).FirstOrDefault();
    }

    private async Task<ProvenEvents> ProveAsync(string organisation, StoredEvent[] events, byte[]? checkpoint = null) =>
        LogProofs.Value(await readers.Of(organisation).ProveEventsAsync(Array.ConvertAll(events, ToLeaf), checkpoint));

    private static RecordedLeaf ToLeaf(StoredEvent stored) =>
        EventBytes.TryOf(stored.Stream, stored.Revision, stored.EventId, stored.Type, stored.Data, stored.Metadata, out EventBytes bytes)
        ? new RecordedLeaf(stored.Commit, stored.Prepare, LogEntry.LeafHash(bytes))
        : throw new RefusedException(new Refusal(RefusalCode.NotInLog, "", [$"{stored.Revision}"]));

    private static IEnumerable<VerifierKey> Keys(IEnumerable<string> texts) => texts.Select(text =>
        VerifierKey.TryParse(text, out VerifierKey? key) ? key : throw new InvalidDataException($"'{text}' is not a verifier key."));

    private static Disclosure ToDisclosure(string text) =>
        Disclosure.TryParse(text, out Disclosure? disclosure) ? disclosure : throw new InvalidDataException("The silo's answer is no disclosure.");

    private static StoredEvent[] Value(StoredAnswer answer) =>
        answer.Refusal is { } refusal ? throw new RefusedException(refusal) : answer.Events;
}
