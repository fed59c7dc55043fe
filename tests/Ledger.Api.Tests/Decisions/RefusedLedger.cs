using Grpc.Core;
using Ledger.Api.Access;
using Ledger.Api.Decisions;
using Ledger.Api.Tests.Hosting;
using Ledger.EventStore;
using Ledger.EventStore.Embedded;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Ledger.Api.Tests.Decisions;

/// <summary>A ledger whose store can fail where refused decisions are recorded.</summary>
public sealed class RefusedLedger : IAsyncLifetime
{
    public const string Parent = "organisations/main";

    private readonly RunningLedger ledger;

    public RefusedLedger() => ledger = new RunningLedger(builder => builder.Services.AddSingleton<IEventStore>(_ => Store = new FailingStore(
        EmbeddedEventStore.Open(new EmbeddedEventStoreOptions { Directory = builder.Configuration["Ledger:DataDirectory"]! }, TimeProvider.System, NullLogger.Instance))));

    internal FailingStore Store { get; private set; } = null!;

    internal static LocalGrant Hr { get; } = new("main", "hr", Role.Hr);

    public Task InitializeAsync() => ledger.InitializeAsync();

    public Task DisposeAsync() => ledger.DisposeAsync();

    internal V1.DecisionService.DecisionServiceClient Decisions(LocalGrant grant) => new(ledger.As(grant));

    internal V1.AccessService.AccessServiceClient Access(LocalGrant grant) => new(ledger.As(grant));

    /// <summary>Sends a batch; gives the code of each result, or an empty one.</summary>
    internal async Task<IReadOnlyList<string>> SendAsync(LocalGrant producer, params IEnumerable<V1.Decision> decisions)
    {
        V1.RecordDecisionsRequest batch = new() { Parent = Parent };
        batch.Decisions.AddRange(decisions);
        using AsyncDuplexStreamingCall<V1.RecordDecisionsRequest, V1.RecordDecisionsResponse> call = Decisions(producer).RecordDecisions();
        await call.RequestStream.WriteAsync(batch);
        await call.RequestStream.CompleteAsync();
        await call.ResponseStream.MoveNext(CancellationToken.None);
        return [.. call.ResponseStream.Current.Results.Select(r => r.Error?.GetDetail<Google.Rpc.ErrorInfo>()?.Reason ?? "")];
    }

    /// <summary>What is listed of this month, of a system.</summary>
    internal async Task<V1.RefusedDecisions[]> ListAsync(LocalGrant who, string system)
    {
        List<V1.RefusedDecisions> all = [];
        V1.ListRefusedDecisionsRequest request = new() { Parent = Parent, PageSize = 500 };
        do
        {
            V1.ListRefusedDecisionsResponse page = await Access(who).ListRefusedDecisionsAsync(request);
            all.AddRange(page.Refused);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);
        return [.. all.Where(row => string.Equals(row.System, system, StringComparison.Ordinal))];
    }

    /// <summary>The same, once all that was counted is recorded.</summary>
    internal async Task<V1.RefusedDecisions[]> CountedAsync(LocalGrant who, string system)
    {
        await LastReportAsync();
        return await ListAsync(who, system);
    }

    /// <summary>What the process does when it stops.</summary>
    internal Task LastReportAsync() => Keeper.StopAsync(CancellationToken.None);

    internal RefusedTally Tally => ledger.Services.GetRequiredService<RefusedTally>();

    private RefusedKeeper Keeper => ledger.Services.GetServices<IHostedService>().OfType<RefusedKeeper>().Single();
}

/// <summary>The embedded store, which fails where refused decisions are recorded when a test says so.</summary>
internal sealed class FailingStore(EmbeddedEventStore inner) : IEventStore, IAsyncDisposable
{
    /// <summary>How an append to the stream of refused decisions ends.</summary>
    public Failure Failure { get; set; }

    public int Failed { get; private set; }

    public async ValueTask<AppendResult> AppendAsync(StreamAppend append, CancellationToken cancellationToken)
    {
        Failure failure = append.Stream.StartsWith("intake-", StringComparison.Ordinal) ? Failure : Failure.None;
        AppendResult result = failure == Failure.BeforeItIsWritten ? default : await inner.AppendAsync(append, cancellationToken);
        if (failure != Failure.None)
        {
            Failed++;
            throw new EventStoreUnavailableException("down", TimeSpan.FromSeconds(1));
        }

        return result;
    }

    public IAsyncEnumerable<RecordedEvent> ReadStreamAsync(string stream, ReadDirection direction, long fromRevision, int maxCount, CancellationToken cancellationToken) =>
        inner.ReadStreamAsync(stream, direction, fromRevision, maxCount, cancellationToken);

    public IAsyncEnumerable<RecordedEvent> ReadAllAsync(ReadDirection direction, StorePosition from, int maxCount, CancellationToken cancellationToken) =>
        inner.ReadAllAsync(direction, from, maxCount, cancellationToken);

    public IAsyncEnumerable<SubscriptionMessage> SubscribeToAllAsync(StorePosition after, IReadOnlyList<string> streamPrefixes, CancellationToken cancellationToken) =>
        inner.SubscribeToAllAsync(after, streamPrefixes, cancellationToken);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}

internal enum Failure
{
    None,
    BeforeItIsWritten,
    AfterItIsWritten,
}
