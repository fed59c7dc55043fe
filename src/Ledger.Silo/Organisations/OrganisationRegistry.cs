using System.Collections.Frozen;
using System.Text.Json;
using Ledger.Contracts;
using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations.Retention;
using Ledger.Silo.Workers.Sealing;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ledger.Silo.Organisations;

/// <summary>
/// The organisations served and their keys. Each key is held against the one registered in the store before anything is recorded under it;
/// while the store cannot be reached this is tried again, and a key that is not the registered one stops the process.
/// </summary>
internal sealed class OrganisationRegistry(
    IEventStore store,
    IOptions<SiloOptions> options,
    TimeProvider time,
    Entropy entropy,
    WorkerKeys workerKeys,
    IHostApplicationLifetime lifetime,
    ILogger<OrganisationRegistry> logger) : BackgroundService
{
    private readonly FrozenDictionary<string, OrganisationKey> keys = Load(options.Value);
    private volatile bool confirmed;

    /// <summary>Ids of the organisations served.</summary>
    public IReadOnlyCollection<string> Organisations => keys.Keys;

    /// <summary>The organisation's key once it is confirmed, or why it cannot be used.</summary>
    public (OrganisationKey? Key, Refusal? Refusal) Find(string organisation) =>
        !keys.TryGetValue(organisation, out OrganisationKey? key)
            ? (null, new Refusal(RefusalCode.UnknownOrganisation, "parent", [organisation]))
            : confirmed ? (key, null) : (null, new Refusal(RefusalCode.StoreUnavailable, "", RetryAfter: Limits.RetryAfter));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        foreach ((string organisation, OrganisationKey key) in keys)
        {
            while (!await TryConfirmAsync(organisation, key.Fingerprint(), stoppingToken))
            {
                await Task.Delay(Limits.RetryAfter, time, stoppingToken);
            }
        }

        confirmed = true;
    }

    private async Task<bool> TryConfirmAsync(string organisation, string fingerprint, CancellationToken cancellationToken)
    {
        try
        {
            OrganisationStream stream = new(store, organisation, time, entropy);
            OrganisationState state = await stream.FoldAsync(cancellationToken);
            if (state.KeyFingerprint is not { } registered)
            {
                byte[] data = JsonSerializer.SerializeToUtf8Bytes(
                    new OrganisationKeyRegistered(organisation, fingerprint), OrganisationJson.Default.OrganisationKeyRegistered);
                // Not appended: another silo was first, and the next look says with which key.
                return await stream.TryAppendAsync(state, OrganisationKeyRegistered.Type, data, cancellationToken);
            }

            if (!string.Equals(registered, fingerprint, StringComparison.Ordinal))
            {
                logger.LogCritical(
                    "The key in {Directory} is not the one that organisation {Organisation} is recorded under. Restore its file organisation-{Organisation}.key from a backup or from another silo. Stopping.",
                    options.Value.EffectiveKeysDirectory, organisation, organisation);
                Environment.ExitCode = 1;
                lifetime.StopApplication();
                await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            }

            int destroyed = await workerKeys.DestroyAllAsync(organisation, state.Erased, cancellationToken);
            if (destroyed > 0)
            {
                logger.LogWarning(
                    "{Count} keys of erased workers of organisation {Organisation} were there again, as after a restored backup of keys, and are destroyed.", destroyed, organisation);
            }

            int ended = await RetentionRun.DestroyAgainAsync(workerKeys, organisation, state.Retention, cancellationToken);
            if (ended > 0)
            {
                logger.LogWarning(
                    "{Count} keys of organisation {Organisation} of which the retention is over were there again, as after a restored backup of keys, and are destroyed.", ended, organisation);
            }

            await workerKeys.FinishRotationAsync(organisation, cancellationToken);
            return true;
        }
        catch (KeyStoreUnavailableException e)
        {
            logger.LogWarning(e, "The store of workers' keys cannot be reached yet; organisation {Organisation} waits.", organisation);
            return false;
        }
        catch (EventStoreUnavailableException e)
        {
            logger.LogWarning(e, "The store cannot be reached yet; organisation {Organisation} waits.", organisation);
            return false;
        }
    }

    private static FrozenDictionary<string, OrganisationKey> Load(SiloOptions options)
    {
        IEnumerable<string> organisations = options.Organisations.Count == 0 ? ["main"] : options.Organisations;
        return organisations.ToFrozenDictionary(
            o => o, o => OrganisationKey.LoadOrCreate(options.EffectiveKeysDirectory, o), StringComparer.Ordinal);
    }
}
