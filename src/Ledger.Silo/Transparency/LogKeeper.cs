using System.Collections.Concurrent;
using Ledger.Contracts;
using Ledger.Contracts.Transparency;
using Ledger.Silo.Hosting;
using Ledger.Silo.Organisations;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Ledger.Silo.Transparency;

/// <summary>
/// Asks in every silo, twice a second, how the logs do: so a log runs wherever there is a silo, and intake knows when it must hold producers back.
/// </summary>
internal sealed class LogKeeper(
    GrainReferences<ITransparencyLog> logs, OrganisationRegistry organisations, IOptions<SiloOptions> options, TimeProvider time, ILogger<LogKeeper> logger)
    : BackgroundService
{
    private readonly ConcurrentDictionary<string, LogStatus> statuses = new(StringComparer.Ordinal);

    /// <summary>Why nothing more may be recorded for the organisation until its log has caught up, or nothing.</summary>
    public Refusal? HoldBack(string organisation) =>
        statuses.TryGetValue(organisation, out LogStatus? status) && status.SignedDelay > options.Value.Log.MaximumDelay
            ? new Refusal(RefusalCode.LogBehind, "", RetryAfter: Limits.RetryAfter)
            : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Limits.LogLook, time);
        do
        {
            foreach (string organisation in organisations.Organisations)
            {
                await LookAsync(organisation);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task LookAsync(string organisation)
    {
        try
        {
            LogStatus status = await logs.Of(organisation).KeepAsync();
            statuses[organisation] = status;
            Telemetry.RecordLogDelay(status.PublishedDelay);
        }
        catch (Exception e) when (e is TimeoutException or Orleans.Runtime.OrleansException or ObjectDisposedException)
        {
            logger.LogWarning(e, "The log of {Organisation} does not answer.", organisation);
        }
    }
}
