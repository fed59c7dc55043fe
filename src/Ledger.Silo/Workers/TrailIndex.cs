using System.Text.Json;
using Ledger.EventStore;

namespace Ledger.Silo.Workers;

/// <summary>
/// Event <c>trail-index-extended.v1</c> of stream <c>trailindex-{org}-{worker}</c>: a snapshot of which decisions a stretch of a
/// worker's stream holds, so that the first call to a worker with a long history need not read all of it. Made from the stream and
/// thrown away at will; not part of the history, no leaf of the log.
/// </summary>
/// <param name="FirstRevision">First revision of the stretch; the one after the previous segment's last.</param>
/// <param name="LastRevision">Last revision of the stretch.</param>
/// <param name="Entries">For each decision its id (16 bytes) and revision (8 bytes), big-endian.</param>
/// <param name="Others">Revisions of the events of the stretch that are no decisions but that a fold needs.</param>
internal sealed record TrailIndexExtended(long FirstRevision, long LastRevision, byte[] Entries, long[]? Others = null)
{
    public const string Type = "trail-index-extended.v1";
}

/// <summary>Reads and extends a worker's trail index.</summary>
internal static class TrailIndex
{
    /// <summary>Adds all saved segments to the state. Returns the last revision they cover, how many there are, and which events must be read all the same.</summary>
    public static async Task<(long CoveredRevision, long Segments, List<long> Others)> LoadAsync(
        IEventStore store, string stream, RecordedDecisions decisions, CancellationToken cancellationToken)
    {
        long covered = Revisions.NoStream;
        long segments = 0;
        List<long> others = [];
        await foreach (RecordedEvent stored in store.ReadStreamAsync(stream, ReadDirection.Forwards, 0, int.MaxValue, cancellationToken))
        {
            segments = stored.Revision + 1;
            // A segment that does not follow is left aside: its stretch is then read from the trail.
            if (Parse(stored) is { } segment && segment.FirstRevision == covered + 1 && decisions.TryAddSaved(segment.Entries))
            {
                covered = segment.LastRevision;
                others.AddRange(segment.Others ?? []);
            }
        }

        return (covered, segments, others);
    }

    public static ReadOnlyMemory<byte> Encode(TrailIndexExtended segment) =>
        JsonSerializer.SerializeToUtf8Bytes(segment, TrailIndexJson.Default.TrailIndexExtended);

    private static TrailIndexExtended? Parse(RecordedEvent stored)
    {
        try
        {
            return JsonSerializer.Deserialize(stored.Data.Span, TrailIndexJson.Default.TrailIndexExtended);
        }
        catch (JsonException)
        {
            // A snapshot may be wrong without harm; the trail is the truth and is read instead.
            return null;
        }
    }
}

[System.Text.Json.Serialization.JsonSourceGenerationOptions(PropertyNamingPolicy = System.Text.Json.Serialization.JsonKnownNamingPolicy.CamelCase)]
[System.Text.Json.Serialization.JsonSerializable(typeof(TrailIndexExtended))]
internal sealed partial class TrailIndexJson : System.Text.Json.Serialization.JsonSerializerContext;
