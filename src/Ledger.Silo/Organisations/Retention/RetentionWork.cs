using Ledger.EventStore;
using Ledger.Silo.Hosting;
using Ledger.Silo.Workers.Sealing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Ledger.Silo.Organisations.Retention;

/// <summary>What the command <c>ledger retention</c> has done: opens the stores that the configuration names, looks, and destroys when told to. Beside a silo that has the embedded store open it asks that one.</summary>
public static class RetentionWork
{
    /// <summary>Finds what may go, and destroys it when told to.</summary>
    /// <param name="options">Where the stores are, and the schedule.</param>
    /// <param name="organisation">Organisation id.</param>
    /// <param name="apply">Whether to destroy; otherwise nothing changes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Cuts it off; another run ends it.</param>
    /// <returns>What would go, or went, and what stays.</returns>
    /// <exception cref="OptionsValidationException">The configuration, or the organisation's file, is not in order.</exception>
    /// <exception cref="EventStoreUnavailableException">The store cannot be reached, or a process that is no silo has it open.</exception>
    /// <exception cref="InvalidDataException">The stores do not belong together; nothing more was destroyed.</exception>
    /// <exception cref="IOException">The store of keys cannot be reached.</exception>
    public static async Task<RetentionFindings> RunAsync(
        SiloOptions options, string organisation, bool apply, TimeProvider time, CancellationToken cancellationToken)
    {
        ValidateOptionsResult valid = new SiloOptionsCheck().Validate(null, options);
        if (valid.Failed)
        {
            throw new OptionsValidationException(SiloOptions.Section, typeof(SiloOptions), valid.Failures);
        }

        try
        {
            return await OpenAndRunAsync(options, organisation, apply, time, cancellationToken);
        }
        catch (EventStoreInUseException)
        {
            // A silo has it: that one does it for us.
            if (await RetentionDesk.AskAsync(options.EffectiveKeysDirectory, organisation, apply, time, cancellationToken) is { } findings)
            {
                return findings;
            }

            throw;
        }
    }

    private static async Task<RetentionFindings> OpenAndRunAsync(
        SiloOptions options, string organisation, bool apply, TimeProvider time, CancellationToken cancellationToken)
    {
        RetentionSchedule schedule = RetentionSchedule.Load(options.Retention, [])!;
        Entropy entropy = new();
        IEventStore store = SiloHosting.OpenStore(options, time, NullLoggerFactory.Instance);
        await using IAsyncDisposable closing = (IAsyncDisposable)store;
        try
        {
            await using WorkerKeys keys = new(SiloHosting.OpenKeyStore(options), options.EffectiveKeysDirectory, entropy);
            RetentionRun run = new(store, keys, schedule, organisation, time, entropy);
            return apply ? await run.ApplyAsync(cancellationToken) : await run.LookAsync(cancellationToken);
        }
        catch (KeyStoreUnavailableException e)
        {
            throw new IOException(e.Message, e);
        }
    }
}
