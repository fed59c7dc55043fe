using System.Buffers;
using System.Globalization;
using System.Text;

namespace Ledger.Verification.Tests;

/// <summary>A stream of a few events in a log that has others too, and the evidence file of it. Everything the same each time.</summary>
internal sealed class SampleEvidence
{
    public const string Stream = "worker-main-00112233445566778899aabbccddeeff";

    private const ulong OthersBetween = 3;

    private readonly Dictionary<ulong, byte[]> _leaves = [];
    private readonly List<EventBytes> _events = [];
    private readonly string[]? _disclosed;

    /// <summary>A stream of so many events.</summary>
    /// <param name="events">How many.</param>
    /// <param name="disclosed">Names of the fields that the last event, the sealed one of the page, shows; null when no event is sealed.</param>
    public SampleEvidence(int events, string[]? disclosed = null)
    {
        _disclosed = disclosed;
        for (int revision = 0; revision < events; revision++)
        {
            EventBytes @event = EventAt(revision);
            @event = _disclosed is not null && revision == events - 1 ? @event with { Data = SealedPage.Data } : @event;
            _events.Add(@event);
            _leaves[IndexOf(revision)] = LogEntry.LeafHash(@event);
        }

        Tree = new RfcTree(index => _leaves.TryGetValue(index, out byte[]? leaf) ? leaf : RfcTree.Leaf(index));
        Size = IndexOf(events) + 2;
        Checkpoint = SampleLog.Sign(
            new Checkpoint(SampleLog.Origin, Tree.Head(Size)).ToText(), SampleLog.Key, SampleLog.Union, SampleLog.Works);
    }

    public RfcTree Tree { get; }

    public ulong Size { get; }

    public Note Checkpoint { get; set; }

    public EvidenceHeader Header { get; set; } = new(
        Stream, [SampleLog.OlderKey.Verifier, SampleLog.Key.Verifier], [SampleLog.Union.Verifier, SampleLog.Works.Verifier]);

    public static ulong IndexOf(int revision) => 1 + (ulong)revision * (1 + OthersBetween);

    /// <summary>Salt number n of the chain; number 0 is zero.</summary>
    public static byte[] Salt(int n) => [.. Enumerable.Range(0, LogEntry.SaltLength).Select(i => (byte)(n == 0 ? 0 : (16 * n) + i))];

    public static EventBytes EventAt(int revision)
    {
        byte[] dataSalt = [.. Salt(revision + 1).Reverse()];
        string metadata = string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"actor":"producer","salt":"{{Convert.ToBase64String(Salt(revision))}}","dataSalt":"{{Convert.ToBase64String(dataSalt)}}","nextSalt":"{{Convert.ToBase64String(Salt(revision + 1))}}"}""");
        string data = string.Create(CultureInfo.InvariantCulture, $$"""{"n":{{revision}}}""");
        Guid id = new(revision + 1, 0x1b7d, 0x4c39, 0x8e, 0x56, 0x7d, 0x1f, 0x0a, 0x9b, 0x3c, 0x42);
        return new EventBytes(
            Stream, revision, id, "decision-recorded.v1", Salt(revision), dataSalt, Encoding.UTF8.GetBytes(data), Encoding.UTF8.GetBytes(metadata));
    }

    public EvidenceEvent Event(int revision)
    {
        EventBytes e = _events[revision];
        TlogProof proof = new(null, IndexOf(revision), Tree.Inclusion(IndexOf(revision), Size), Checkpoint);
        bool shows = _disclosed is not null && revision == _events.Count - 1;
        return new EvidenceEvent(e.Revision, e.Id, e.Type, e.Data, e.Metadata, new TreeHash(_leaves[IndexOf(revision)]), proof)
        {
            Disclosures = shows ? [.. SealedPage.Disclosures.Where(d => _disclosed!.Contains(d.Name, StringComparer.Ordinal))] : [],
        };
    }

    public byte[] File() => FileOf([.. Enumerable.Range(0, _events.Count).Select(Event)]);

    /// <summary>A file of any events in any order, with the right count at its end.</summary>
    public byte[] FileOf(params EvidenceEvent[] events)
    {
        List<byte> file = [.. Head()];
        foreach (EvidenceEvent @event in events)
        {
            file.AddRange(Piece(@event));
        }

        return [.. file, .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"end {events.Length}\n"))];
    }

    private byte[] Head()
    {
        ArrayBufferWriter<byte> output = new();
        new EvidenceWriter(output).WriteHeader(Header);
        return output.WrittenSpan.ToArray();
    }

    // The writer insists on the order of revisions; a forger does not. What it writes for revision 0 is renumbered.
    private static byte[] Piece(EvidenceEvent @event)
    {
        ArrayBufferWriter<byte> output = new();
        new EvidenceWriter(output).WriteEvent(@event with { Revision = 0 });
        return [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"revision {@event.Revision}\n")), .. output.WrittenSpan["revision 0\n".Length..]];
    }
}
