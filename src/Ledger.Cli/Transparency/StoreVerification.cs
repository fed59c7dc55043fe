using System.Text.Json;
using Ledger.Cli.Hosting;
using Ledger.Contracts.Transparency;
using Ledger.EventStore;
using Ledger.EventStore.Embedded;
using Ledger.EventStore.EventStoreDb;
using Ledger.Verification;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ledger.Cli.Transparency;

/// <summary>Which store to hold against which log.</summary>
/// <param name="Data">Data directory with an embedded store; null for another store.</param>
/// <param name="Store">Address of an EventStoreDB; null for the embedded store.</param>
/// <param name="Organisation">Organisation id.</param>
/// <param name="Log">The log: a URL or folder.</param>
/// <param name="Keys">Keys of the log that the caller holds; none to take those that the history names.</param>
internal sealed record StoreVerificationRequest(string? Data, string? Store, string Organisation, string Log, IReadOnlyList<VerifierKey> Keys);

/// <summary>
/// <c>ledger verify --data</c>: the operator's own store against its log. First the log is verified by itself, then each stored event is
/// held against its entry.
/// </summary>
internal static class StoreVerification
{
    public static async Task<ExitCode> RunAsync(Session session, StoreVerificationRequest request, bool json, CancellationToken cancellationToken)
    {
        VerifyReport told = new(session, json, "store", request.Data ?? request.Store!);
        try
        {
            IEventStore store = Open(session, request);
            await using IAsyncDisposable closing = (IAsyncDisposable)store;
            using LogClient log = new(LogFiles.Open(session, request.Log, Limits.Tries));
            await CompareAsync(session, request, store, log, told, cancellationToken);
            return await told.EndAsync("verify.store.proves", "verify.store.provesNot");
        }
        catch (EventStoreUnavailableException e)
        {
            return await told.UncheckedAsync(texts => e is EventStoreInUseException held
                ? texts.Format("failure.storeInUse", held.Directory)
                : texts.Format("failure.store", e.Message));
        }
        catch (LogReadException e) when (e.Fault == LogFault.Unreachable)
        {
            return await told.UncheckedAsync(texts => e.Sentence(texts, request.Log));
        }
    }

    private static async Task CompareAsync(
        Session session, StoreVerificationRequest request, IEventStore store, LogClient log, VerifyReport told, CancellationToken cancellationToken)
    {
        IReadOnlyList<VerifierKey> keys = request.Keys.Count > 0 ? request.Keys : await RegisteredKeysAsync(store, request.Organisation, cancellationToken);
        if (keys.Count == 0)
        {
            throw new CommandFailure(ExitCode.Usage, session.Texts.Format("verify.store.noKey", request.Organisation));
        }

        if (request.Keys.Count == 0)
        {
            await told.AddAsync(VerifyFinding.Advice(VerifyCheck.Key, "verify.store.keyFromStore", string.Join(", ", keys)));
        }

        LogCheckRequest whole = new(request.Log, keys, [], State: null, KeysFromStore: request.Keys.Count == 0);
        if (await LogCheck.LookAsync(session, whole, log, told, cancellationToken) is not { } head || told.Problems > 0)
        {
            // A log that is not sound is no measure for anything.
            return;
        }

        // Checkpoints of long ago bear keys of long ago. An event that names a key is a leaf, so a false one is found like any other.
        IEnumerable<VerifierKey> former = request.Keys.Count == 0 ? [] : await RegisteredKeysAsync(store, request.Organisation, cancellationToken);
        StoreComparison comparison = new(store, request.Organisation, head, [.. keys.Union(former)], log.ReadEntriesAsync);
        StoreVerdict verdict;
        try
        {
            await using Progress progress = Progress.Start(session, "verify.progress");
            verdict = await comparison.RunAsync(progress.Report, cancellationToken);
        }
        catch (LogReadException e) when (e.Fault != LogFault.Unreachable)
        {
            await told.AddAsync(VerifyFinding.Problem(VerifyCheck.Entry, e.Path, "verify.store.logChanged", e.Path));
            return;
        }

        told.Fact(writer =>
        {
            writer.WriteNumber("compared", verdict.Compared);
            writer.WriteNumber("checkpoints", verdict.Checkpoints);
            writer.WriteNumber("later", verdict.Later);
        });
        if (verdict.Finding is { } finding)
        {
            told.Fact(writer => writer.WriteString("fault", JsonNamingPolicy.CamelCase.ConvertName(finding.Fault.ToString())));
            await told.AddAsync(Problem(finding));
            return;
        }

        if (store is EmbeddedEventStore embedded && await embedded.FindDamageAsync(cancellationToken) is { } damage)
        {
            told.Fact(writer => writer.WriteString("fault", "damaged"));
            await told.AddAsync(VerifyFinding.Problem(VerifyCheck.Store, null, "verify.store.damaged", damage));
            return;
        }

        await told.AddAsync(VerifyFinding.Good(VerifyCheck.Store, "verify.store.same", verdict.Compared, verdict.Checkpoints));
        if (verdict.Later > 0)
        {
            await told.AddAsync(VerifyFinding.Advice(VerifyCheck.Store, "verify.store.later", verdict.Later));
        }
    }

    private static VerifyFinding Problem(StoreFinding finding) => VerifyFinding.Problem(
        VerifyCheck.Store,
        finding.EventId is { } id ? $"event {id}" : null,
        $"verify.store.fault.{finding.Fault}",
        finding.Index,
        finding.EventId,
        finding.Stream,
        finding.Revision);

    private static IEventStore Open(Session session, StoreVerificationRequest request)
    {
        if (request.Store is { } address)
        {
            return EventStoreDbEventStore.Connect(address, NullLoggerFactory.Instance, session.Around.Time);
        }

        if (!File.Exists(DataDirectory.StoreOf(request.Data!)))
        {
            // Opening would make an empty store there.
            throw new CommandFailure(ExitCode.Usage, session.Texts.Format("data.none", request.Data));
        }

        try
        {
            return EmbeddedEventStore.Open(new EmbeddedEventStoreOptions { Directory = request.Data! }, session.Around.Time, NullLogger.Instance);
        }
        catch (InvalidOperationException e)
        {
            // The header of the file is another's, or was changed.
            throw new EventStoreUnavailableException(e.Message, TimeSpan.Zero, e);
        }
    }

    private static async Task<IReadOnlyList<VerifierKey>> RegisteredKeysAsync(IEventStore store, string organisation, CancellationToken cancellationToken)
    {
        List<VerifierKey> keys = [];
        await foreach (RecordedEvent stored in store.ReadStreamAsync(
            LogLeaves.OrganisationStream(organisation), ReadDirection.Forwards, 0, int.MaxValue, cancellationToken))
        {
            if (VerifierKey.TryParse(NamedKey(stored), out VerifierKey? key))
            {
                keys.Add(key);
            }
        }

        return keys;
    }

    private static string? NamedKey(RecordedEvent stored)
    {
        try
        {
            return stored.Type switch
            {
                LogKeyRegistered.Type => JsonSerializer.Deserialize(stored.Data.Span, LogJson.Default.LogKeyRegistered)?.VerifierKey,
                LogKeyRotated.Type => JsonSerializer.Deserialize(stored.Data.Span, LogJson.Default.LogKeyRotated)?.VerifierKey,
                _ => null,
            };
        }
        catch (JsonException)
        {
            // An event that was changed: the comparison finds it.
            return null;
        }
    }
}
