using System.Text;
using Ledger.Contracts;
using Ledger.Contracts.Transparency;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations;
using Ledger.Silo.Workers;
using Ledger.Verification;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;

namespace Ledger.Silo.Transparency;

/// <summary>Log reader: answers from the published files, in every silo and without the log's writer.</summary>
[StatelessWorker, Reentrant]
internal sealed class LogReaderGrain : Grain, ILogReader
{
    private readonly string organisation;
    private readonly OrganisationRegistry organisations;
    private readonly LogOptions options;
    private readonly LogPlaces places;
    private readonly OrganisationStream stream;

    public LogReaderGrain(
        IGrainContext context, OrganisationRegistry organisations, IEventStore store, IOptions<SiloOptions> options, TimeProvider time, Entropy entropy)
    {
        organisation = context.GrainId.Key.ToString()!;
        this.organisations = organisations;
        this.options = options.Value.Log;
        places = new LogPlaces(options.Value, organisation);
        stream = new OrganisationStream(store, organisation, time, entropy);
    }

    public Task<LogAnswer<byte[]>> CheckpointAsync() => Task.FromResult(
        Unserved<byte[]>() ?? (places.Tiles.ReadCheckpoint() is { } note ? new LogAnswer<byte[]>(note) : NotFound<byte[]>("")));

    public Task<LogAnswer<byte[]>> TileAsync(string path) => Task.FromResult(
        Unserved<byte[]>()
        ?? (TileId.TryParse(path, out TileId tile) && places.Tiles.Read(tile) is { } bytes ? new LogAnswer<byte[]>(bytes) : NotFound<byte[]>("path")));

    public Task<LogAnswer<ProvenLeaf>> ProveIndexAsync(ulong index)
    {
        if (Unserved<ProvenLeaf>() is { } refused)
        {
            return Task.FromResult(refused);
        }

        return Task.FromResult(PublishedTree.Read(places) is { } tree && index < tree.Head.Size
            ? new LogAnswer<ProvenLeaf>(tree.Prove(index))
            : NotFound<ProvenLeaf>("leaf_index"));
    }

    public Task<LogAnswer<ProvenEvents>> ProveEventsAsync(RecordedLeaf[] events, byte[]? checkpoint)
    {
        if (Unserved<ProvenEvents>() is { } refused)
        {
            return Task.FromResult(refused);
        }

        using PositionIndex? positions = PositionIndex.TryOpen(places.PositionsPath);
        PublishedTree? asked = checkpoint is null ? PublishedTree.Read(places) : PublishedTree.Of(places, checkpoint);
        if (positions is null || asked is null)
        {
            return Task.FromResult(NotFound<ProvenEvents>(""));
        }

        // One that witnesses have signed says more, if it is not too old to hold all events.
        ProvenEvents? cosigned = checkpoint is null ? PublishedTree.ReadCosigned(places)?.Prove(events, positions) : null;
        return Task.FromResult(new LogAnswer<ProvenEvents>(
            cosigned?.Leaves.Length == events.Length ? cosigned : asked.Prove(events, positions)));
    }

    public Task<LogAnswer<ConsistencyOfTrees>> ProveConsistencyAsync(ulong first, ulong second)
    {
        if (Unserved<ConsistencyOfTrees>() is { } refused)
        {
            return Task.FromResult(refused);
        }

        if (PublishedTree.Read(places) is not { } tree)
        {
            return Task.FromResult(NotFound<ConsistencyOfTrees>(""));
        }

        second = second == 0 ? tree.Head.Size : second;
        if (second > tree.Head.Size)
        {
            return Task.FromResult(OutOfRange("second_size", 1, tree.Head.Size));
        }

        return Task.FromResult(first == 0 || first > second
            ? OutOfRange("first_size", 1, second)
            : new LogAnswer<ConsistencyOfTrees>(new ConsistencyOfTrees(first, second, tree.ProveConsistency(first, second))));
    }

    public async Task<LogAnswer<LogKey[]>> KeysAsync()
    {
        if (Unserved<LogKey[]>() is { } refused)
        {
            return refused;
        }

        try
        {
            IReadOnlyList<RegisteredLogKey> keys = (await stream.FoldAsync(CancellationToken.None)).LogKeys;
            return new LogAnswer<LogKey[]>([.. keys.Select((key, i) => new LogKey(
                key.VerifierKey,
                key.Since,
                i + 1 < keys.Count ? keys[i + 1].Since + options.KeyOverlap : null,
                key.Statement is null ? null : Encoding.UTF8.GetBytes(key.Statement)))]);
        }
        catch (EventStoreUnavailableException e)
        {
            return new LogAnswer<LogKey[]>(null, StoreRefusal.Of(e));
        }
    }

    public Task<LogAnswer<KnownWitnesses>> WitnessesAsync() => Task.FromResult(
        Unserved<KnownWitnesses>()
        ?? new LogAnswer<KnownWitnesses>(new KnownWitnesses([.. options.Witnesses.Select(w => w.Key)], options.WitnessesRequired)));

    private LogAnswer<T>? Unserved<T>()
        where T : class => organisations.Find(organisation).Refusal is { } refusal ? new LogAnswer<T>(null, refusal) : null;

    private static LogAnswer<T> NotFound<T>(string field)
        where T : class => new(null, new Refusal(RefusalCode.NotFound, field));

    private static LogAnswer<ConsistencyOfTrees> OutOfRange(string field, ulong from, ulong to) =>
        new(null, new Refusal(RefusalCode.OutOfRange, field, [$"{from}", $"{to}"]));
}
