using Ledger.Contracts;
using Ledger.Contracts.Organisations;
using Ledger.Silo.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ledger.Silo.Organisations;

/// <summary>Asks in every silo, now and then, how the counting does: so it goes on wherever there is a silo.</summary>
internal sealed class UnitKeeper(
    GrainReferences<IUnitOverview> overviews, OrganisationRegistry organisations, TimeProvider time, ILogger<UnitKeeper> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Limits.CountingLook, time);
        do
        {
            foreach (string organisation in organisations.Organisations)
            {
                try
                {
                    await overviews.Of(organisation).KeepAsync();
                }
                catch (Exception e) when (e is TimeoutException or Orleans.Runtime.OrleansException or ObjectDisposedException)
                {
                    logger.LogWarning(e, "The counts of {Organisation} do not answer.", organisation);
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
